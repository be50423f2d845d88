"""What real calls were, told from what Asterisk 16 and 22 really said: one row of the table per
call.
"""

import pytest

from unit.lib.call_replay import CALLS, VERSIONS, clicked, facts, recorded, replay
from unit.lib.call_table import COLUMNS, Row, found_row, read_table

TABLE = read_table(CALLS / "expected.txt")
CASES = [(version, situation) for situation in TABLE for version in VERSIONS]


@pytest.mark.parametrize(("version", "situation"), CASES, ids=lambda value: str(value))
def test_call_truth(version: str, situation: str) -> None:
    events = recorded(CALLS / version / f"{situation}.ami.gz")
    book = replay(events, clicked(events))
    found = [found_row(situation, one) for one in facts(book, situation)]
    expected: list[Row] = TABLE[situation]
    assert [row.strict for row in found] == [row.strict for row in expected], COLUMNS
    for mine, wanted in zip(found, expected, strict=True):
        assert mine.agrees_in_seconds(wanted), (mine.seconds, wanted.seconds)


@pytest.mark.parametrize(("version", "situation"), CASES, ids=lambda value: str(value))
def test_call_truth_leaves_nothing_active(version: str, situation: str) -> None:
    events = recorded(CALLS / version / f"{situation}.ami.gz")
    for one in facts(replay(events, clicked(events))):
        assert not one.is_active
        assert not [leg for leg in one.legs if leg.is_active]
        assert one.ended is not None


def test_every_recording_is_in_the_table() -> None:
    recordings = {path.name.removesuffix(".ami.gz") for path in CALLS.glob("*/*.ami.gz")}
    assert recordings == set(TABLE)
