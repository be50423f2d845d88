"""The map: who wants which event, and rows that are wrong disable only themselves."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.calls.event_map import EventMap, Match


def row(row_id: int, name: str, **more: Any) -> dict[str, Any]:
    return {"id": row_id, "source": "AMI", "name": name, "model": "m", "method": "f",
            "delay": 0.0, "keep_order": True, "condition": "", **more}  # fmt: skip


def test_rows_match_by_name_and_condition_in_the_maps_order() -> None:
    events_map = EventMap(
        [
            row(3, "Hangup"),
            row(1, "Hangup", delay=0.25, keep_order=False),
            row(2, "Hangup", condition="event['Cause'] == '17'"),
            row(4, "Newchannel"),
        ],
        "v7",
    )
    assert events_map.version == "v7"
    assert events_map.wanted_names == {"Hangup", "Newchannel"}
    assert events_map.match({"Event": "Hangup", "Cause": "16"}) == [
        (3, 0.0, True),
        (1, 0.25, False),
    ]
    assert [m.row for m in events_map.match({"Event": "Hangup", "Cause": "17"})] == [3, 1, 2]
    assert events_map.match({"Event": "VarSet"}) == []
    assert events_map.errors == []


def test_a_match_is_the_triple_of_the_contract() -> None:
    assert list(Match(7, 0.5, True)) == [7, 0.5, True]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"condition": "event["}, "the condition is no Python expression"),
        ({"condition": "event.clear()"}, "must not call the method `clear`"),
        ({"delay": -1}, "the delay is not between"),
        ({"delay": float("nan")}, "the delay is no number"),
        ({"delay": "soon"}, "the delay is no number"),
        ({"delay": 1e9}, "the delay is not between"),
        ({"name": ""}, "the name is no event's name"),
        ({"name": None}, "the name is no event's name"),
        ({"name": "Hang\nup"}, "the name is no event's name"),
    ],
)
def test_a_wrong_row_disables_itself_alone(wrong: dict[str, Any], words: str) -> None:
    events_map = EventMap([{**row(1, "Hangup"), **wrong}, row(2, "Hangup")])
    ((error),) = events_map.errors
    assert error["id"] == 1
    assert words in error["error"]
    assert [m.row for m in events_map.match({"Event": "Hangup"})] == [2]


def test_a_condition_that_can_not_be_decided_is_told_once_and_counts_as_false() -> None:
    events_map = EventMap([row(1, "Hangup", condition="event['Cause'] > 16"), row(2, "Hangup")])
    assert events_map.errors == []
    for _ in range(3):
        assert [m.row for m in events_map.match({"Event": "Hangup", "Cause": "17"})] == [2]
    assert [error["id"] for error in events_map.errors] == [1]


def test_rows_of_other_sources_are_not_ours() -> None:
    events_map = EventMap([row(1, "StasisStart", source="ARI")])
    assert events_map.wanted_names == frozenset()
    assert events_map.errors == []


def test_defaults_of_the_contract() -> None:
    events_map = EventMap([{"id": 1, "name": "Cdr"}, row(2, "Cdr", delay=None, condition=False)])
    assert events_map.match({"Event": "Cdr"}) == [(1, 0.0, True), (2, 0.0, True)]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["id", "source", "name", "delay", "keep_order", "condition"]),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("AMI"),
        )
    )
)
def test_any_rows_make_a_map(rows: list[dict[str, Any]]) -> None:
    events_map = EventMap(rows)
    for name in events_map.wanted_names:
        events_map.match({"Event": name})
