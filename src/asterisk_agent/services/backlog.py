"""Events between the reader and the broker: numbered, in order, bounded, kept until confirmed.

In memory, with a gap in its middle: ``[sent | head] … on disk … [tail]``. New events go to the
tail while something older is on disk, and the head is filled again from there. What moves between
memory and disk is ``spooling``'s affair; nothing here waits.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from asterisk_agent.ami.message import FlatEvent
from asterisk_agent.core.spool import Record

#: ``[row id, delay, keep_order]`` of every row that wants the event.
Rows = Sequence[Sequence[Any]]


@lru_cache(maxsize=1024)
def _rows_text(rows: tuple[tuple[Any, ...], ...]) -> str:
    return json.dumps(rows)


class Backlog:
    """What was read and not yet confirmed, oldest first.

    ``limit`` is the number of events in memory, ``disk_limit`` the bytes that may wait for, or on,
    the disk; 0 means that there is none, and then the whole ``limit`` is the head's.
    ``last_pos`` and ``on_disk`` tell what an earlier start left there.
    """

    def __init__(
        self, limit: int, *, boot: str, disk_limit: int = 0, last_pos: int = 0, on_disk: int = 0
    ) -> None:
        self._limit = limit
        self._disk_limit = disk_limit
        self._head_limit = max(1, limit // 2) if disk_limit else limit
        self._boot = boot
        self._head: deque[Record] = deque()
        self._tail: deque[Record] = deque()
        self._sent: OrderedDict[int, Record] = OrderedDict()
        self._pos = last_pos
        self._seq = 0
        self._unsaved_bytes = 0
        #: How many are on disk only: behind the head, before the tail.
        self.gap = on_disk
        #: The newest position that came into the head.
        self.cursor = 0 if on_disk else last_pos
        #: How many bytes are on disk; the spooler tells.
        self.disk_bytes = 0
        self.overflowed = 0
        #: How many the broker has confirmed since the start.
        self.confirmed = 0

    def __len__(self) -> int:
        """Tell how many events are not confirmed."""
        return self.in_memory + self.gap

    @property
    def taken(self) -> int:
        """Tell how many events were taken since the start."""
        return self._seq

    @property
    def in_memory(self) -> int:
        """Tell how many of them memory holds."""
        return len(self._head) + len(self._tail) + len(self._sent)

    @property
    def waiting(self) -> int:
        """Tell how many were not sent."""
        return len(self._head) + len(self._tail) + self.gap

    @property
    def ready(self) -> bool:
        """Tell whether ``send_next`` has one."""
        return bool(self._head)

    @property
    def sent(self) -> int:
        """Tell how many were sent and not confirmed."""
        return len(self._sent)

    # --- in ---------------------------------------------------------------------------------

    def put(self, event: FlatEvent, rows: Rows) -> bool:
        """Take an event. Return False, and count it, when there is no room.

        Only what is taken gets a number: the numbers have no gap.
        """
        texts = str(event["Event"]), _rows_text(tuple(map(tuple, rows))), json.dumps(event)
        record = Record(self._pos + 1, self._boot, self._seq + 1, *texts)
        if self._is_full(record.size):
            self.overflowed += 1
            return False
        self._pos, self._seq = record.pos, record.seq
        self._unsaved_bytes += record.size
        self._tail.append(record)
        self._move_up()
        return True

    def _is_full(self, size: int) -> bool:
        if self.in_memory >= self._limit:
            return True
        waiting = self.disk_bytes + self._unsaved_bytes
        return bool(self._disk_limit) and waiting + size > self._disk_limit

    def _move_up(self) -> None:
        while self._tail and not self.gap and self.head_room > 0:
            record = self._tail.popleft()
            self._head.append(record)
            self.cursor = record.pos

    # --- out --------------------------------------------------------------------------------

    def send_next(self, tag: int) -> Record | None:
        """Give the next event, which is sent under the broker's ``tag``; None if there is none."""
        if not self._head:
            return None
        record = self._sent[tag] = self._head.popleft()
        return record

    def confirm(self, tag: int, *, multiple: bool) -> None:
        """Forget what the broker has: this tag, or all up to it."""
        before = len(self._sent)
        if not multiple:
            self._drop(self._sent.pop(tag, None))
        while multiple and self._sent and next(iter(self._sent)) <= tag:
            self._drop(self._sent.popitem(last=False)[1])
        self.confirmed += before - len(self._sent)
        self._move_up()

    def _drop(self, record: Record | None) -> None:
        if record is not None and not record.saved:
            # Whoever is writing it down just now must not count it a second time.
            record.saved = True
            self._unsaved_bytes -= record.size

    def rewind(self) -> None:
        """Put back what was sent and not confirmed: the connection is lost."""
        self._head.extendleft(reversed(self._sent.values()))
        self._sent.clear()

    # --- memory and disk --------------------------------------------------------------------

    @property
    def head_room(self) -> int:
        """Tell how many more the head takes."""
        return self._head_limit - len(self._head) - len(self._sent)

    @property
    def last_pos(self) -> int:
        """Tell the newest position."""
        return self._pos

    @property
    def done(self) -> int:
        """Tell the position up to which all is confirmed."""
        first = next(iter(chain(self._sent.values(), self._head)), None)
        if first is not None:
            return first.pos - 1
        return self.cursor if self.gap or self._tail else self._pos

    def unsaved(self, upto: int, limit: int) -> list[Record]:
        """List what memory alone holds: up to a position, and all of the tail."""
        found: Iterator[Record] = chain(
            (r for r in chain(self._sent.values(), self._head) if r.pos <= upto), self._tail
        )
        return [r for r, _ in zip((r for r in found if not r.saved), range(limit), strict=False)]

    def stored(self, records: Sequence[Record]) -> None:
        """Note that records are on disk: the tail need not hold them."""
        for record in records:
            self._drop(record)
        while self._tail and self._tail[0].saved:
            self._tail.popleft()
            self.gap += 1

    def loaded(self, records: Sequence[Record], asked: int) -> None:
        """Take records from disk into the head; fewer than ``asked`` means that no more are."""
        self._head.extend(records)
        self.gap = max(0, self.gap - len(records)) if len(records) == asked else 0
        if records:
            self.cursor = records[-1].pos
        self._move_up()

    def lost(self) -> int:
        """Give up what was on disk only; return how many."""
        lost, self.gap = self.gap, 0
        self.overflowed += lost
        self._move_up()
        return lost
