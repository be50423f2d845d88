"""The bench `deliver`: what it plays, and its check of what Odoo holds."""

import pytest
from bench.calls import at_once, numbered
from bench.deliver import must_be
from bench.stream import map_rows

from asterisk_agent.calls.event_map import EventMap

MODEL = "answered|in|f|Jane"


def test_calls_at_once_are_several_and_share_nothing_but_their_numbers():
    items = list(numbered(at_once("x", 3, EventMap(map_rows()), 1000.0), "boot"))
    assert len(items) == 3 * 17
    assert [item["seq"] for item in items] == list(range(1, len(items) + 1))
    for header in ("Linkedid", "Uniqueid", "BridgeUniqueid"):
        ids = [
            {i["event"][header] for i in items[n::3] if i["event"].get(header)} for n in range(3)
        ]
        assert all(ids)
        assert len(set.union(*ids)) == sum(map(len, ids))


def test_so_many_calls_like_the_model_are_right():
    must_be([MODEL] * 3, MODEL, 3)


@pytest.mark.parametrize(
    ("found", "model"),
    [
        ([MODEL] * 2, MODEL),
        ([MODEL] * 2 + ["progress|in|t|Jane"], MODEL),
        (["failed|in|f|"] * 3, "failed|in|f|"),
    ],
    ids=["one is missing", "one is not over", "nobody answered"],
)
def test_anything_else_is_wrong(found, model):
    with pytest.raises(ValueError, match="expected 3"):
        must_be(found, model, 3)
