"""The bench `burst`: what it says; a loss, a copy or a wrong order does not pass."""

from types import SimpleNamespace

import pytest
from bench.burst import blocks, in_turn, mixed, must_be_in_order, say


def event(channel, moment):
    return {"Event": "Newstate", "Uniqueid": channel, "EventTime": str(moment)}


def test_each_block_is_an_event_with_a_mark_for_its_time_where_asterisk_has_it():
    told = blocks()
    assert len(told) > 5_000
    for one in told:
        assert one.startswith(b"Event: ")
        assert one.endswith(b"\r\n\r\n")
        assert one.count(b"\r\n\r\n") == 1
        assert one.split(b"\r\n")[2] == b"Timestamp: @time@"


def test_calls_side_by_side_and_in_turn_are_the_same_calls():
    told = [b"@call@17953936.1 a", b"@call@17953936.1 b"]
    beside, behind = list(mixed(told, range(2))), list(in_turn(told, range(2)))
    assert beside[:2] == [b"117953936.1 a", b"217953936.1 a"]
    assert behind[:2] == [b"117953936.1 a", b"117953936.1 b"]
    assert sorted(beside) == sorted(behind)


def test_each_group_of_calls_has_ids_of_its_own():
    told = [one for one in blocks() if one.startswith(b"Event: Newchannel")]
    assert told
    assert all(one.count(b"@call@1795") == 2 for one in told)


def test_every_event_is_said_whatever_the_slices():
    said = []
    place = SimpleNamespace(asterisk=SimpleNamespace(send_raw=said.append))
    events = [b"Event: %d\r\n\r\n" % number for number in range(1_000)]
    assert say(place, iter(events), 10_000) == 1_000
    assert b"".join(said) == b"".join(events)
    assert len(said) == 10


def test_all_in_order_is_right_whatever_others_do_between():
    must_be_in_order([event("a", 1), event("b", 5), event("a", 2)], 3)


@pytest.mark.parametrize(
    "events",
    [[event("a", 2), event("a", 1)], [event("a", 1)], [event("a", 1)] * 3],
    ids=["late", "lost", "twice"],
)
def test_anything_else_is_wrong(events):
    with pytest.raises(ValueError, match=r"late|expected 2"):
        must_be_in_order(events, 2)
