"""What real calls were, told from what Asterisk 16 and 22 really said: one row of the table per
call.
"""

import pytest
from asterisk_plus_lib.events import WANTED_EVENTS

from unit.lib.call_replay import CALLS, VERSIONS, Event, clicked, facts, recorded, replay
from unit.lib.call_table import COLUMNS, Row, found_row, read_table, told, verdict

TABLE = read_table(CALLS / "expected.txt")
DAY_S = 86400
CASES = [(version, situation) for situation in TABLE for version in VERSIONS]


@pytest.mark.parametrize(("version", "situation"), CASES, ids=lambda value: str(value))
def test_call_truth(version: str, situation: str, record_property) -> None:
    events = recorded(CALLS / version / f"{situation}.ami.gz")
    book = replay(events, clicked(events))
    found = [found_row(situation, one) for one in facts(book, situation)]
    expected: list[Row] = TABLE[situation]
    words = verdict(found, expected)
    record_property("call_truth", told(situation, version, "recorded", words, found, expected))
    assert words == "equal", COLUMNS


@pytest.mark.parametrize(("version", "situation"), CASES, ids=lambda value: str(value))
def test_call_truth_leaves_nothing_active(version: str, situation: str) -> None:
    events = recorded(CALLS / version / f"{situation}.ami.gz")
    for one in facts(replay(events, clicked(events))):
        assert not one.is_active
        assert not [leg for leg in one.legs if leg.is_active]
        assert one.ended is not None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("situation", ["inbound-answered", "blind-transfer", "inbound-no-seconds"])
def test_call_truth_across_midnight(version: str, situation: str) -> None:
    """The recording is moved so that the day ends while the call lives: nothing else changes."""
    events = recorded(CALLS / version / f"{situation}.ami.gz")
    [before] = facts(replay(events))
    assert before.started is not None
    assert before.ended is not None
    middle = (before.started + before.ended) / 2
    later = DAY_S - middle % DAY_S
    moved = [event | {"EventTime": f"{_time(event) + later:.6f}"} for event in events]
    [one] = facts(replay(moved))
    assert one.started is not None
    assert one.ended is not None
    assert (one.started // DAY_S) + 1 == one.ended // DAY_S
    assert verdict([found_row(situation, one)], TABLE[situation]) == "equal"


def _time(event: Event) -> float:
    return float(str(event["EventTime"]))


@pytest.mark.parametrize("version", VERSIONS)
def test_call_truth_of_a_call_of_no_seconds(version: str) -> None:
    """Answered, and hung up at once: it was answered, by somebody, for 0 seconds."""
    [one] = facts(replay(recorded(CALLS / version / "inbound-no-seconds.ami.gz")))
    assert (one.status, one.answered_user, one.talk_s) == ("answered", 1, 0)
    assert one.user_talk == ((1, 0),)
    assert one.answered is not None
    assert one.ended is not None
    assert 0 <= one.ended - one.answered < 1


@pytest.mark.parametrize("name", [row.name for row in WANTED_EVENTS])
def test_call_truth_needs_every_row_of_the_map(name: str) -> None:
    """Without the row some call's facts are wrong: the map holds as few as the truth allows."""

    def is_right(version: str, situation: str) -> bool:
        events = recorded(CALLS / version / f"{situation}.ami.gz")
        book = replay([event for event in events if event["Event"] != name], clicked(events))
        found = [found_row(situation, one) for one in facts(book, situation)]
        return verdict(found, TABLE[situation]) == "equal"

    assert not all(is_right(version, situation) for version, situation in CASES)


def test_every_recording_is_in_the_table() -> None:
    recordings = {path.name.removesuffix(".ami.gz") for path in CALLS.glob("*/*.ami.gz")}
    assert recordings == set(TABLE)
