"""A strict Odoo over a real socket: sessions, wrong logins, faults on demand, ``deliver``.

Answers as Odoo 14 does (HTTP 200 with ``error`` for exceptions, code 100 for an expired session),
and notes every breach of docs/reference/agent-odoo.md in ``violations``: a test that uses it ends
with ``assert not odoo.violations``.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fakes.odoo_faults import (
    CommitThenCut,
    Expire,
    Hold,
    Http,
    OdooFault,
    Raise,
    Raw,
    Redirect,
    Result,
    Slow,
)

LOGIN = "agent@example.com"
PASSWORD = "fake-odoo-password-7"
DB = "company"
HELLO = ["agent_name", "agent_version", "asterisk_version", "boot", "rpc_token", "system_name"]


@dataclass
class FakeOdoo:
    """The server. Use it as a context manager."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    handlers: dict[int, Callable[[dict[str, Any]], None]] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self.faults: dict[str, deque[Any]] = defaultdict(deque)
        self.sessions: set[str] = set()
        self.logins = 0
        self.calls: list[tuple[str, str, list[Any]]] = []
        self.hellos: list[dict[str, Any]] = []
        self.map_errors: list[list[dict[str, Any]]] = []
        self.parked: list[dict[str, Any]] = []
        self.news: list[dict[str, Any]] = []
        self.notices: list[tuple[int, dict[str, Any]]] = []
        self.callbacks: list[tuple[str, str, Any, Any]] = []
        #: What requests may name as callbacks.
        self.allowed = ["asterisk_plus.server.hangup_reply", "my.model.done", "test.model.done"]
        self.applied: list[dict[str, Any]] = []
        self.statuses: list[str] = []
        self.violations: list[str] = []
        self._done: set[tuple[str, int, int]] = set()
        self._settled: dict[str, int] = {}
        self._changed = threading.Condition()

    def __enter__(self) -> FakeOdoo:
        odoo = self

        class Handler(_Handler):
            fake = odoo

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        port = self._server.server_address[1]
        return f"https://localhost:{port}" if self.tls else f"http://127.0.0.1:{port}"

    def on_next(self, what: str, *faults: Any) -> None:
        """Let the next requests of ``what`` (a method, ``authenticate`` or ``*``) go so."""
        self.faults[what].extend(faults)

    def wait_for(self, fact: Callable[[], Any], timeout_s: float = 60.0) -> bool:
        """Wait until a fact holds; looks after every request."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not fact():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 0.2))
        return True

    def names(self) -> list[str]:
        """Name the applied events, in order."""
        return [item["event"]["Event"] for item in self.applied]

    # --- requests -----------------------------------------------------------------------------

    def fault_for(self, what: str) -> Any:
        for name in (what, "*"):
            if self.faults[name]:
                return self.faults[name].popleft()
        return None

    def authenticate(self, params: dict[str, Any]) -> tuple[Any, str]:
        if params.get("db") != DB:
            name = params.get("db")
            raise OdooFault(
                "psycopg2.OperationalError", f'FATAL:  database "{name}" does not exist\n'
            )
        if (params.get("login"), params.get("password")) != (LOGIN, PASSWORD):
            raise OdooFault("odoo.exceptions.AccessDenied", "Access Denied")
        session = secrets.token_hex(20)
        self.sessions.add(session)
        self.logins += 1
        return {"uid": 7, "db": DB, "server_version": "14.0"}, session

    def call_kw(self, session: str, params: dict[str, Any]) -> Any:
        if session not in self.sessions:
            raise OdooFault("odoo.http.SessionExpiredException", "Session expired", 100)
        model, method, args = params["model"], params["method"], params["args"]
        self.calls.append((model, method, args))
        if model != "asterisk_plus.server":
            if len(args) != 2:
                self.violations.append(f"callback with {len(args)} arguments")
            self.callbacks.append((model, method, *args))
            return True
        answer = getattr(self, f"do_{method}", None)
        if answer is None:
            raise OdooFault("builtins.AttributeError", f"type object has no attribute '{method}'")
        return answer(*args)

    def do_agent_hello(self, info: dict[str, Any]) -> dict[str, Any]:
        if sorted(info) != HELLO or not all(isinstance(v, str) for v in info.values()):
            self.violations.append(f"hello {sorted(info)}")
        if info["rpc_token"]:  # empty: a look of `check`, of which nothing is kept
            if len(info["rpc_token"]) < 32:
                self.violations.append("a short token")
            self.hellos.append(info)
        return {
            "server_id": 1,
            "server_name": "PBX",
            "odoo_version": "14.0",
            "addon_version": "14.0.1.0.0",
            "now": f"{time.time():.6f}",
            "callbacks": self.allowed,
        }

    def do_get_events_map(self) -> dict[str, Any]:
        return {"version": "v1", "rows": self.rows}

    def do_report_event_errors(self, errors: list[dict[str, Any]]) -> bool:
        self.map_errors.append(errors)
        return True

    def do_agent_parked(self, parked: dict[str, Any]) -> bool:
        if sorted(parked) != ["count", "last"]:
            self.violations.append(f"parked {parked}")
        self.parked.append(parked)
        return True

    def do_security_news(self, news: dict[str, Any]) -> dict[str, Any]:
        seqs = [item["seq"] for item in news["items"]]
        if sorted(news) != ["items", "store"] or seqs != sorted(set(seqs)) or not seqs:
            self.violations.append(f"news {news}")
        told = {item["seq"] for item in self.news}
        self.news += [item for item in news["items"] if item["seq"] not in told]
        return {"seq": max(seqs)}

    def do_notify_user(self, uid: int, message: dict[str, Any]) -> bool:
        if sorted(message) != ["message", "sticky", "title", "warning"]:
            self.violations.append(f"notice {message}")
        self.notices.append((uid, message))
        return True

    def do_deliver(self, batch: dict[str, Any]) -> dict[str, Any]:
        if sorted(batch) != ["boot", "items", "settled"]:
            self.violations.append(f"batch {sorted(batch)}")
        named = {*batch["settled"], *(item["boot"] for item in batch["items"])}
        for boot, seq in batch["settled"].items():
            self._settled[boot] = max(seq, self._settled.get(boot, 0))
        self._settled = {b: n for b, n in self._settled.items() if b in named}
        self._done = {key for key in self._done if key[0] in named}
        held: set[str] = set()
        return {"results": [self._apply(item, held) for item in batch["items"]]}

    def _apply(self, item: dict[str, Any], held: set[str]) -> dict[str, Any]:
        key = (item["boot"], item["seq"], item["row"])
        status, error = self._status(item, key, held)
        self.statuses.append(status)
        return {"boot": key[0], "seq": key[1], "row": key[2], "status": status, "error": error}

    def _status(
        self, item: dict[str, Any], key: tuple[str, int, int], held: set[str]
    ) -> tuple[str, str]:
        call = str(item["event"].get("Linkedid", ""))
        if "EventTime" not in item["event"] or sorted(item) != ["boot", "event", "row", "seq"]:
            self.violations.append(f"item {item}")
        if key in self._done:
            return "duplicate", ""
        if item["seq"] <= self._settled.get(item["boot"], 0):
            self.violations.append(f"item {key} below the watermark")
            return "duplicate", ""
        if call and call in held:
            return "held", ""
        handler = self.handlers.get(item["row"])
        try:
            if handler is not None:
                handler(item["event"])
        except Exception as exc:  # noqa: BLE001 (as Odoo: whatever a handler raises)
            held.add(call)
            return "failed", f"{type(exc).__name__}: {exc}"
        self._done.add(key)
        self.applied.append(item)
        return "done", ""

    def changed(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeOdoo
    protocol_version = "HTTP/1.0"

    def handle(self) -> None:
        # A client that does not trust the certificate hangs up in the handshake.
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._send(404, b"<html>not found</html>")

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Content-Type"] != "application/json" or request.get("jsonrpc") != "2.0":
            self.fake.violations.append("no JSON-RPC request")
        what = self.path.rsplit("/", 1)[-1]
        try:
            self._answer(request, what, self.fake.fault_for(what))
        finally:
            self.fake.changed()

    def _answer(self, request: dict[str, Any], what: str, fault: Any) -> None:
        if isinstance(fault, Hold):
            fault.release.wait(60)
        elif isinstance(fault, Slow):
            time.sleep(fault.seconds)
        elif isinstance(fault, Http):
            return self._send(fault.status, fault.body.encode())
        elif isinstance(fault, Redirect):
            return self._send(fault.status, b"", Location=fault.location)
        elif isinstance(fault, Raw):
            return self._send(200, fault.body)
        elif isinstance(fault, Result):
            return self._reply(request, result=fault.result)
        elif isinstance(fault, Expire):
            self.fake.sessions.clear()
        elif isinstance(fault, Raise):
            return self._reply(request, error=OdooFault(*vars(fault).values()).error)
        try:
            result, cookie = self._route(request["params"], what)
        except OdooFault as exc:
            return self._reply(request, error=exc.error)
        if isinstance(fault, CommitThenCut):
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        return self._reply(request, cookie=cookie, result=result)

    def _route(self, params: dict[str, Any], what: str) -> tuple[Any, str]:
        with self.fake._changed:
            if self.path == "/web/session/authenticate":
                return self.fake.authenticate(params)
            if self.path == "/web/database/list":
                return [DB, "other"], ""
            model, method = params.get("model"), params.get("method")
            if self.path != f"/web/dataset/call_kw/{model}/{method}":
                self.fake.violations.append(f"path {self.path}")
            cookie = self.headers.get("Cookie", "")
            session = cookie.partition("session_id=")[2].partition(";")[0]
            return self.fake.call_kw(session, params), ""

    def _reply(self, request: dict[str, Any], cookie: str = "", **outcome: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", "id": request.get("id"), **outcome}).encode()
        headers = {"Set-Cookie": f"session_id={cookie}; HttpOnly; Path=/"} if cookie else {}
        self._send(200, body, **{"Content-Type": "application/json"}, **headers)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
