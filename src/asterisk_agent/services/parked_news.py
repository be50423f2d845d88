"""What Odoo has still to be told of parked items: their count, and the last one."""

from __future__ import annotations

import logging
from collections.abc import Callable

from asterisk_agent.calls.delivery import Parked
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import AgentError

_log = logging.getLogger(__name__)

Tell = Callable[[int, dict[str, object] | None], object]


class ParkedNews:
    """Keeps the newest count until Odoo has it. An Odoo that is away is asked ever more rarely."""

    def __init__(self, clock: Clock, tell: Tell) -> None:
        self._clock = clock
        self._tell = tell
        self._news: tuple[int, Parked | None] | None = None
        self._backoff = Backoff()
        self._not_before = 0.0

    def put(self, count: int, last: Parked | None) -> None:
        """Take the newest count; what was not told yet is old now."""
        self._news = (count, last)

    def odoo_is_back(self) -> None:
        """Let the next ``tell`` try at once."""
        self._backoff.reset()
        self._not_before = 0.0

    def tell(self) -> None:
        """Tell Odoo, if there is something to tell and it is time to try."""
        news = self._news
        if news is None or self._clock.monotonic() < self._not_before:
            return
        count, last = news
        try:
            self._tell(count, _words(last))
        except AgentError as exc:
            self._not_before = self._clock.monotonic() + self._backoff.next_s()
            _log.info("Odoo was not told of %d parked items: %s", count, exc.code)
            return
        self.odoo_is_back()
        # Another count may have come while Odoo was told.
        if self._news is news:
            self._news = None


def _words(last: Parked | None) -> dict[str, object] | None:
    if last is None:
        return None
    name = str(last.item.event.get("Event", ""))
    return {"name": name, "row": last.item.row, "error": last.error}
