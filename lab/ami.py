"""A plain AMI session for the lab: it keeps every byte it reads, and can send an action. Not the
agent's client.
"""

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

from lab.asterisk import Asterisk
from lab.errors import LabError
from lab.net import HOST
from lab.process import wait_until

TIMEOUT_S = 10.0


class AmiSession:
    """A logged-in AMI session. A context manager."""

    def __init__(self, port: int, user: str, secret: str) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=TIMEOUT_S)
        self._socket.settimeout(None)
        self._bytes = bytearray()
        self._last_read = time.monotonic()
        self._number = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        response = self.send({"Action": "Login", "Username": user, "Secret": secret})
        if response.get("Response") != "Success":
            self.close()
            raise LabError(f"Asterisk refused the AMI login: {response}")

    @classmethod
    def ear(cls, asterisk: Asterisk) -> Self:
        """Return a session of the lab's own account, which hears and may do everything."""
        return cls(asterisk.ami_port, "lab", asterisk.lab_secret)

    def _read(self) -> None:
        while data := self._receive():
            self._bytes += data
            self._last_read = time.monotonic()

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(65536)
        except OSError:
            return b""

    @property
    def raw(self) -> bytes:
        """Return everything Asterisk sent, from the banner on."""
        return bytes(self._bytes)

    @property
    def quiet_s(self) -> float:
        """Return the seconds since Asterisk last sent something."""
        return time.monotonic() - self._last_read

    def messages(self) -> list[dict[str, str]]:
        """Return what came so far as flat dicts; of a repeated header the last value."""
        text = self.raw.decode("utf-8", "replace").partition("\r\n")[2]
        blocks = text.split("\r\n\r\n")[:-1]
        return [dict(line.partition(": ")[::2] for line in block.split("\r\n")) for block in blocks]

    def events(self, name: str) -> list[dict[str, str]]:
        """Return the events of one name that came so far."""
        return [message for message in self.messages() if message.get("Event") == name]

    def send(self, action: Mapping[str, str]) -> dict[str, str]:
        """Send an action and return its response. Raise NotReadyError when none comes in
        TIMEOUT_S.
        """
        self._number += 1
        action_id = f"lab-{self._number}"
        lines = [f"{key}: {value}" for key, value in action.items()]
        self._socket.sendall("\r\n".join([*lines, f"ActionID: {action_id}", "", ""]).encode())
        found: list[dict[str, str]] = []

        def answered() -> bool:
            found[:] = [
                m for m in self.messages() if m.get("ActionID") == action_id and "Response" in m
            ]
            return bool(found)

        wait_until(answered, f"response to {action['Action']}", TIMEOUT_S)
        return found[0]

    def close(self) -> None:
        """End the session."""
        # Without shutdown the reader would go on waiting in recv.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._reader.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
