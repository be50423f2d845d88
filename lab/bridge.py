"""A line between the machine's loopback and a network of our own: TCP, one way of asking, that can
be cut and mended.
"""

import contextlib
import socket
import threading
from collections.abc import Callable

from lab.netns import Namespace

Connect = Callable[[], socket.socket]


class Bridge:
    """Forwards what connects at `listener`, made anew by `listen` after a cut."""

    def __init__(self, listen: Connect, connect: Connect) -> None:
        self._listen, self._connect = listen, connect
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.mend()

    def mend(self) -> None:
        """Listen."""
        listener = self._listen()
        listener.settimeout(None)
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Cut every connection, and refuse new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            ends, self._open = self._open, set()
        for sock in [*ends, *([listener] if listener else [])]:
            _close(sock)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            try:
                server = self._connect()
            except OSError:
                _close(client)
                continue
            with self._lock:
                alive = self._listener is listener
                self._open |= {client, server} if alive else set()
            if not alive:
                _close(client)
                _close(server)
                return
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with self._lock:
            self._open -= {source, sink}
        _close(source)
        _close(sink)


def outward(place: Namespace, host: str, port: int) -> Bridge:
    """Let what runs in a network of ours reach a port of the machine, under the same address."""
    return Bridge(
        lambda: place.open(socket.SOCK_STREAM, host, port),
        lambda: socket.create_connection((host, port), timeout=None),
    )


def inward(place: Namespace, host: str, port: int) -> Bridge:
    """Let the machine reach a port in a network of ours, under the same address."""

    def connect() -> socket.socket:
        sock = place.open(socket.SOCK_STREAM, host)
        try:
            sock.connect((host, port))
            sock.settimeout(None)
        except OSError:
            sock.close()
            raise
        return sock

    return Bridge(lambda: _bound(host, port), connect)


def _bound(host: str, port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    return sock


def _close(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
