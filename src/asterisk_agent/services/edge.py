"""The HTTP edge: eventlet's WSGI server, its limits, and nothing of its own words.

Not nameko's: that one waits for a free worker and writes exceptions into its replies.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol

import eventlet
from eventlet import wsgi
from eventlet.event import Event
from eventlet.greenpool import GreenPool

from asterisk_agent.core.errors import PortTakenError, RefusedError
from asterisk_agent.rpc.endpoint import HttpReply, HttpRequest
from asterisk_agent.rpc.functions import Prepared
from asterisk_agent.rpc.jobs import Job, JobPool
from asterisk_agent.rpc.refusals import BUSY

_log = logging.getLogger(__name__)

#: Connections that are served at a time; Odoo has a few workers, each asks one thing at a time.
MAX_CONNECTIONS = 256
#: Calls for which Odoo waits.
MAX_SYNC = 64
#: A client that sends nothing for so long is gone.
SOCKET_TIMEOUT_S = 10.0
#: A body within the limit is here in a moment, or its sender means no good.
BODY_TIMEOUT_S = 10.0
#: A whole connection: the longest call for which Odoo may wait, and what comes before and after.
CONNECTION_TIMEOUT_S = 50.0
MAX_URL = 1024


class Answers(Protocol):
    """What a server serves."""

    def handle(self, http: HttpRequest) -> HttpReply:
        """Answer a request; never raises."""


def listen(host: str, port: int, names: str = "RPC") -> Any:
    """Bind the address of the settings ``<names>_HOST`` and ``_PORT``. Raise ``PortTakenError``."""
    family = eventlet.green.socket.AF_INET6 if ":" in host else eventlet.green.socket.AF_INET
    try:
        # Not reuse_port: a second agent would silently take half of the requests.
        return eventlet.listen((host, port), family=family, backlog=128, reuse_port=False)
    except OSError as exc:
        raise PortTakenError(
            f"{host}:{port} can't be listened on: {exc.strerror or 'address unknown'}",
            f"set {names}_HOST to an address of this machine and {names}_PORT to a free port",
        ) from exc


class GreenRunner:
    """Run calls in green threads: those that Odoo waits for, and jobs."""

    def __init__(self, jobs: JobPool) -> None:
        self._jobs = jobs
        self._running = 0

    def submit(self, job: Job) -> str:
        """Take a job and return its id. Raise ``RefusedError`` (busy)."""
        return self._jobs.submit(job)

    def run(self, call: Prepared, timeout_s: float) -> object:
        """Run a call and wait for its result. Raise ``TimeoutError``, ``RefusedError`` (busy).

        A call that takes longer goes on by itself: it has a time-out of its own.
        """
        if self._running >= MAX_SYNC:
            raise RefusedError(BUSY)
        done = Event()
        self._running += 1
        eventlet.spawn_n(self._work, call, done)
        with eventlet.Timeout(timeout_s, TimeoutError()):
            failed, result = done.wait()
        if failed:
            raise result
        return result

    def _work(self, call: Prepared, done: Event) -> None:
        try:
            done.send((False, call()))
        except Exception as exc:  # noqa: BLE001 (raised again where it is waited for)
            done.send((True, exc))
        finally:
            self._running -= 1


class _Protocol(wsgi.HttpProtocol):  # type: ignore[misc]
    """HTTP with an end, and without the library's own words: they repeat the request."""

    def handle(self) -> None:
        """Serve a connection; one that drips a byte now and then is closed in the end."""
        with eventlet.Timeout(CONNECTION_TIMEOUT_S, False):
            super().handle()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no HTTP, in a fixed text."""
        del message, explain
        self.close_connection = True
        line = f"HTTP/1.1 {code} {HTTPStatus(code).phrase}\r\n"
        head = "Connection: close\r\nContent-Length: 0\r\n\r\n"
        self.wfile.write((line + head).encode("ascii"))


class HttpServer:
    """Serve on a bound socket."""

    def __init__(self, sock: Any, endpoint: Answers) -> None:
        self._sock = sock
        self._endpoint = endpoint
        self._pool = GreenPool(MAX_CONNECTIONS)
        self._thread: Any = None

    def start(self) -> None:
        """Serve in a green thread."""
        self._thread = eventlet.spawn(self._serve)

    def stop(self, timeout_s: float) -> None:
        """Take no more requests; wait for those that run, at most so long."""
        if self._thread is not None:
            self._thread.kill()
        self._sock.close()
        with eventlet.Timeout(timeout_s, False):
            self._pool.waitall()

    def _serve(self) -> None:
        wsgi.server(
            self._sock,
            self._app,
            log=_log,
            log_output=False,
            custom_pool=self._pool,
            protocol=_Protocol,
            keepalive=False,
            socket_timeout=SOCKET_TIMEOUT_S,
            url_length_limit=MAX_URL,
            debug=False,
        )

    def _app(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        reply = self._endpoint.handle(_request(environ))
        headers = [
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(reply.body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start(f"{reply.status} {HTTPStatus(reply.status).phrase}", headers)
        return [reply.body]


def _request(environ: dict[str, Any]) -> HttpRequest:
    def read(length: int) -> bytes:
        with eventlet.Timeout(BODY_TIMEOUT_S, TimeoutError()):
            body: bytes = environ["wsgi.input"].read(length)
        return body

    def is_there() -> bool:
        connection = environ["eventlet.input"].get_socket().fd  # the real one: not to wait
        try:
            return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False

    chunked = "HTTP_TRANSFER_ENCODING" in environ
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        peer=environ["REMOTE_ADDR"],
        authorization=environ.get("HTTP_AUTHORIZATION", ""),
        forwarded_for=environ.get("HTTP_X_FORWARDED_FOR", ""),
        content_length="" if chunked else environ.get("CONTENT_LENGTH", ""),
        read=read,
        is_there=is_there,
    )
