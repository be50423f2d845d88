"""Sources from which somebody gave a right password: what a stranger forges can't touch them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from asterisk_agent.firewall.source import Network, covers

#: As many as the kernel's set holds.
MAX_KNOWN = 65_536
#: A phone registers every minute; the kernel and the disk are told once in this part of the life.
RENEW_PART = 1 / 7


class KnownGood:
    """Learnt sources, each until ``life_s`` after its last right password (Unix seconds)."""

    def __init__(self, life_s: float, learnt: Mapping[Network, float] | None = None) -> None:
        self._life_s = life_s
        self._until: OrderedDict[Network, float] = OrderedDict(learnt or {})

    def learn(self, source: Network, now: float) -> bool:
        """Remember a source; tell whether that is news for the kernel and the disk."""
        until = self._until.get(source, 0.0)
        if until - now > self._life_s * (1 - RENEW_PART):
            return False
        self._until[source] = now + self._life_s
        self._until.move_to_end(source)
        if len(self._until) > MAX_KNOWN:
            self._until.popitem(last=False)
        return True

    def is_known(self, source: Network, now: float) -> bool:
        """Tell whether a source is known good."""
        return self._until.get(source, 0.0) > now

    def any_within(self, network: Network, now: float) -> bool:
        """Tell whether a network holds a source that is known good."""
        return any(until > now and covers(network, s) for s, until in self._until.items())

    def forget(self, source: Network) -> None:
        """Take a source for a stranger again."""
        self._until.pop(source, None)

    def expire(self, now: float) -> list[Network]:
        """Forget whose time is over, and return them."""
        over = [source for source, until in self._until.items() if until <= now]
        for source in over:
            del self._until[source]
        return over

    def until(self) -> dict[Network, float]:
        """Return every source with the end of its time."""
        return dict(self._until)
