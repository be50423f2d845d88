"""The cross-check of tests/e2e/test_call_crosscheck.py tells every disagreement: tried on recorded
calls with their Cdr.
"""

import gzip
from dataclasses import replace
from typing import Any

import pytest
from asterisk_plus_lib.facts import CallFacts
from lab.random_calls import Seen

from e2e.test_call_crosscheck import against_cdr, against_phones
from unit.lib.call_replay import CALLS, VERSIONS, Event, events_of, facts, is_wanted, replay

ALICE = "PJSIP/101"


def call(situation: str, version: str = "22") -> tuple[CallFacts, list[Event]]:
    """Return what we say of a recorded call, and Asterisk's Cdr of it."""
    events = events_of(gzip.decompress((CALLS / version / f"{situation}.ami.gz").read_bytes()))
    [one] = facts(replay(event for event in events if is_wanted(event)))
    return one, [event for event in events if event["Event"] == "Cdr"]


def seen(one: CallFacts) -> Seen:
    """Return what the phones would have seen of that call."""
    assert one.answered is not None
    ended = one.answered + one.talk_s
    return Seen("+32470000001", {ALICE}, ALICE, one.answered, ended)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "situation",
    [
        *("inbound-answered", "inbound-busy", "inbound-declined", "inbound-cancelled"),
        *("outbound-answered", "outbound-refused", "outbound-congested", "inbound-unregistered"),
    ],
)
def test_a_right_word_agrees(situation: str, version: str) -> None:
    assert list(against_cdr(*call(situation, version))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"status": "noanswer"},
        {"answered_endpoint": "PJSIP/102"},
        {"talk_s": 9},
        {"answered": 5.0},
        {"ended": 5.0},
    ],
)
def test_a_wrong_word_is_told_of_an_answered_call(change: dict[str, Any]) -> None:
    one, cdrs = call("inbound-answered")
    assert list(against_cdr(replace(one, **change), cdrs))
    if "ended" not in change and "status" not in change:
        assert list(against_phones(seen(one), replace(one, **change)))


@pytest.mark.parametrize(
    ("situation", "status"),
    [("inbound-busy", "noanswer"), ("inbound-cancelled", "busy"), ("outbound-congested", "busy")],
)
def test_a_wrong_status_is_told_of_a_call_without_answer(situation: str, status: str) -> None:
    one, cdrs = call(situation)
    assert list(against_cdr(replace(one, status=status), cdrs))


def test_a_phone_that_began_to_ring_as_the_caller_went_may_have_rung() -> None:
    one, _cdrs = call("inbound-cancelled")
    late = Seen("+32470000001", {ALICE}, began_to_ring={"PJSIP/103"})
    assert list(against_phones(late, one)) == []
    rang = replace(one, rung_endpoints=(ALICE, "PJSIP/103"))
    assert list(against_phones(late, rang)) == []
    assert list(against_phones(late, replace(one, rung_endpoints=()))) != []


def test_the_phones_word_is_compared_whole() -> None:
    one, _cdrs = call("inbound-answered")
    assert list(against_phones(seen(one), one)) == []
    assert list(against_phones(seen(one), replace(one, is_active=True)))
    assert list(against_phones(seen(one), replace(one, rung_endpoints=(ALICE, "PJSIP/102"))))
