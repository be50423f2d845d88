"""The schedule of a chaos run is a pure function of its seed, and has enough of everything."""

from collections import Counter
from itertools import islice

import pytest
from lab.chaos.fault import KINDS, TABLE, Fault
from lab.chaos.schedule import LONG_CUT_S, schedule
from lab.chaos.traffic import plans


def test_same_seed_gives_the_same_schedule_and_another_seed_another() -> None:
    assert schedule(1, 10) == schedule(1, 10)
    assert schedule(1, 10) != schedule(2, 10)


def test_ten_minutes_have_twenty_of_every_kind_against_every_target() -> None:
    faults = schedule(1, 10)
    assert min(Counter(one.kind for one in faults).values()) >= 20
    whom = {(one.kind, one.target) for one in faults}
    assert whom == {(kind, target) for kind in KINDS for target in TABLE[kind]}


@pytest.mark.parametrize("minutes", [0.2, 1, 3, 10])
def test_faults_begin_in_order_and_before_the_end(minutes: float) -> None:
    faults = schedule(7, minutes)
    begins = [one.at_s for one in faults]
    assert begins == sorted(begins)
    assert 0 <= begins[0] <= begins[-1] <= minutes * 60
    assert {one.kind for one in faults} == set(KINDS)


def test_some_cuts_are_long_enough_to_be_noticed_by_the_agent() -> None:
    long = [one for one in schedule(1, 10) if one.kind == "cut" and one.lasts_s >= LONG_CUT_S[0]]
    assert len(long) >= 2


def test_cuts_end_in_both_ways() -> None:
    assert {one.reset for one in schedule(1, 10) if one.kind == "cut"} == {True, False}


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="no sense"):
        Fault(0, "cut", "agent", 1)


def test_calls_are_a_function_of_the_seed_and_have_numbers_of_their_own() -> None:
    first, again, other = (list(islice(plans(seed), 700)) for seed in (1, 1, 2))
    assert first == again != other
    assert len({plan.number for plan in first}) == 700
    assert sum(plan.after_s for plan in first) < 600


def test_numbers_count_from_where_they_are_told_to() -> None:
    assert next(plans(1, 5000)).number == "+32470005000"
