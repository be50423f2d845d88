"""A phone that says when it is called, and that it is busy (RFC 3261: 486), again and again."""

from __future__ import annotations

import queue
import socket
import threading
import time
from typing import Self

from lab.asterisk import Account
from lab.net import HOST

RING_S = 30.0
#: Of an INVITE, what its answer repeats.
_REPEATED = (b"via:", b"from:", b"call-id:", b"cseq:")


class BusyPhone:
    """The phone of an account whose address Asterisk knows. A context manager."""

    def __init__(self, account: Account) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, account.contact_port or 0))
        self._invited: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._over: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def next_invite(self) -> float:
        """Wait for the next call to be refused; return when it came (monotonic)."""
        came = self._invited.get(timeout=RING_S)
        self._over.get(timeout=RING_S)
        return came

    def _serve(self) -> None:
        seen: set[bytes] = set()
        while True:
            data, sender = self._socket.recvfrom(65536)
            now, lines = time.monotonic(), data.split(b"\r\n")
            if not data:
                return
            (name,) = (line for line in lines if line.lower().startswith(b"call-id:"))
            if data.startswith(b"ACK") and name + b"!" not in seen:
                seen.add(name + b"!")
                self._over.put(None)
            elif data.startswith(b"INVITE"):
                self._socket.sendto(_busy(lines), sender)
                if name not in seen:
                    seen.add(name)
                    self._invited.put(now)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


def _busy(invite: list[bytes]) -> bytes:
    head = [line for line in invite if line.lower().startswith(_REPEATED)]
    (to,) = (line for line in invite if line.lower().startswith(b"to:"))
    return b"\r\n".join(
        [b"SIP/2.0 486 Busy Here", *head, to + b";tag=busy", b"Content-Length: 0", b"", b""]
    )
