"""A browser's text field knows no CR: whatever a file's lines end with, those that nobody edited
keep it.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .test_dialplan_tools import load

keep_endings = load("line_endings").keep_endings


def shown(text: str) -> str:
    """Return what a browser's text field makes of a text."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(alphabet="ab\r\n"))
def test_what_nobody_edited_stays_as_it_is(text: str) -> None:
    assert keep_endings(text, shown(text)) == text


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["\r\n", "\r", "\n"])), max_size=9)
)
def test_a_line_put_before_or_after_changes_no_other(lines: list[tuple[str, str]]) -> None:
    text = "".join(line + end for line, end in lines)
    assert keep_endings(text, "NEW\n" + shown(text)).endswith(text)
    assert keep_endings(text, shown(text) + "NEW\n").startswith(text)


@given(st.text(alphabet="ab\r\n"), st.text(alphabet="ab\n"))
def test_no_text_is_lost(old: str, new: str) -> None:
    assert shown(keep_endings(old, new)) == new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a\r\nb\r\n", "a\nB\n", "a\r\nB\r\n"),
        ("a\r\nb\nc\n", "a\nb\nC\nd", "a\r\nb\nC\nd"),
        ("a\r\nb", "a\nb\n", "a\r\nb\r\n"),
        ("a\n", "b\n", "b\n"),
        ("a\r\n", "b\r\nc\n", "b\r\nc\n"),
    ],
)
def test_what_is_new_ends_as_most_do(old: str, new: str, expected: str) -> None:
    assert keep_endings(old, new) == expected
