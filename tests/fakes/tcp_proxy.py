"""A TCP proxy that can cut its connections and refuse new ones: a server that goes away."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self
from urllib.parse import urlsplit

from lab.net import free_port


class TcpProxy:
    """Forwards ``port`` to a target; a context manager."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._sockets: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()
        #: The same after `restore`, and nobody is given it meanwhile.
        self.port = free_port()

    @classmethod
    def before(cls, uri: str) -> Self:
        """Make one for the server of an address."""
        parts = urlsplit(uri)
        return cls(parts.hostname or "localhost", parts.port or 5672)

    def through(self, uri: str) -> str:
        """Return the address by which that server is reached through this."""
        parts = urlsplit(uri)
        return uri.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{self.port}")

    def __enter__(self) -> Self:
        self.restore()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def restore(self) -> None:
        """Listen, on the same port as before."""
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Cut every connection, and refuse new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            sockets, self._sockets = self._sockets, set()
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for sock in sockets:
            _close(sock)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                _close(client)
                continue
            with self._lock:
                is_cut = self._listener is not listener
                if not is_cut:
                    self._sockets |= {client, server}
            if is_cut:
                _close(client)
                _close(server)
                return
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for sock in (source, sink):
            with self._lock:
                self._sockets.discard(sock)
            _close(sock)


def _close(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
