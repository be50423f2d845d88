"""The planner of the forwarder: which items go to Odoo next, and what becomes of each.

No socket, no thread: messages and results go in, batches, acks and parked items come out. The
guarantees (DESIGN 3), each held by a property test:

* items of one call go in the order in which Asterisk said them, whatever is delayed or fails;
* a message is acked only when every item of it ended, and a parked item ends when the parked
  queue has confirmed it, one that waits long when the broker holds it elsewhere (``later``);
* a reconcile goes when everything before it ended, and nothing behind it goes before it.

Memory is bounded by the consumer's prefetch: the planner holds unacked messages only.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence

from asterisk_agent.calls.delivery import (
    Item,
    Later,
    Message,
    Outcome,
    Parked,
    Result,
    Row,
    order_keys,
)
from asterisk_agent.calls.entries import Batch, Entry, Unacked
from asterisk_agent.calls.later import must_leave, remaining_s, wait_for
from asterisk_agent.calls.watermark import Watermarks
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock

#: A row whose last items were all parked is broken, not unlucky: its items get one try each until
#: one succeeds, or every event of a call would hold the call's others for all its tries.
BROKEN_ROW_PARKED = 3


class Planner:
    """Decide what is delivered next. One batch is out at a time: order needs no more."""

    def __init__(
        self,
        clock: Clock,
        *,
        batch_size: int,
        attempts: int,
        retry: Backoff | None = None,
        outage: Backoff | None = None,
    ) -> None:
        self._clock = clock
        self._batch_size = self._size = batch_size
        self._attempts = max(1, attempts)
        self._retry = retry or Backoff(first_s=0.5, cap_s=8.0)
        self._outage = outage or Backoff(first_s=0.5, cap_s=30.0)
        self._marks = Watermarks()
        self._serials = itertools.count()
        self._line: dict[int, Entry] = {}
        self._later: list[tuple[float, int, Entry]] = []
        self._parking: dict[tuple[str, int, int], Entry] = {}
        self._leaving: dict[tuple[str, int, int], Entry] = {}
        self._out: Batch | None = None
        self._resume_at = 0.0
        self._successes = 0
        self._parked_in_a_row: dict[int, int] = {}

    def __len__(self) -> int:
        """Tell how many items have not ended."""
        return sum(map(len, (self._line, self._later, self._parking, self._leaving)))

    # --- messages in ------------------------------------------------------------------------

    def announce(self, boot: str) -> None:
        """Note that messages of an earlier start wait on disk, and will come."""
        self._marks.announce(boot)

    def add(self, message: Message) -> list[int]:
        """Take a message off the broker. Return the tags to ack at once.

        A copy of a message that is here or that ended (the publisher sends again what was not
        confirmed) is acked: the first copy answers for it.
        """
        if not self._marks.open(message.boot, message.seq):
            return [message.tag]
        rows = list({row.id: row for row in message.rows}.values())
        unacked = Unacked(message.tag, message.boot, message.seq, len(rows))
        if not rows:
            self._marks.end(message.boot, message.seq)
            return [message.tag]
        keys = order_keys(message.event)
        for row in rows:
            self._take(row, message, unacked, keys)
        return []

    def _take(self, row: Row, message: Message, unacked: Unacked, keys: frozenset[str]) -> None:
        now, left_s = self._clock.monotonic(), remaining_s(row, message, self._clock.time())
        item, due = Item(message.boot, message.seq, row.id, message.event), now + left_s
        entry = Entry(item, row, unacked, keys, due, next(self._serials))
        if must_leave(row, left_s, len(self._later)):
            self._leaving[item.key] = entry
        elif row.keep_order or due <= now:
            self._line[entry.serial] = entry
        else:
            heapq.heappush(self._later, (entry.due, entry.serial, entry))

    def lost(self) -> None:
        """Forget everything that is unacked: the connection is lost, the broker sends it again."""
        self._line.clear()
        self._later.clear()
        self._parking.clear()
        self._leaving.clear()
        self._out = None
        self._marks.lost()

    # --- batches out ------------------------------------------------------------------------

    def next_batch(self) -> Batch | None:
        """Give the next batch, or None while one is out or nothing may go yet."""
        now = self._clock.monotonic()
        if self._out is not None or now < self._resume_at:
            return None
        self._promote(now)
        entries = tuple(self._choose(now))
        if not entries:
            return None
        self._out = Batch(tuple(e.item for e in entries), self._marks.settled(), entries)
        return self._out

    def wait_s(self) -> float | None:
        """Tell in how many seconds to ask again; None when only a message or a result helps."""
        if self._out is not None:
            return None
        now = self._clock.monotonic()
        dues = [entry.due for entry in self._line.values() if entry.due > now]
        dues += [due for due, _, _ in self._later[:1]]
        if self._choose(now):
            dues = [now]
        return max(0.0, min(dues) - now, self._resume_at - now) if dues else None

    def _promote(self, now: float) -> None:
        # Such an item takes its place in the call's order when it is due: as if it happened then.
        while self._later and self._later[0][0] <= now:
            entry = heapq.heappop(self._later)[2]
            entry.serial = next(self._serials)
            self._line[entry.serial] = entry

    def _choose(self, now: float) -> list[Entry]:
        chosen: list[Entry] = []
        held: set[str] = set()
        for entry in self._line.values():
            if entry.is_barrier:
                alone = not chosen and not held and entry.due <= now
                return [entry] if alone else chosen
            if entry.due > now or not held.isdisjoint(entry.keys):
                held |= entry.keys
                continue
            if entry.suspected_at >= 0 and chosen:
                return chosen
            chosen.append(entry)
            if len(chosen) >= self._size or entry.suspected_at >= 0:
                return chosen
        return chosen

    # --- results in -------------------------------------------------------------------------

    def applied(self, batch: Batch, results: Sequence[Result]) -> Outcome:
        """Take Odoo's word on each item of a batch, in order; Odoo has committed."""
        outcome = Outcome()
        if batch is not self._out:
            return outcome
        self._out = None
        self._successes += 1
        self._resume_at = 0.0
        self._outage.reset()
        self._size = min(self._batch_size, self._size * 2)
        for entry, result in zip(batch.entries, results, strict=True):
            if result.status == "failed":
                self._failed(entry, result.error, outcome)
            elif result.status != "held":
                self._parked_in_a_row.pop(entry.item.row, None)
                self._end(entry, outcome)
        return outcome

    def postponed(self, batch: Batch, *, error: str = "", raised: bool = False) -> Outcome:
        """Take notice that a whole request failed: nothing was applied, the same items come again.

        ``raised`` says that Odoo is up and its code raised. Then smaller and smaller batches find
        the item that causes it; alone, it counts as failed when other items went well meanwhile.
        """
        outcome = Outcome()
        if batch is not self._out:
            return outcome
        self._out = None
        self._resume_at = self._clock.monotonic() + self._outage.next_s()
        self._size = max(1, min(self._size, len(batch.items)) // 2)
        if raised and len(batch.items) == 1:
            self._suspect(batch.entries[0], error, outcome)
        return outcome

    def parked(self, parked: Parked) -> list[int]:
        """Note that the parked queue has confirmed an item. Return the tags to ack."""
        return self._left(self._parking.pop(parked.item.key, None))

    def leaving(self) -> list[Later]:
        """List the items that are to wait on the broker, and that it has not confirmed yet."""
        now = self._clock.monotonic()
        return [Later(e.item, e.row, wait_for(e.due - now)) for e in self._leaving.values()]

    def left(self, later: Later) -> list[int]:
        """Note that the broker has an item that waits there. Return the tags to ack."""
        return self._left(self._leaving.pop(later.item.key, None))

    def _left(self, entry: Entry | None) -> list[int]:
        outcome = Outcome()
        if entry is not None:
            self._close(entry, outcome)
        return outcome.acks

    def unparked(self) -> list[Parked]:
        """List the items that the parked queue has not confirmed yet."""
        return [Parked(e.item, e.error, e.attempts) for e in self._parking.values()]

    def _suspect(self, entry: Entry, error: str, outcome: Outcome) -> None:
        others_went_well = entry.suspected_at >= 0 and self._successes > entry.suspected_at
        entry.suspected_at = self._successes
        if others_went_well:
            self._failed(entry, error, outcome)
        # Behind the pause, so that others go first: their success or failure tells whose fault.
        entry.due = self._resume_at + self._retry_s(entry)

    def _failed(self, entry: Entry, error: str, outcome: Outcome) -> None:
        entry.attempts += 1
        entry.error = error
        row = entry.item.row
        broken = self._parked_in_a_row.get(row, 0) >= BROKEN_ROW_PARKED
        if entry.attempts < (1 if broken else self._attempts):
            entry.due = self._clock.monotonic() + self._retry_s(entry)
            return
        self._parked_in_a_row[row] = self._parked_in_a_row.get(row, 0) + 1
        del self._line[entry.serial]
        self._parking[entry.item.key] = entry
        outcome.parked.append(Parked(entry.item, error, entry.attempts))

    def _retry_s(self, entry: Entry) -> float:
        self._retry.attempts = max(0, entry.attempts - 1)
        return self._retry.next_s()

    def _end(self, entry: Entry, outcome: Outcome) -> None:
        del self._line[entry.serial]
        self._close(entry, outcome)

    def _close(self, entry: Entry, outcome: Outcome) -> None:
        message = entry.message
        message.open_items -= 1
        if message.open_items == 0:
            self._marks.end(message.boot, message.seq)
            outcome.acks.append(message.tag)
