"""A relay on loopback between two components, which can fall silent, cut, and be slow.

Not network namespaces: everything in the lab listens on 127.0.0.1 and knows its peers by it
(manager.conf, pg's socket), nothing of the host must be changed, and a relay knows what no
namespace tells: up to which moment the client was given what the server said. To both sides a
silent relay is a half-open connection: neither FIN nor RST, and nothing comes.
"""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from lab.chaos.link import Link
from lab.net import HOST

Address = int | Path
CHUNK = 65536


class Relay:
    """Relay connections to a port of loopback, or to a unix socket. A context manager.

    `mark` is a word of the server by which a connection counts as up (`Link.up_at`).
    """

    def __init__(self, target: Address, listen: Path | None = None, mark: bytes = b"") -> None:
        self._target, self._mark = target, mark
        self._server = _listen(listen)
        self.port: int = 0 if listen else self._server.getsockname()[1]
        #: Seconds by which everything comes later.
        self.delay_s = 0.0
        self.links: list[Link] = []
        self._flowing, self._closed = threading.Event(), threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._spawn(self._accept)

    def fall_silent(self) -> None:
        """Hand nothing on, in either direction, until `heal`; take no new connection."""
        with self._lock:
            self._flowing.clear()
            for link in self._alive():
                link.stall()

    def heal(self, reset: bool) -> None:
        """Hand on again. `reset`: what was open meanwhile is cut, and what was held is lost; else
        it goes on, as after packets were sent again, unless one side has given up.
        """
        with self._lock:
            for link in self._alive():
                if reset or not link.go_on():
                    link.end(reset=True)
            self._flowing.set()

    def close(self) -> None:
        """End all connections and threads."""
        self._closed.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.heal(reset=True)
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _alive(self) -> list[Link]:
        return [link for link in self.links if not link.ended_at]

    def _spawn(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads = [other for other in self._threads if other.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            # Made in silence, it is a connection to which nobody speaks.
            self._flowing.wait()
            self._open(client)

    def _open(self, client: socket.socket) -> None:
        try:
            server = _connect(self._target)
        except OSError:
            client.close()
            return
        link = Link(client, server, self._mark)
        with self._lock:
            self.links.append(link)
            if not self._flowing.is_set():
                link.stall()
        self._spawn(self._pump, link, client, server, False)
        self._spawn(self._pump, link, server, client, True)

    def _pump(self, link: Link, source: socket.socket, sink: socket.socket, told: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if self.delay_s:
                    self._closed.wait(self.delay_s)
                self._flowing.wait()
                sink.sendall(data)
                if told:
                    link.handed_on(data)
            self._flowing.wait()
        with self._lock:
            link.end()


def _listen(path: Path | None) -> socket.socket:
    if path is None:
        return socket.create_server((HOST, 0), backlog=200)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    path.chmod(0o777)
    server.listen(200)
    return server


def _connect(target: Address) -> socket.socket:
    if isinstance(target, int):
        return socket.create_connection((HOST, target))
    server = socket.socket(socket.AF_UNIX)
    server.connect(str(target))
    return server
