"""An action on the wire: what Asterisk's side reads is what was meant, or nothing is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.ami.encode import MAX_HEADERS, action_pairs, encode_action
from asterisk_agent.core.errors import AmiLocalError
from fakes.asterisk_wire import ActionParser

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}", fullmatch=True)
# Asterisk skips blanks before a value (manager.c, astman_get_header).
values = st.text(
    st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60
).map(str.lstrip)


@given(st.lists(st.tuples(names, values), min_size=1, max_size=20))
def test_asterisks_side_reads_what_was_meant(pairs: list[tuple[str, str]]) -> None:
    (heard,) = ActionParser().receive_data(encode_action(pairs))
    assert heard == pairs


@given(st.text(max_size=30), st.text(max_size=60))
def test_one_header_is_one_line_or_nothing(name: str, value: str) -> None:
    try:
        data = encode_action([("Action", "Ping"), (name, value)])
    except AmiLocalError:
        return
    assert data.count(b"\r\n") == 3
    assert data.count(b"\n") == data.count(b"\r") == 3
    assert b"\0" not in data
    (heard,) = ActionParser().receive_data(data)
    assert len(heard) == 2


@pytest.mark.parametrize("value", ["a\r\nAction: Logoff", "a\nb", "a\rb", "a\0b", "\r\n\r\n"])
def test_line_ends_and_nul_are_refused(value: str) -> None:
    with pytest.raises(AmiLocalError, match="CR, LF or NUL"):
        action_pairs({"Action": "Ping", "X": value})


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\n", "é", "x" * 65, "a\0"])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(AmiLocalError, match="name"):
        action_pairs({"Action": "Ping", name: "x"})


def test_a_line_that_asterisk_would_discard_is_refused() -> None:
    action_pairs({"Action": "Ping", "X": "y" * 1000})
    with pytest.raises(AmiLocalError, match="too long"):
        action_pairs({"Action": "Ping", "X": "é" * 600})


def test_a_header_given_several_times_keeps_its_order() -> None:
    action = {"Variable": ["A=1", "B=2"], "Action": "Originate"}
    assert action_pairs(action) == [
        ("Action", "Originate"),
        ("Variable", "A=1"),
        ("Variable", "B=2"),
    ]


@pytest.mark.parametrize(
    "action",
    [{}, {"X": "1"}, {"Action": "Ping", "action": "Logoff"}, {"Action": ["Ping", "Logoff"]},
     {"Action": []}],
)  # fmt: skip
def test_exactly_one_action(action: dict[str, str]) -> None:
    with pytest.raises(AmiLocalError, match="exactly one"):
        action_pairs(action)


@pytest.mark.parametrize("value", [1, None, ["a", 2], {"a": "b"}, b"x", True])
def test_values_are_texts(value: object) -> None:
    with pytest.raises(AmiLocalError, match="neither"):
        action_pairs({"Action": "Ping", "X": value})  # type: ignore[dict-item]


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(AmiLocalError, match="no text"):
        action_pairs({"Action": "Ping", "X": "\ud800"})


def test_more_headers_than_asterisk_reads_are_refused() -> None:
    with pytest.raises(AmiLocalError, match="at most"):
        action_pairs({"Action": "Originate", "Variable": ["A=1"] * MAX_HEADERS})


def test_no_value_is_told_in_the_error() -> None:
    with pytest.raises(AmiLocalError) as caught:
        action_pairs({"Action": "Login", "Secret": "deep-secret\n"})
    assert "deep-secret" not in str(caught.value)
