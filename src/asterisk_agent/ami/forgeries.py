"""Tell, at most once in a while, that blocks were rejected: somebody may be trying."""

from __future__ import annotations

import logging
from collections import Counter

from asterisk_agent.core.clock import Clock

_log = logging.getLogger(__name__)

#: Seconds between two warnings: a flood of rejected messages must not fill the log.
WARN_EVERY_S = 60.0


class ForgeryWarning:
    """Watches the counts of rejected messages."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._warned = (-WARN_EVERY_S, 0)

    def look(self, rejected: Counter[str]) -> None:
        """Warn when there are more than at the last warning, and that is a while ago."""
        (warned_at, count), total = self._warned, rejected.total()
        if total > count and self._clock.monotonic() - warned_at >= WARN_EVERY_S:
            self._warned = (self._clock.monotonic(), total)
            _log.warning("messages rejected so far, by reason: %s", dict(rejected))
