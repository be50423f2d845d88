"""Long delays without an order: not held here, never early, and the same item once."""

from __future__ import annotations

import pytest

from asterisk_agent.calls.delivery import Message, Result, Row
from asterisk_agent.calls.forwarder import Planner
from asterisk_agent.calls.later import HOLD_S, MAX_HELD, WAITS_S, later_boot, wait_for
from fakes.clock import FakeClock


def planner_of(clock: FakeClock) -> Planner:
    return Planner(clock, batch_size=100, attempts=3)


def message(clock: FakeClock, seq: int, delay_s: float, boot: str = "b") -> Message:
    event = {"Event": "Cdr", "EventTime": f"{clock.now:.6f}"}
    return Message(seq, boot, seq, event, [Row(1, delay_s, keep_order=False), Row(2)])


@pytest.mark.parametrize(
    ("left_s", "wait_s"), [(0.1, 1), (1, 1), (4.9, 1), (5, 5), (86_400, 3600), (299.9, 30)]
)
def test_the_longest_wait_within_what_is_left(left_s: float, wait_s: int) -> None:
    assert wait_for(left_s) == wait_s


def test_one_that_waits_long_leaves_and_its_message_is_acked_when_the_broker_has_it() -> None:
    clock = FakeClock()
    planner = planner_of(clock)
    assert planner.add(message(clock, 1, 900.0)) == []
    batch = planner.next_batch()
    assert batch is not None
    assert [item.row for item in batch.items] == [2]
    assert planner.applied(batch, [Result("done")]).acks == []
    (later,) = planner.leaving()
    assert (later.item.row, later.row.delay_s, later.wait_s) == (1, 900.0, 300)
    assert planner.left(later) == [1]
    assert planner.left(later) == []
    assert (planner.leaving(), len(planner)) == ([], 0)


def test_one_that_is_due_soon_is_held_and_of_those_a_bounded_number() -> None:
    clock = FakeClock()
    planner = planner_of(clock)
    for seq in range(1, MAX_HELD + 11):
        planner.add(message(clock, seq, HOLD_S))
    assert [(later.item.seq, later.wait_s) for later in planner.leaving()] == [
        (MAX_HELD + number, WAITS_S[1]) for number in range(1, 11)
    ]


def test_what_leaves_is_forgotten_with_the_connection() -> None:
    clock = FakeClock()
    planner = planner_of(clock)
    planner.add(message(clock, 1, 900.0))
    planner.lost()
    assert planner.leaving() == []
    planner.add(message(clock, 1, 900.0))
    assert len(planner.leaving()) == 1


def test_it_comes_back_until_it_is_due_and_a_copy_of_it_is_known() -> None:
    clock = FakeClock()
    planner = planner_of(clock)
    event = {"Event": "Cdr", "EventTime": f"{clock.now:.6f}"}
    boot, seq, waited, row = "b", 1, 0, Row(1, 4000.0, keep_order=False)
    planner.add(Message(1, boot, seq, event, [row]))
    for tag in range(2, 100):
        if not planner.leaving():
            break
        (later,) = planner.leaving()
        planner.left(later)
        waited += later.wait_s
        clock.now += later.wait_s
        boot, seq = later_boot(later.item), 1
        assert planner.add(Message(tag, boot, seq, event, [row])) == []
        assert planner.add(Message(1000 + tag, boot, seq, event, [row])) == [1000 + tag]
    assert 4000 - HOLD_S <= waited <= 4000
    clock.now += 4000 - waited
    batch = planner.next_batch()
    assert batch is not None
    assert [(item.boot, item.row) for item in batch.items] == [(boot, 1)]
    assert boot.endswith("-b-1-1")
