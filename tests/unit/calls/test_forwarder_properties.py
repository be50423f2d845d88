"""What the forwarder's planner promises, whatever Odoo and the broker do.

A strict model of Odoo applies batches; hypothesis chooses events, delays, failures, lost
connections. In the end the tide turns: everything succeeds, and nothing may be left.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from asterisk_agent.calls.delivery import Message, Result, Row
from asterisk_agent.calls.forwarder import Batch, Planner
from asterisk_agent.core.backoff import Backoff
from fakes.clock import FakeClock

PREFETCH = 6


@dataclass(frozen=True)
class Spec:
    """One event that the publisher wrote: its call, its rows, None for a reconcile."""

    call: str | None
    rows: tuple[Row, ...]


rows = st.builds(
    Row,
    id=st.integers(1, 3),
    delay_s=st.sampled_from([0.0, 0.0, 0.5, 3.0]),
    keep_order=st.booleans(),
)
calls = st.builds(
    Spec,
    call=st.sampled_from(["a", "b", "c"]),
    rows=st.lists(rows, min_size=0, max_size=3, unique_by=lambda r: r.id).map(tuple),
)
specs = st.lists(st.one_of(calls, calls, calls, st.just(Spec(None, (Row(0),)))), max_size=25)
#: What happens to a request: all well, some items fail, it fails as a whole, the broker goes away.
fates = st.lists(st.sampled_from(["ok", "ok", "fail", "raise", "timeout", "lost"]), max_size=40)


@dataclass
class Broker:
    """A queue with prefetch, acks and redelivery in the old places, as RabbitMQ's."""

    ready: list[tuple[int, Spec]]
    unacked: dict[int, tuple[int, Spec]] = field(default_factory=dict)
    acked: list[int] = field(default_factory=list)
    tag: int = 0

    def fill(self, planner: Planner) -> None:
        while self.ready and len(self.unacked) < PREFETCH:
            seq, spec = self.ready.pop(0)
            self.tag += 1
            self.unacked[self.tag] = (seq, spec)
            name = "Newstate" if spec.call else "Reconcile"
            event = {"Event": name, "Linkedid": spec.call or ""}
            self.ack(planner.add(Message(self.tag, "boot", seq, event, spec.rows)))

    def ack(self, tags: list[int]) -> None:
        for tag in tags:
            self.acked.append(self.unacked.pop(tag)[0])

    def drop(self) -> None:
        self.ready = sorted([*self.unacked.values(), *self.ready])
        self.unacked.clear()


@dataclass
class World:
    clock: FakeClock
    planner: Planner
    broker: Broker
    applied: list[tuple[int, int, str]] = field(default_factory=list)
    parked: Counter[tuple[int, int]] = field(default_factory=Counter)
    ended: set[tuple[int, int]] = field(default_factory=set)
    #: Applied before the connection was lost: these may come again, and nobody here remembers them.
    again: set[tuple[int, int]] = field(default_factory=set)

    def deliver(self, batch: Batch, fate: str) -> None:
        if fate == "lost":
            self.again |= {(seq, row) for seq, row, _ in self.applied}
            self.planner.lost()
            self.broker.drop()
        elif fate in ("raise", "timeout"):
            self.settle(self.planner.postponed(batch, raised=fate == "raise"))
        else:
            self.settle(self.planner.applied(batch, self.apply(batch, fate)))

    def settle(self, outcome: object) -> None:
        self.broker.ack(outcome.acks)  # type: ignore[attr-defined]
        for parked in outcome.parked:  # type: ignore[attr-defined]
            self.parked[parked.item.seq, parked.item.row] += 1
            self.ended.add((parked.item.seq, parked.item.row))
            self.broker.ack(self.planner.parked(parked))

    def apply(self, batch: Batch, fate: str) -> list[Result]:
        results = []
        held: set[str] = set()
        for number, item in enumerate(batch.items):
            call = item.event["Linkedid"]
            assert item.seq > batch.settled["boot"]
            if (item.seq, item.row) in self.ended:
                results.append(Result("duplicate"))
            elif call in held:
                results.append(Result("held"))
            elif fate == "fail" and number % 2 == 0:
                held.add(call)
                results.append(Result("failed", "ValueError: no"))
            else:
                self.ended.add((item.seq, item.row))
                self.applied.append((item.seq, item.row, call))
                results.append(Result("done"))
        return results


def run(world: World, fates_: list[str]) -> None:
    """Drive the planner to the end. Every turn ends a batch or waits: the bound is generous."""
    for turn in range(3000):
        world.broker.fill(world.planner)
        assert len(world.broker.unacked) <= PREFETCH
        assert len(world.planner) <= PREFETCH * 3
        batch = world.planner.next_batch()
        if batch is not None:
            world.deliver(batch, fates_[turn] if turn < len(fates_) else "ok")
        elif (wait_s := world.planner.wait_s()) is not None:
            world.clock.now += max(wait_s, 0.001)
        elif not world.broker.ready:
            return
    raise AssertionError("the planner does not come to an end")


@settings(max_examples=300)
@given(specs, fates, st.integers(1, 4), st.integers(1, 3))
def test_promises(events: list[Spec], fates_: list[str], batch_size: int, attempts: int) -> None:
    clock = FakeClock()
    planner = Planner(
        clock,
        batch_size=batch_size,
        attempts=attempts,
        retry=Backoff(first_s=0.5, cap_s=4, random=lambda: 0.5),
        outage=Backoff(first_s=0.5, cap_s=4, random=lambda: 0.5),
    )
    world = World(clock, planner, Broker(list(enumerate(events, start=1))))
    run(world, fates_)

    # Every message is acked, once, and nothing is left.
    assert sorted(world.broker.acked) == list(range(1, len(events) + 1))
    assert (world.broker.unacked, len(planner)) == ({}, 0)
    # Every item was applied once or parked once.
    wanted = {(seq, row.id) for seq, spec in enumerate(events, start=1) for row in spec.rows}
    applied = Counter((seq, row) for seq, row, _ in world.applied)
    assert set(applied) | set(world.parked) == wanted
    # What comes again in a request that raises as a whole is parked without Odoo's word on it; to
    # deliver it once more does nothing.
    assert set(applied) & set(world.parked) <= world.again
    assert all(count == 1 for count in [*applied.values(), *world.parked.values()])
    assert_order(events, world)


def assert_order(events: list[Spec], world: World) -> None:
    ordered = {
        (seq, row.id)
        for seq, spec in enumerate(events, start=1)
        for row in spec.rows
        if row.keep_order or not row.delay_s
    }
    by_call: dict[str, list[int]] = {}
    for seq, row, call in world.applied:
        if (seq, row) in ordered:
            by_call.setdefault(call, []).append(seq)
    for seqs in by_call.values():
        assert seqs == sorted(seqs)
    reconciles = {seq for seq, spec in enumerate(events, start=1) if spec.call is None}
    kept = [seq for seq, row, _ in world.applied if (seq, row) in ordered]
    for position, seq in enumerate(kept):
        if seq in reconciles:
            assert max(kept[:position], default=0) < seq < min(kept[position + 1 :], default=1e9)
