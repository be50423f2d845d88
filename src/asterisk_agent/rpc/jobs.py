"""Run what Odoo does not wait for, and tell Odoo when it has run.

Bounded in every direction: so many at a time, so many waiting, so many tries to tell.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import AgentError, RefusedError, SpoolError
from asterisk_agent.rpc.functions import Prepared
from asterisk_agent.rpc.outbox import Callback, Outbox
from asterisk_agent.rpc.postman import Postman
from asterisk_agent.rpc.refusals import BUSY, INTERNAL_ERROR, error_object, refused_by

_log = logging.getLogger(__name__)

WORKERS = 16
MAX_WAITING = 500
TELL_TRIES = 5


class Teller(Protocol):
    """How a person is told."""

    def notify_user(self, uid: int, *, title: str, message: str, warning: bool) -> None:
        """Show a notification."""


@dataclass(frozen=True, slots=True)
class Job:
    """A prepared call, and whom to tell of its result."""

    function: str
    run: Prepared
    res_model: str = ""
    res_method: str = ""
    res_notify_uid: int = 0
    res_notify_title: str = ""
    pass_back: Any = None

    @property
    def has_callback(self) -> bool:
        """Tell whether Odoo shall be told by a callback."""
        return bool(self.res_model and self.res_method)


class JobPool:
    """A bounded pool. ``spawn`` starts a thread, green or not, and returns at once."""

    def __init__(
        self,
        spawn: Callable[[Callable[[], None]], object],
        teller: Teller,
        clock: Clock,
        outbox: Outbox,
        postman: Postman,
        *,
        workers: int = WORKERS,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._outbox = outbox
        self._postman = postman
        self._spawn = spawn
        self._teller = teller
        self._clock = clock
        self._workers = workers
        self._max_waiting = max_waiting
        self._waiting: deque[tuple[str, Job]] = deque()
        self._running = 0
        self._lock = threading.Lock()
        self._closed = False

    def __len__(self) -> int:
        """Tell how many jobs have not ended."""
        return len(self._waiting) + self._running

    def submit(self, job: Job) -> str:
        """Take a job and return its id. Raise ``RefusedError`` (busy)."""
        if self._closed or len(self._waiting) >= self._max_waiting:
            raise RefusedError(BUSY)
        job_id = secrets.token_hex(8)
        self._owe(job_id, job)
        with self._lock:
            self._waiting.append((job_id, job))
            start = self._running < self._workers
            self._running += start
        if start:
            self._spawn(self._work)
        return job_id

    def close(self) -> None:
        """Take no more jobs; those that wait are dropped, and told to be lost at the next start."""
        with self._lock:
            self._closed = True
            dropped = len(self._waiting)
            self._waiting.clear()
        if dropped:
            _log.warning("%d jobs of Odoo dropped at the stop", dropped)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                job_id, job = self._waiting.popleft()
            self._run(job_id, job)

    def _run(self, job_id: str, job: Job) -> None:
        started = self._clock.monotonic()
        result, refused = outcome_of(job)
        took_ms = (self._clock.monotonic() - started) * 1000
        word = refused.refusal.message if refused else "ok"
        _log.info("job %s %s: %s, %.0f ms", job_id, job.function, word, took_ms)
        if job.has_callback:
            self._call_back(job_id, job, result)
        if job.res_notify_uid:
            message, warning = notice_of(result)
            title = job.res_notify_title or job.function
            self._tell(
                job_id,
                lambda: self._teller.notify_user(
                    job.res_notify_uid, title=title, message=message, warning=warning
                ),
            )

    def _owe(self, job_id: str, job: Job) -> None:
        if not job.has_callback:
            return
        try:
            self._outbox.owe(job_id, job.res_model, job.res_method, job.pass_back)
        except SpoolError as exc:
            _log.error("job %s: its callback would not survive the agent: %s", job_id, exc)

    def _call_back(self, job_id: str, job: Job, result: Any) -> None:
        try:
            self._outbox.ended(job_id, result)
        except SpoolError as exc:
            _log.error("job %s: its callback would not survive the agent: %s", job_id, exc)
        callback = Callback(job_id, job.res_model, job.res_method, result, job.pass_back)
        self._postman.tell(callback)

    def _tell(self, job_id: str, tell: Callable[[], None]) -> None:
        backoff = Backoff(first_s=0.5, cap_s=5.0)
        for left in range(TELL_TRIES - 1, -1, -1):
            try:
                tell()
            except AgentError as exc:
                if exc.retryable and left:
                    self._clock.sleep(backoff.next_s())
                    continue
                _log.error("job %s: the user was not told: %s", job_id, exc)
            return


def outcome_of(job: Job) -> tuple[Any, RefusedError | None]:
    """Run a job. Return what its callback gets, and the refusal if it failed."""
    try:
        return job.run(), None
    except Exception as exc:  # noqa: BLE001 (whatever a function raises becomes a fixed error)
        refused = refused_by(exc)
        if refused.refusal is INTERNAL_ERROR:
            _log.exception("%s failed", job.function)
        return {"error": error_object(refused)}, refused


def notice_of(result: Any) -> tuple[str, bool]:
    """Given a result, return the text for the user and whether it is a warning."""
    if isinstance(result, Mapping) and isinstance(result.get("error"), Mapping):
        error = result["error"]
        reason = (error.get("data") or {}).get("reason", "")
        text = str(error.get("message", "")).capitalize()
        return (f"{text} ({reason})" if reason else text), True
    if isinstance(result, list) and result and isinstance(result[0], Mapping):
        response = str(result[0].get("Response", ""))
        return str(result[0].get("Message") or response), response == "Error"
    return ("OK" if result is True else str(result)), False
