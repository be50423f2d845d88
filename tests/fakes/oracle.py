"""An Odoo that knows nothing but what a test tells it: the dialplan's questions, over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import ClassVar

HOST = "127.0.0.1"
SLEEP_S = 60.0


class Oracle(BaseHTTPRequestHandler):
    """Answers the dialplan's questions as Odoo's controllers do; keeps what was asked."""

    answers: ClassVar[dict[str, tuple[int, str]]] = {}
    asked: ClassVar[list[str]] = []
    # Cleared: it keeps everybody waiting, and says nothing.
    awake: ClassVar[Event] = Event()

    def do_GET(self) -> None:
        """Answer by the path's last part."""
        self.asked.append(self.path)
        if not self.awake.is_set():
            self.awake.wait(SLEEP_S)  # whoever asked has gone meanwhile
            return
        question = self.path.partition("?")[0].rsplit("/", 1)[1]
        status, text = self.answers.get(question, (200, ""))
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""

    @classmethod
    def forget(cls) -> None:
        """Know nothing again."""
        cls.answers.clear()
        cls.asked.clear()
        cls.awake.set()


@contextmanager
def listening() -> Iterator[str]:
    """Let the Oracle answer at the address that is returned."""
    Oracle.forget()
    server = ThreadingHTTPServer((HOST, 0), Oracle)
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
