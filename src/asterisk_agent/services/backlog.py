"""Events between the reader and the broker: numbered, in order, bounded, kept until confirmed.

In memory. A spool on disk (that survives a restart) has the same methods and takes its place.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asterisk_agent.ami.message import FlatEvent

#: ``[row id, delay, keep_order]`` of every row that wants the event.
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Record:
    """One event on its way to the broker."""

    seq: int
    event: FlatEvent
    rows: Rows


class Backlog:
    """What was read and not yet confirmed, oldest first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[Record] = deque()
        self._sent: OrderedDict[int, Record] = OrderedDict()
        self._seq = 0
        self.overflowed = 0

    def __len__(self) -> int:
        """Tell how many events are not confirmed."""
        return len(self._waiting) + len(self._sent)

    @property
    def waiting(self) -> int:
        """Tell how many were not sent."""
        return len(self._waiting)

    @property
    def sent(self) -> int:
        """Tell how many were sent and not confirmed."""
        return len(self._sent)

    def put(self, event: FlatEvent, rows: Rows) -> bool:
        """Take an event. Return False, and count it, when there is no room.

        Only what is taken gets a number: the numbers have no gap.
        """
        if len(self) >= self._limit:
            self.overflowed += 1
            return False
        self._seq += 1
        self._waiting.append(Record(self._seq, event, rows))
        return True

    def send_next(self, tag: int) -> Record | None:
        """Give the next event, which is sent under the broker's ``tag``; None if there is none."""
        if not self._waiting:
            return None
        record = self._sent[tag] = self._waiting.popleft()
        return record

    def confirm(self, tag: int, *, multiple: bool) -> None:
        """Forget what the broker has: this tag, or all up to it."""
        if not multiple:
            self._sent.pop(tag, None)
            return
        while self._sent and next(iter(self._sent)) <= tag:
            self._sent.popitem(last=False)

    def rewind(self) -> None:
        """Put back what was sent and not confirmed: the connection is lost."""
        self._waiting.extendleft(reversed(self._sent.values()))
        self._sent.clear()
