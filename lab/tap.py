"""A wire tap: a TCP relay on loopback that keeps what the client said. So a test knows what reached
Asterisk, and what did not.
"""

import socket
import threading
from contextlib import suppress
from typing import Self

from lab.net import HOST

#: What the agent says by itself, at any moment after it was connected: the keep-alive, the question
#: for the live channels, and what it wants to hear.
OWN = ("Ping", "CoreShowChannels", "Events")


class Tap:
    """Relay every connection to `port`; `said` is all that clients sent. A context manager."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._said = bytearray()
        self._server = socket.create_server((HOST, 0))
        self.port: int = self._server.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._spawn(self._accept)

    @property
    def said(self) -> str:
        """Return what clients sent so far."""
        return bytes(self._said).decode("utf-8", "replace")

    def actions(self) -> list[str]:
        """Return the names of the AMI actions that were sent, but for the agent's own."""
        lines = self.said.split("\r\n")
        names = [
            line.partition(":")[2].strip() for line in lines if line.lower().startswith("action:")
        ]
        return [name for name in names if name not in OWN]

    def close(self) -> None:
        """End all connections and threads."""
        for opened in (self._server, *self._sockets):
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spawn(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                server = socket.create_connection((HOST, self._target))
                self._sockets += [client, server]
                self._spawn(self._relay, client, server, self._said)
                self._spawn(self._relay, server, client, None)

    def _relay(self, source: socket.socket, target: socket.socket, kept: bytearray | None) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if kept is not None:
                    kept += data
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
