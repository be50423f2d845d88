"""Messages on RabbitMQ, as section 3 of the contract writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asterisk_agent.calls.delivery import Item, Later, Parked, Row
from asterisk_agent.services.messages import later_message, parked_message, read_message

HEADERS = {"boot": "b", "seq": 42, "server": "pbx", "rows": "[[7, 0.5, false], [8, 0, true]]"}
BODY = '{"Event": "Hangup", "Linkedid": "1.1"}'


def test_a_message() -> None:
    message = read_message(5, BODY, HEADERS)
    assert (message.tag, message.boot, message.seq, message.name) == (5, "b", 42, "Hangup")
    assert list(message.rows) == [Row(7, 0.5, False), Row(8, 0.0, True)]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, None),
        (BODY, "x"),
        (BODY, {}),
        ("{", HEADERS),
        ("[]", HEADERS),
        ("[" * 100_000, HEADERS),
        ('{"Linkedid": "1"}', HEADERS),
        ('{"Event": 5}', HEADERS),
        (b"\xff", HEADERS),
        (BODY, {**HEADERS, "seq": "x"}),
        (BODY, {**HEADERS, "seq": 0}),
        (BODY, {**HEADERS, "rows": "[[7]]"}),
        (BODY, {**HEADERS, "rows": "[7]"}),
        (BODY, {**HEADERS, "rows": '[["a", 0, true]]'}),
        (BODY, {**HEADERS, "rows": None}),
    ],
)
def test_what_is_none(body: Any, headers: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_message(1, body, headers)


def test_a_parked_item_can_be_read_again() -> None:
    item = Item("b", 42, 7, {"Event": "Hangup"})
    body, headers = parked_message(Parked(item, "ValueError: " + "x" * 1000, 5), "pbx")
    assert (headers["row"], headers["attempts"]) == (7, 5)
    assert len(headers["error"]) == 500
    again = read_message(1, body, headers)
    assert (again.boot, again.seq, list(again.rows)) == ("b", 42, [Row(7)])
    assert json.loads(body) == {"Event": "Hangup"}


def test_an_item_that_waits_comes_back_under_a_name_of_its_own() -> None:
    item, row = Item("b", 42, 7, {"Event": "Hangup"}), Row(7, 900.0, keep_order=False)
    body, headers = later_message(Later(item, row, 300), "pbx")
    again = read_message(1, body, headers)
    assert (again.boot, again.seq, list(again.rows)) == ("later1-b-42-7", 1, [row])
    second = Item(again.boot, again.seq, row.id, again.event)
    _, headers = later_message(Later(second, row, 300), "pbx")
    assert headers["boot"] == "later2-b-42-7"
    long_ago = Item("0123456789abcdef", 10**12, 10**6, {"Event": "Hangup"})
    # Odoo takes names of boots up to 64 characters.
    assert len(later_message(Later(long_ago, row, 300), "pbx")[1]["boot"]) < 60
