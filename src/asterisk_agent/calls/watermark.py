"""How far each boot's events are settled: below the watermark nothing will ever come again.

Odoo remembers the items that it applied above the watermark; the watermark keeps that small.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

#: A number that never came is given up when the boot is this far ahead. It must be above the
#: publisher's window of unconfirmed messages: only within it may a message come late.
GAP_LIMIT = 4_000
#: An agent that restarts has a new boot; messages of older ones drain from the queue. More than a
#: few at a time means restarts in a loop, and the oldest have long been drained. An item that
#: waited on the broker comes under a boot of its own, and is forgotten like them.
MAX_BOOTS = 32


@dataclass
class _Boot:
    origin: int
    floor: int
    highest: int
    open: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    #: Were open when the connection to the broker was lost: they come again before newer ones.
    expected: set[int] = field(default_factory=set)

    def advance(self) -> None:
        while True:
            following = self.floor + 1
            will_come = self.highest - following <= GAP_LIMIT
            if following in self.ended:
                self.ended.remove(following)
            elif will_come or following in self.open or following in self.expected:
                return
            self.floor = following


class Watermarks:
    """The watermark of every boot whose messages were seen."""

    def __init__(self) -> None:
        self._boots: OrderedDict[str, _Boot] = OrderedDict()

    def announce(self, boot: str) -> None:
        """Note that messages of an earlier start will come: Odoo must not forget it meanwhile."""
        self._boots.setdefault(boot, _Boot(origin=1, floor=0, highest=0))

    def open(self, boot: str, seq: int) -> bool:
        """Note that a message came. Return False if it is known to have ended or to be open."""
        state = self._boots.get(boot)
        if state is None:
            state = self._boots[boot] = _Boot(origin=seq, floor=seq - 1, highest=seq)
            self._forget_oldest()
        self._boots.move_to_end(boot)
        if seq in state.open or seq in state.ended or state.origin <= seq <= state.floor:
            return False
        state.open.add(seq)
        state.highest = max(state.highest, seq)
        # The broker gives unacked messages back in their old places, ahead of newer ones.
        state.expected = {other for other in state.expected if other > seq}
        state.advance()
        return True

    def end(self, boot: str, seq: int) -> None:
        """Note that all items of a message ended."""
        state = self._boots[boot]
        state.open.discard(seq)
        if seq > state.floor:
            state.ended.add(seq)
        state.advance()

    def lost(self) -> None:
        """Note that the connection was lost: what is open will come again."""
        for state in self._boots.values():
            state.expected |= state.open
            state.open.clear()

    def settled(self) -> dict[str, int]:
        """Tell each boot's watermark: no item of it with this ``seq`` or a lower one will come."""
        return {
            boot: min([state.floor, *(seq - 1 for seq in state.open | state.expected)])
            for boot, state in self._boots.items()
        }

    def _forget_oldest(self) -> None:
        idle = [b for b, s in self._boots.items() if not (s.open or s.expected)]
        for boot in idle[: max(0, len(self._boots) - MAX_BOOTS)]:
            del self._boots[boot]
