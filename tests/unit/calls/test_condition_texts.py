"""What a condition requires literally, and that it never hides an event that is wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.ami.protocol import AMIProtocol
from asterisk_agent.calls.conditions import Condition
from asterisk_agent.calls.event_map import EventMap

V = "Variable"


@pytest.mark.parametrize(
    ("text", "required"),
    [
        ("event['Variable'] == 'A'", {(V, "A")}),
        ("'A' == event.get('Variable')", {(V, "A")}),
        ("event['Variable'] in ('A', 'B')", {(V, "A"), (V, "B")}),
        ("event['Variable'] == 'A' or event['Variable'] == 'B'", {(V, "A"), (V, "B")}),
        ("event['Variable'] == 'A' and event['X'].startswith('y')", {(V, "A")}),
        ("event['Variable'] in ('A', 'B') and event['X'] == 'Y'", {("X", "Y")}),
        ("event['Variable'] != 'A'", None),
        ("not event['Variable'] == 'A'", None),
        ("event['Variable'] == 'A' or event['X'].startswith('y')", None),
        ("event.get('Variable', 'A') == 'A'", None),
        ("event['Variable'] == ''", None),
        ("event['Variable'] in ('A', event['B'])", None),
        ("event['Variable'] in ('', 'A')", None),
        ("event['Variable'] in 'ABC'", None),
        ("event['Variable'] == 'a\ufffd'", None),
        ("event['Variable'].lower() == 'a'", None),
        ("event['Variable'] < 'A'", None),
        ("event['Variable']", None),
        ("event['SystemName'] == 'pbx1'", None),
        ("event['Variable'] == event['Variable']", None),
    ],
)
def test_required(text: str, required: set[tuple[str, str]] | None) -> None:
    assert Condition(text).required == required


def test_lines_of_a_map() -> None:
    rows = [
        {"id": 1, "name": "VarSet", "condition": "event['Variable'] == 'A'"},
        {"id": 2, "name": "VarSet", "condition": "event['Variable'] in ('B', 'A')"},
        {"id": 3, "name": "Hangup"},
        {"id": 4, "name": "Cdr", "condition": "event['Disposition'] == 'ANSWERED'"},
        {"id": 5, "name": "Cdr"},
    ]
    assert EventMap(rows).wanted_lines() == {"VarSet": ("Variable: A", "Variable: B")}


texts = st.sampled_from(["A", "B", "AB", "", "Variable: A", "é"])
headers = st.sampled_from(["Variable", "Value", "X"])
leaves = st.builds(
    lambda header, op, text: f"event.get({header!r}) {op} {text!r}",
    headers,
    st.sampled_from(["==", "!=", "in"]),
    texts,
) | st.builds(lambda header, text: f"event[{header!r}] in ({text!r}, 'B')", headers, texts)
conditions = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda left, op, right: f"({left}) {op} ({right})", inner, st.sampled_from(["and", "or"]),
        inner) | inner.map("not ({})".format),
    max_leaves=4,
)  # fmt: skip


@given(conditions, st.lists(st.tuples(headers, texts), max_size=3, unique_by=lambda pair: pair[0]))
def test_looking_first_hides_nothing_that_is_wanted(
    condition: str, pairs: list[tuple[str, str]]
) -> None:
    event = {"Event": "VarSet", "Privilege": "dialplan,all", **dict(pairs)}
    events_map = EventMap([{"id": 1, "name": "VarSet", "condition": condition}])
    assert events_map.errors == []
    protocol = AMIProtocol({"VarSet": (), **events_map.wanted_lines()})
    wire = "".join(f"{name}: {value}\r\n" for name, value in event.items())
    seen = protocol.receive_data(f"Asterisk Call Manager/5.0.5\r\n{wire}\r\n".encode())[1:]
    if events_map.match(event):
        assert len(seen) == 1
