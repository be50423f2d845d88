"""The forwarder's planner: what fails comes again, and is parked in the end. Time is handed in."""

from __future__ import annotations

import pytest

from asterisk_agent.calls.delivery import Result, Row
from asterisk_agent.calls.forwarder import BROKEN_ROW_PARKED, Planner
from fakes.clock import FakeClock
from unit.calls.planning import done, message, planner_of, seqs, take


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def planner(clock: FakeClock) -> Planner:
    return planner_of(clock)


class TestFailedItems:
    def test_a_failed_item_comes_again_and_holds_its_call(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(message(1))
        batch = take(planner)
        assert planner.applied(batch, [Result("failed", "x")]).acks == []
        planner.add(message(2))
        planner.add(message(3, "c2"))
        batch = take(planner)
        assert seqs(batch) == [3]
        planner.applied(batch, done(batch))
        clock.now += 1
        assert seqs(take(planner)) == [1, 2]

    def test_held_items_come_again_behind_the_failed_one(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        for seq in (1, 2):
            planner.add(message(seq))
        planner.applied(take(planner), [Result("failed", "x"), Result("held")])
        clock.now += 1
        assert seqs(take(planner)) == [1, 2]

    def test_after_its_tries_it_is_parked_and_acked_once_that_is_confirmed(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(message(1, "c1", Row(7), Row(8)))
        batch = take(planner)
        outcome = planner.applied(batch, [Result("failed", "x"), Result("done")])
        for _ in range(2):
            assert (outcome.acks, outcome.parked) == ([], [])
            clock.now += 8
            outcome = planner.applied(take(planner), [Result("failed", "ValueError: y")])
        (parked,) = outcome.parked
        assert (parked.item.row, parked.error, parked.attempts) == (7, "ValueError: y", 3)
        assert planner.unparked() == [parked]
        assert outcome.acks == []
        assert planner.parked(parked) == [1]
        assert planner.parked(parked) == []
        assert len(planner) == 0

    def test_the_next_event_passes_a_parked_one(self, clock: FakeClock) -> None:
        planner = planner_of(clock, attempts=1)
        planner.add(message(1))
        planner.add(message(2))
        planner.applied(take(planner), [Result("failed", "x"), Result("held")])
        assert seqs(take(planner)) == [2]

    def test_a_broken_row_gets_one_try_until_one_succeeds(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        for seq in range(1, BROKEN_ROW_PARKED + 1):
            planner.add(message(seq, f"c{seq}", Row(9)))
        for _ in range(3):
            batch = take(planner)
            outcome = planner.applied(batch, [Result("failed", "x") for _ in batch.items])
            clock.now += 8
        assert len(outcome.parked) == BROKEN_ROW_PARKED
        planner.add(message(8, "c8", Row(9)))
        assert len(planner.applied(take(planner), [Result("failed", "x")]).parked) == 1
        planner.add(message(9, "c9", Row(9)))
        planner.applied(take(planner), [Result("done")])
        planner.add(message(10, "c10", Row(9)))
        assert planner.applied(take(planner), [Result("failed", "x")]).parked == []


class TestFailedRequests:
    def test_the_same_items_come_again_after_a_pause(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(message(1))
        outcome = planner.postponed(take(planner))
        assert (outcome.acks, outcome.parked) == ([], [])
        assert planner.next_batch() is None
        assert planner.wait_s() == pytest.approx(1)
        clock.now += 1
        assert seqs(take(planner)) == [1]

    def test_the_pause_grows_to_a_cap_and_success_ends_it(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(message(1))
        waits = []
        for _ in range(8):
            planner.postponed(take(planner))
            waits.append(planner.wait_s())
            clock.now += 30
        assert waits == pytest.approx([1, 2, 4, 8, 16, 30, 30, 30])
        batch = take(planner)
        planner.applied(batch, done(batch))
        planner.add(message(2))
        assert planner.wait_s() == 0

    def test_an_outage_parks_nothing_however_long(self, planner: Planner, clock: FakeClock) -> None:
        planner.add(message(1))
        for _ in range(500):
            assert planner.postponed(take(planner), error="x", raised=False).parked == []
            clock.now += 30

    def test_an_odoo_that_raises_at_everything_parks_nothing(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        for seq in range(1, 4):
            planner.add(message(seq, f"c{seq}"))
        for _ in range(200):
            assert planner.postponed(take(planner), error="x", raised=True).parked == []
            clock.now += 30

    def test_an_item_at_which_odoo_raises_is_found_and_parked(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        for seq in range(1, 9):
            planner.add(message(seq, f"c{seq}"))
        ended: list[int] = []
        for fresh in range(9, 100):
            clock.now += 0.5
            batch = planner.next_batch()
            if batch is None:
                clock.now += planner.wait_s() or 0
                continue
            if 5 in seqs(batch):
                outcome = planner.postponed(batch, error="KeyError: z", raised=True)
            else:
                outcome = planner.applied(batch, done(batch))
                planner.add(message(fresh, f"c{fresh}"))
            ended += outcome.acks
            if outcome.parked:
                break
        (parked,) = outcome.parked
        assert (parked.item.seq, parked.error) == (5, "KeyError: z")
        assert 5 not in ended
        assert {1, 2, 3, 4, 6, 7, 8} <= set(ended)
