"""The forwarder's planner: order, delays, retries, parking, acks. No socket; time is handed in."""

from __future__ import annotations

from typing import Any

import pytest

from asterisk_agent.calls.delivery import Message, Parked, Result, Row
from asterisk_agent.calls.forwarder import BROKEN_ROW_PARKED, Batch, Planner
from asterisk_agent.core.backoff import Backoff
from fakes.clock import FakeClock


def planner_of(clock: FakeClock, *, batch_size: int = 10, attempts: int = 3) -> Planner:
    return Planner(
        clock,
        batch_size=batch_size,
        attempts=attempts,
        retry=Backoff(first_s=1.0, cap_s=8.0, random=lambda: 1.0),
        outage=Backoff(first_s=1.0, cap_s=30.0, random=lambda: 1.0),
    )


def message(
    seq: int, call: str = "c1", *rows: Row, clock: FakeClock | None = None, **headers: Any
) -> Message:
    event = {"Event": "Newstate", "Linkedid": call, **headers}
    if clock is not None:
        event["EventTime"] = f"{clock.time():.6f}"
    return Message(tag=seq, boot="b", seq=seq, event=event, rows=rows or (Row(7),))


def reconcile(seq: int) -> Message:
    return Message(seq, "b", seq, {"Event": "Reconcile", "Channels": []}, (Row(0),))


def seqs(batch: Batch | None) -> list[int]:
    return [item.seq for item in batch.items] if batch else []


def done(batch: Batch) -> list[Result]:
    return [Result("done") for _ in batch.items]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def planner(clock: FakeClock) -> Planner:
    return planner_of(clock)


def take(planner: Planner) -> Batch:
    batch = planner.next_batch()
    assert batch is not None
    return batch


def fail_only(batch: Batch, seq: int, error: str = "ValueError: x") -> list[Result]:
    return [Result("failed", error) if i.seq == seq else Result("done") for i in batch.items]


class TestOrderAndBatches:
    def test_items_go_in_the_order_in_which_they_came(self, planner: Planner) -> None:
        for seq in (1, 2, 3):
            planner.add(message(seq, f"c{seq % 2}"))
        assert seqs(take(planner)) == [1, 2, 3]

    def test_a_batch_has_its_limit(self, clock: FakeClock) -> None:
        planner = planner_of(clock, batch_size=2)
        for seq in range(1, 6):
            planner.add(message(seq))
        first = take(planner)
        assert seqs(first) == [1, 2]
        planner.applied(first, done(first))
        assert seqs(take(planner)) == [3, 4]

    def test_one_batch_is_out_at_a_time(self, planner: Planner) -> None:
        planner.add(message(1))
        batch = take(planner)
        planner.add(message(2))
        assert planner.next_batch() is None
        assert planner.wait_s() is None
        planner.applied(batch, done(batch))
        assert seqs(take(planner)) == [2]

    def test_each_row_of_a_message_is_an_item(self, planner: Planner) -> None:
        planner.add(message(1, "c1", Row(7), Row(8), Row(7)))
        assert [i.row for i in take(planner).items] == [7, 8]

    def test_items_are_dicts_of_the_contract(self, planner: Planner) -> None:
        planner.add(message(42, "c1"))
        item = take(planner).items[0].as_dict()
        assert item == {
            "boot": "b",
            "seq": 42,
            "row": 7,
            "event": {"Event": "Newstate", "Linkedid": "c1"},
        }

    def test_nothing_to_do_waits_for_a_message(self, planner: Planner) -> None:
        assert planner.next_batch() is None
        assert planner.wait_s() is None


