"""The same facts in every order that AMI permits within a call, with repetitions, cuts, and a rest
in the database at any moment.
"""

import random

import pytest
from asterisk_plus_lib.call_book import CallBook
from asterisk_plus_lib.call_state import CallState
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.lib.call_replay import CALLS, clicked, facts, recorded, replay, shuffled

RECORDINGS = sorted(CALLS.glob("*/*.ami.gz"))
STREAMS = {path: recorded(path) for path in RECORDINGS}
EXAMPLES = settings(max_examples=60)

recordings = st.sampled_from(RECORDINGS)
seeds = st.integers(0, 2**32)


@pytest.fixture(scope="module", autouse=True)
def _there_are_recordings() -> None:
    assert len(RECORDINGS) > 30


@EXAMPLES
@given(recordings, seeds)
def test_order_between_channels_does_not_matter(path, seed) -> None:
    events = STREAMS[path]
    expected = facts(replay(events, clicked(events)))
    other = shuffled(events, random.Random(seed))  # noqa: S311 - not a secret
    assert facts(replay(other, clicked(events))) == expected


@EXAMPLES
@given(recordings, st.lists(st.tuples(st.integers(0), st.integers(0)), min_size=1, max_size=30))
def test_a_repeated_event_does_no_harm(path, places) -> None:
    events = STREAMS[path]
    expected = facts(replay(events, clicked(events)))
    repeated = list(enumerate(events))
    for what, where in places:
        index = what % len(events)
        original = next(at for at, (number, _) in enumerate(repeated) if number == index)
        later = original + 1 + where % (len(repeated) - original)
        repeated.insert(later, (index, events[index]))
    assert facts(replay([event for _, event in repeated], clicked(events))) == expected


@EXAMPLES
@given(recordings, st.integers(0))
def test_a_stream_cut_off_can_be_closed(path, cut) -> None:
    events = STREAMS[path]
    events = events[: cut % (len(events) + 1)]
    book = replay(events, clicked(events))
    last = max((float(str(event["EventTime"])) for event in events), default=1.0)
    before = {one.linkedid: one.status for one in facts(book)}
    for state in book.states.values():
        state.close(last + 30, "reconciled")
    for one in facts(book):
        assert not one.is_active
        assert not any(leg.is_active for leg in one.legs)
        assert one.ended is not None
        assert one.ended <= last + 30
        assert one.status != "progress"
        if before[one.linkedid] == "answered":
            assert one.status == "answered"


@EXAMPLES
@given(recordings, st.integers(0))
def test_a_stream_without_its_beginning_leaves_nothing_active(path, start) -> None:
    events = STREAMS[path]
    for one in facts(replay(events[start % (len(events) + 1) :])):
        assert not one.is_active


@EXAMPLES
@given(recordings, seeds)
def test_a_call_may_rest_in_the_database_between_any_two_events(path, seed) -> None:
    events = STREAMS[path]
    chance = random.Random(seed)  # noqa: S311 - not a secret
    book = CallBook(clicked(events))
    for event in events:
        if chance.random() < 0.5:
            book = CallBook(CallState.from_json(one.to_json()) for one in book.states.values())
        book.apply(event)
    assert facts(book) == facts(replay(events, clicked(events)))


@EXAMPLES
@given(recordings)
def test_an_answered_call_stays_answered(path) -> None:
    events = STREAMS[path]
    book = CallBook(clicked(events))
    answered = set()
    for event in events:
        book.apply(event)
        now = {one.linkedid for one in facts(book) if one.status == "answered"}
        assert answered <= now
        answered = now


@EXAMPLES
@given(recordings, st.integers(0, 86_400))
def test_midnight_is_an_hour_like_any_other(path, shift_s) -> None:
    events = STREAMS[path]
    later = [
        event | {"EventTime": str(float(str(event["EventTime"])) + shift_s)} for event in events
    ]
    for one, other in zip(facts(replay(events)), facts(replay(later)), strict=True):
        assert (one.ring_s, one.talk_s, one.status) == (other.ring_s, other.talk_s, other.status)
        assert other.started == pytest.approx((one.started or 0) + shift_s)
        assert other.ended == pytest.approx((one.ended or 0) + shift_s)
