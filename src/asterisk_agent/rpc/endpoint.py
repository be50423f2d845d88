"""One request from Odoo, from its first header to the reply: refused as early as possible."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import RefusedError
from asterisk_agent.rpc import jsonrpc, refusals
from asterisk_agent.rpc.auth import Gatekeeper
from asterisk_agent.rpc.functions import Functions, Prepared
from asterisk_agent.rpc.jobs import Job
from asterisk_agent.rpc.refusals import refused_by

_log = logging.getLogger("asterisk_agent.rpc.audit")
_errors = logging.getLogger(__name__)

PATHS = frozenset({"/", "/rpc", "/rpc/"})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request whose headers were read and whose body was not.

    ``is_there`` tells whether whoever asked still waits for the reply.
    """

    method: str
    path: str
    peer: str
    authorization: str
    forwarded_for: str
    content_length: str
    read: Callable[[int], bytes]
    is_there: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A status and a body."""

    status: int
    body: bytes
    content_type: str = "application/json"


class Runner(Protocol):
    """Runs calls; green threads are its affair."""

    def run(self, call: Prepared, timeout_s: float) -> object:
        """Run a call and return its result. Raise ``TimeoutError``, ``RefusedError`` (busy)."""

    def submit(self, job: Job) -> str:
        """Take a job and return its id. Raise ``RefusedError`` (busy)."""


class Endpoint:
    """Answer requests. Every one leaves one line in the log."""

    def __init__(
        self,
        gatekeeper: Gatekeeper,
        functions: Functions,
        runner: Runner,
        clock: Clock,
        *,
        max_body: int,
        allows: Callable[[str, str], bool],
        until_greeted: Callable[[], None] = lambda: None,
        on_answer: Callable[[str, str, float], None] = lambda *_: None,
    ) -> None:
        """``allows`` tells whether a callback (model, method) is on Odoo's list, which the first
        hello's answer brings; ``until_greeted`` waits for it, for a short time.

        ``on_answer`` is told function, outcome and seconds of every request, in our words.
        """
        self._gatekeeper = gatekeeper
        self._functions = functions
        self._runner = runner
        self._clock = clock
        self._max_body = max_body
        self._allows = allows
        self._until_greeted = until_greeted
        self._on_answer = on_answer

    def handle(self, http: HttpRequest) -> HttpReply:
        """Answer a request; never raises."""
        started = self._clock.monotonic()
        trail = _Trail(source=http.peer)
        try:
            reply = HttpReply(200, self._answer(http, trail))
        except Exception as exc:  # noqa: BLE001 (no exception crosses the edge)
            refused = refused_by(exc)
            if refused.refusal is refusals.INTERNAL_ERROR:
                _errors.exception("a request of Odoo failed")
            trail.outcome = refused.refusal.message
            if refused.reason:
                trail.outcome += f" ({refused.reason})"
            refused.request_id = trail.request_id
            reply = HttpReply(refused.refusal.status, jsonrpc.error_body(refused))
        took_s = self._clock.monotonic() - started
        self._on_answer(trail.counted_as, trail.outcome, took_s)
        level = logging.INFO if trail.outcome == "ok" else logging.WARNING
        _log.log(
            level,
            "%s %s: %s, HTTP %d, %.0f ms",
            trail.source,
            trail.function,
            trail.outcome,
            reply.status,
            took_s * 1000,
        )
        return reply

    def _answer(self, http: HttpRequest, trail: _Trail) -> bytes:
        source = self._gatekeeper.source(http.peer, http.forwarded_for)
        trail.source = str(source)
        self._gatekeeper.admit_address(source)
        if http.path not in PATHS:
            raise RefusedError(refusals.NOT_FOUND)
        if http.method != "POST":
            raise RefusedError(refusals.METHOD_NOT_ALLOWED)
        self._gatekeeper.admit_token(source, http.authorization)
        request = self._read(http, trail)
        if request.res_method:
            # What waited in Odoo for the agent comes with the hello, maybe before its answer.
            self._until_greeted()
        # Odoo has told its user by now that it failed: no phone must ring after that. So it is when
        # this process did not run for a while, and finds requests of the past before its door.
        if not http.is_there():
            raise RefusedError(refusals.CALLER_GONE)
        return jsonrpc.result_body(request.id, self._call(request, trail))

    def _read(self, http: HttpRequest, trail: _Trail) -> jsonrpc.RpcRequest:
        length = http.content_length.strip()
        if not (length.isascii() and length.isdigit()):
            raise RefusedError(refusals.LENGTH_REQUIRED)
        # int() of a million digits is work; no length of more than 18 is under any limit.
        if len(length) > 18 or int(length) > self._max_body:
            raise RefusedError(refusals.TOO_LARGE)
        try:
            request = jsonrpc.parse(http.read(int(length)))
        except RefusedError as exc:
            trail.request_id = exc.request_id
            raise
        trail.request_id = request.id
        return request

    def _call(self, request: jsonrpc.RpcRequest, trail: _Trail) -> object:
        known = request.method in self._functions
        trail.function = request.method if known else f"unknown {request.method[:60]!r}"
        trail.function += _action_of(request)
        trail.counted_as = request.method if known else "unknown"
        budget_s = request.timeout_s if request.sync else jsonrpc.MAX_TIMEOUT_S
        prepared = self._functions.prepare(request.method, request.args, request.kwargs, budget_s)
        if request.sync:
            return self._runner.run(prepared, request.timeout_s)
        return {"job": self._runner.submit(self._job(request, prepared))}

    def _job(self, request: jsonrpc.RpcRequest, prepared: Prepared) -> Job:
        named = bool(request.res_model or request.res_method)
        if named and not self._allows(request.res_model, request.res_method):
            raise RefusedError(refusals.INVALID_REQUEST)
        return Job(
            function=request.method,
            run=prepared,
            res_model=request.res_model,
            res_method=request.res_method,
            res_notify_uid=request.res_notify_uid,
            res_notify_title=request.res_notify_title,
            pass_back=request.pass_back,
        )


def _action_of(request: jsonrpc.RpcRequest) -> str:
    """Tell which action of Asterisk was asked for, if one was: a stranger's text, so quoted."""
    given = request.args[0] if request.args else request.kwargs.get("action")
    found = given.items() if isinstance(given, dict) else ()
    names = [value for name, value in found if name.lower() == "action"]
    return f" {str(names[0])[:60]!r}" if names else ""


@dataclass(slots=True)
class _Trail:
    """What the log tells of a request."""

    source: str
    function: str = "-"
    #: The function in our own words: none was named, it is ``unknown``, or on the list.
    counted_as: str = "none"
    outcome: str = "ok"
    request_id: str | int | None = None