class TestDelays:
    def test_a_delay_holds_its_call_and_no_other(self, planner: Planner, clock: FakeClock) -> None:
        planner.add(message(1, "c1", Row(7, delay_s=0.5)))
        planner.add(message(2, "c1"))
        planner.add(message(3, "c2"))
        batch = take(planner)
        assert seqs(batch) == [3]
        planner.applied(batch, done(batch))
        assert planner.wait_s() == pytest.approx(0.5)
        clock.now += 0.5
        assert seqs(take(planner)) == [1, 2]

    def test_a_delayed_event_does_not_overtake(self, planner: Planner, clock: FakeClock) -> None:
        planner.add(message(1, "c1", Row(7, delay_s=2)))
        planner.add(message(2, "c1", Row(8, delay_s=1)))
        clock.now += 1.5
        assert planner.next_batch() is None
        clock.now += 0.5
        assert seqs(take(planner)) == [1, 2]

    def test_without_keep_order_later_events_pass(self, planner: Planner, clock: FakeClock) -> None:
        planner.add(message(1, "c1", Row(7, delay_s=1, keep_order=False)))
        planner.add(message(2, "c1"))
        batch = take(planner)
        assert seqs(batch) == [2]
        planner.applied(batch, done(batch))
        clock.now += 1
        assert seqs(take(planner)) == [1]

    def test_without_keep_order_it_joins_behind_what_waits(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(message(1, "c1", Row(7, delay_s=1, keep_order=False)))
        planner.add(message(2, "c1", Row(8, delay_s=5)))
        clock.now += 2
        assert planner.next_batch() is None
        clock.now += 3
        assert seqs(take(planner)) == [2, 1]

    def test_the_delay_runs_from_when_asterisk_said_it(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        late = message(1, "c1", Row(7, delay_s=10), clock=clock)
        clock.now += 8
        planner.add(late)
        assert planner.wait_s() == pytest.approx(2, abs=0.01)

    @pytest.mark.parametrize("said_at", ["99999999999", "nan", "inf", "x", "", None])
    def test_a_wrong_event_time_never_lengthens_a_delay(
        self, planner: Planner, said_at: str | None
    ) -> None:
        planner.add(message(1, "c1", Row(7, delay_s=3), EventTime=said_at))
        assert planner.wait_s() == pytest.approx(3)

    @pytest.mark.parametrize(
        "header", ["Uniqueid", "DestLinkedid", "UniqueID", "OrigTransfererLinkedid"]
    )
    def test_events_that_share_a_leg_keep_their_order(self, planner: Planner, header: str) -> None:
        planner.add(message(1, "c1", Row(7, delay_s=1), **{header: "leg"}))
        planner.add(message(2, "other", Uniqueid="leg"))
        assert planner.next_batch() is None

    def test_events_of_no_call_keep_the_order_of_their_name(self, planner: Planner) -> None:
        planner.add(message(1, "", Row(7, delay_s=1)))
        planner.add(message(2, ""))
        planner.add(message(3, "", Event="ContactStatus"))
        assert seqs(take(planner)) == [3]


class TestReconcile:
    def test_it_goes_alone_and_in_its_place(self, planner: Planner) -> None:
        planner.add(message(1))
        planner.add(reconcile(2))
        planner.add(message(3, "c2"))
        for expected in ([1], [2], [3]):
            batch = take(planner)
            assert seqs(batch) == expected
            planner.applied(batch, done(batch))

    def test_it_waits_for_a_delayed_event_before_it(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(message(1, "c1", Row(7, delay_s=1)))
        planner.add(reconcile(2))
        assert planner.next_batch() is None
        clock.now += 1
        batch = take(planner)
        assert seqs(batch) == [1]
        planner.applied(batch, done(batch))
        assert seqs(take(planner)) == [2]

    def test_nothing_passes_it_while_it_is_retried(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(reconcile(1))
        planner.add(message(2))
        batch = take(planner)
        planner.applied(batch, [Result("failed", "x")])
        assert planner.next_batch() is None
        clock.now += 1
        assert seqs(take(planner)) == [1]


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


class TestAcks:
    def test_a_message_is_acked_when_its_last_item_ended(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(message(1, "c1", Row(7), Row(8, delay_s=1)))
        batch = take(planner)
        assert planner.applied(batch, done(batch)).acks == []
        clock.now += 1
        batch = take(planner)
        assert planner.applied(batch, done(batch)).acks == [1]

    @pytest.mark.parametrize("status", ["done", "duplicate", "skipped"])
    def test_what_odoo_has_or_does_not_want_is_acked(self, planner: Planner, status: Any) -> None:
        planner.add(message(1))
        assert planner.applied(take(planner), [Result(status)]).acks == [1]

    def test_a_message_that_no_row_wants_is_acked_at_once(self, planner: Planner) -> None:
        assert planner.add(Message(1, "b", 1, {"Event": "X"}, ())) == [1]

    def test_a_copy_is_acked_at_once_while_the_first_waits_and_after_it_ended(
        self, planner: Planner
    ) -> None:
        planner.add(message(1))
        assert planner.add(Message(2, "b", 1, {"Event": "X"}, (Row(7),))) == [2]
        batch = take(planner)
        assert planner.applied(batch, done(batch)).acks == [1]
        assert planner.add(Message(3, "b", 1, {"Event": "X"}, (Row(7),))) == [3]

    def test_a_reply_with_too_few_results_is_a_bug(self, planner: Planner) -> None:
        planner.add(message(1))
        with pytest.raises(ValueError, match="zip"):
            planner.applied(take(planner), [])


class TestLostConnection:
    def test_everything_unacked_is_forgotten_and_comes_again(self, planner: Planner) -> None:
        planner.add(message(1))
        stale = take(planner)
        planner.lost()
        assert len(planner) == 0
        planner.add(Message(77, "b", 1, {"Event": "X"}, (Row(7),)))
        assert planner.applied(stale, done(stale)).acks == []
        batch = take(planner)
        assert planner.applied(batch, done(batch)).acks == [77]

    def test_a_parked_item_of_the_old_connection_acks_nothing(self, clock: FakeClock) -> None:
        planner = planner_of(clock, attempts=1)
        planner.add(message(1))
        (parked,) = planner.applied(take(planner), [Result("failed", "x")]).parked
        planner.lost()
        assert planner.parked(Parked(parked.item, "x", 1)) == []


class TestSettled:
    def test_the_watermark_is_below_what_has_not_ended(
        self, planner: Planner, clock: FakeClock
    ) -> None:
        planner.add(message(41, "c1", Row(7, delay_s=9)))
        planner.add(message(42, "c2"))
        batch = take(planner)
        assert batch.settled == {"b": 40}
        planner.applied(batch, done(batch))
        planner.add(message(43, "c3"))
        assert take(planner).settled == {"b": 40}

    def test_it_follows_when_the_oldest_ends(self, planner: Planner, clock: FakeClock) -> None:
        planner.add(message(1, "c1", Row(7, delay_s=1)))
        planner.add(message(2, "c2"))
        for _ in range(2):
            batch = take(planner)
            planner.applied(batch, done(batch))
            clock.now += 1
        planner.add(message(3))
        assert take(planner).settled == {"b": 2}
