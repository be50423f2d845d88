"""Tell Odoo the callbacks that are owed, again and again until it has been told."""

from __future__ import annotations

import logging
import threading
from typing import Any, Protocol

from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.errors import AgentError, OdooConflictError, OdooServerError, SpoolError
from asterisk_agent.rpc.outbox import Callback, Outbox

_log = logging.getLogger(__name__)

#: Odoo is up and the callback's own code raises: more tries are more of the same.
TELL_TRIES = 5
_IDLE_S = 60.0


class Called(Protocol):
    """How Odoo is told."""

    def callback(self, model: str, method: str, result: Any, pass_back: Any) -> None:
        """Call ``model.method(result, pass_back)``."""


class Postman:
    """Empties the outbox, oldest first, for as long as ``run`` runs.

    ``tell`` is for a job that has just ended: those run side by side, and so are they told.

    Odoo is told at least once: an agent that is killed right behind the call tells it again.
    """

    def __init__(self, outbox: Outbox, odoo: Called, backoff: Backoff | None = None) -> None:
        self._outbox = outbox
        self._odoo = odoo
        self._backoff = backoff or Backoff(first_s=0.5, cap_s=30.0)
        self._stopping = threading.Event()
        self._in_hand: set[str] = set()

    def tell(self, callback: Callback) -> None:
        """Tell a callback at once, in the caller's thread; what fails is told by ``run``."""
        self._in_hand.add(callback.job)
        try:
            over = self._tell(callback)
        except AgentError as exc:
            _log.warning("job %s: its callback waits for Odoo: %s", callback.job, exc.code)
            over = False
        finally:
            self._in_hand.discard(callback.job)
        if not over:
            self._outbox.news.set()

    def run(self) -> None:
        """Tell until ``stop``."""
        while not self._stopping.is_set():
            self._outbox.news.clear()
            wait_s = self._round()
            if wait_s:
                # New callbacks wait with the others: Odoo is away for all of them.
                self._stopping.wait(wait_s)
            else:
                self._outbox.news.wait(_IDLE_S)

    def stop(self) -> None:
        """Ask ``run`` to return; what is owed is told after the next start."""
        self._stopping.set()
        self._outbox.news.set()

    def _round(self) -> float:
        """Tell all that is due; return the seconds to wait when some is left."""
        try:
            while callbacks := [c for c in self._outbox.due() if c.job not in self._in_hand]:
                over = [self._tell(callback) for callback in callbacks]
                if not all(over):
                    return self._backoff.next_s()
        except SpoolError as exc:
            _log.error("%s; callbacks wait", exc)
            return self._backoff.next_s()
        except AgentError as exc:
            _log.warning("%d callbacks wait for Odoo: %s", len(self._outbox), exc.code)
            return self._backoff.next_s()
        self._backoff.reset()
        return 0.0

    def _tell(self, callback: Callback) -> bool:
        """Tell one; return whether it is over. Raise ``AgentError`` when Odoo is away."""
        try:
            self._odoo.callback(
                callback.model, callback.method, callback.result, callback.pass_back
            )
        except AgentError as exc:
            raised = isinstance(exc, OdooServerError | OdooConflictError)
            if exc.retryable and not raised:
                raise
            if raised and callback.tries + 1 < TELL_TRIES:
                self._outbox.tried(callback.job)
                return False
            _log.error("job %s: Odoo was not told: %s", callback.job, exc)
        self._outbox.drop(callback.job)
        return True
