"""Headers that strangers choose, in the events of real calls: the state of calls takes them all."""

import pytest
from asterisk_plus_lib.call_book import CallBook
from hypothesis import given
from hypothesis import strategies as st

from unit.lib.call_replay import CALLS, clicked, recorded

RECORDINGS = sorted(CALLS.glob("*/*.ami.gz"))[::7]
STREAMS = {path: recorded(path) for path in RECORDINGS}
values = st.text(max_size=20) | st.sampled_from(
    ["", "0", "-1", "nan", "1e999", "9" * 400, "\x00", "\u202e", "<script>", "None", "PJSIP/-", ";"]
)
changes = st.lists(
    st.tuples(st.integers(0), st.integers(0), values | st.lists(values, max_size=2)),
    min_size=1,
    max_size=20,
)


@pytest.fixture(scope="module", autouse=True)
def _there_are_recordings() -> None:
    assert len(RECORDINGS) > 5


@given(st.sampled_from(RECORDINGS), changes)
def test_no_header_breaks_the_state_of_calls(path, found) -> None:
    events = [dict(event) for event in STREAMS[path]]
    for place, header, value in found:
        event = events[place % len(events)]
        name = sorted(event)[header % len(event)]
        if name != "Event":
            event[name] = value
    book = CallBook(clicked(STREAMS[path]))
    for event in events:
        book.apply(event)
