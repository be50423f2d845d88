"""The forwarder's planner: order, delays, retries, parking, acks. No socket; time is handed in."""

from __future__ import annotations

from typing import Any

import pytest

from asterisk_agent.calls.delivery import Message, Parked, Result, Row
from asterisk_agent.calls.forwarder import Planner
from fakes.clock import FakeClock
from unit.calls.planning import done, message, planner_of, reconcile, seqs, take


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def planner(clock: FakeClock) -> Planner:
    return planner_of(clock)


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
