"""Watermarks: never above anything that may still come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.calls.watermark import GAP_LIMIT, MAX_BOOTS, Watermarks


def test_a_gap_stops_it_until_it_is_older_than_any_late_message() -> None:
    marks = Watermarks()
    for seq in (1, 3):
        marks.open("b", seq)
        marks.end("b", seq)
    assert marks.settled() == {"b": 1}
    for seq in range(4, GAP_LIMIT + 4):
        marks.open("b", seq)
        marks.end("b", seq)
    assert marks.settled() == {"b": GAP_LIMIT + 3}


def test_what_was_open_when_the_connection_was_lost_holds_it() -> None:
    marks = Watermarks()
    for seq in (1, 2, 3):
        marks.open("b", seq)
    marks.end("b", 3)
    marks.lost()
    assert marks.settled() == {"b": 0}
    assert marks.open("b", 1)
    assert marks.open("b", 2)
    marks.end("b", 1)
    marks.end("b", 2)
    assert marks.settled() == {"b": 3}


def test_many_boots_are_not_kept_for_ever() -> None:
    marks = Watermarks()
    for number in range(MAX_BOOTS * 3):
        marks.open(f"boot{number}", 1)
        marks.end(f"boot{number}", 1)
    settled = marks.settled()
    assert len(settled) <= MAX_BOOTS + 1
    assert f"boot{MAX_BOOTS * 3 - 1}" in settled


def test_a_boot_with_open_messages_is_never_forgotten() -> None:
    marks = Watermarks()
    marks.open("first", 5)
    for number in range(MAX_BOOTS * 2):
        marks.open(f"boot{number}", 1)
        marks.end(f"boot{number}", 1)
    assert marks.settled()["first"] == 4


@given(st.permutations(range(1, 30)))
def test_it_never_passes_an_open_message_and_ends_at_the_last(order: list[int]) -> None:
    marks = Watermarks()
    for seq in range(1, 30):
        assert marks.open("b", seq)
        assert not marks.open("b", seq)
    still_open = set(order)
    for seq in order:
        marks.end("b", seq)
        still_open.discard(seq)
        assert marks.settled()["b"] == min(still_open, default=30) - 1
