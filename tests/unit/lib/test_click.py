"""A click that rings several phones: one call, whatever becomes of each of them."""

from typing import Any

import pytest
from asterisk_plus_lib.call_book import CallBook
from asterisk_plus_lib.call_state import CallState
from asterisk_plus_lib.click import Refusal, refusals
from asterisk_plus_lib.events import home
from asterisk_plus_lib.facts import CallFacts

STEM = "odoo-5f0c2e6b9d1a4c37-1795393664"
FIRST, SECOND = f"{STEM}.1", f"{STEM}.2"
PHONES = ("PJSIP/101", "PJSIP/104")
NUMBER = "+32470000001"


@pytest.mark.parametrize(
    ("linkedid", "wanted"),
    [
        (FIRST, FIRST),
        (SECOND, FIRST),
        (f"{STEM}.10", FIRST),
        ("odoo-1795393664.2", "odoo-1795393664.2"),
        ("lab-16-1795393664.2", "lab-16-1795393664.2"),
        (f"{STEM}.2\n", f"{STEM}.2\n"),
        (f"{STEM.upper()}.2", f"{STEM.upper()}.2"),
        ("", ""),
    ],
)
def test_home(linkedid: str, wanted: str) -> None:
    assert home(linkedid) == wanted


class Click:
    """A click on a number, and what Asterisk says of its phones, a tenth of a second apart."""

    def __init__(self) -> None:
        self.book = CallBook([CallState.originated(FIRST, 99.0, PHONES, NUMBER)])
        self.time = 100.0

    def say(self, name: str, event: str, **more: str) -> "Click":
        self.time += 0.1
        place = (FIRST, SECOND).index(name)
        values = {
            "Channel": f"{PHONES[place]}-0000000{place}",
            "Uniqueid": name,
            "Linkedid": name,
            "ChannelStateDesc": more.pop("state", "Down"),
        }
        if event.startswith("Dial"):
            values = {f"Dest{header}": value for header, value in values.items()}
        self.book.apply({"Event": event, "EventTime": f"{self.time}", **values, **more})
        return self

    def response(self, name: str, response: str = "Failure") -> "Click":
        said: dict[str, Any] = {
            "Event": "OriginateResponse",
            "Uniqueid": name,
            "Response": response,
        }
        self.book.apply({**said, "EventTime": f"{self.time}"})
        return self

    def rings(self, name: str) -> "Click":
        return (
            self.say(name, "Newchannel")
            .say(name, "DialBegin")
            .say(name, "Newstate", state="Ringing")
        )

    def declines(self, name: str, cause: str = "21") -> "Click":
        self.say(name, "HangupRequest", Cause=cause).say(name, "Hangup", Cause=cause)
        return self.response(name)

    def answers(self, name: str) -> "Click":
        return self.say(name, "DialEnd", DialStatus="ANSWER").say(name, "Newstate", state="Up")

    @property
    def state(self) -> CallState:
        assert set(self.book.states) == {FIRST}
        return self.book.states[FIRST]

    @property
    def facts(self) -> CallFacts:
        return self.state.facts(dict.fromkeys(PHONES, 1).get)


def test_it_is_active_until_no_phone_may_ring() -> None:
    click = Click()
    assert click.facts.is_active
    assert click.response(FIRST).facts.is_active
    assert click.rings(SECOND).facts.is_active
    facts = click.declines(SECOND).facts
    assert (facts.is_active, facts.status) == (False, "failed")
    assert refusals(click.state) == [
        Refusal("PJSIP/101", "away"),
        Refusal("PJSIP/104", "declined"),
    ]


def test_the_second_may_be_late() -> None:
    click = Click().rings(FIRST).declines(FIRST, "17")
    assert (click.facts.is_active, click.facts.status) == (True, "progress")
    assert click.rings(SECOND).answers(SECOND).facts.is_active


def test_none_was_there() -> None:
    facts = Click().response(SECOND).response(FIRST).facts
    assert (facts.is_active, facts.status) == (False, "failed")
    assert facts.hangup_reason == "The caller's own phone: not reachable"


def test_an_answer_ends_the_waiting_for_the_others() -> None:
    click = Click().rings(FIRST).answers(FIRST).say(FIRST, "Hangup", Cause="16")
    assert not click.facts.is_active
    assert refusals(click.state) == []


def test_who_calls_is_the_phone_that_went_on() -> None:
    click = Click().rings(FIRST).rings(SECOND).answers(SECOND).answers(FIRST)
    click.say(FIRST, "Hangup", Cause="26").say(SECOND, "DialBegin")
    far = {"DestChannel": "PJSIP/trunk-1", "DestUniqueid": "x.1", "DestLinkedid": SECOND}
    said = {"Channel": "PJSIP/104-00000001", "Uniqueid": SECOND, "Linkedid": SECOND}
    click.book.apply({"Event": "DialBegin", "EventTime": "102", **said, **far})
    facts = click.facts
    assert facts.calling_endpoint == "PJSIP/104"
    assert (facts.called_number, len(facts.legs)) == (NUMBER, 3)
    assert {leg.linkedid for leg in facts.legs} == {FIRST}


@pytest.mark.parametrize(
    ("cause", "asked", "status"),
    [("0", False, "failed"), ("16", False, "ended"), ("0", True, "ended")],
)
def test_a_dialplan_that_leads_nowhere(cause: str, asked: bool, status: str) -> None:
    click = Click().rings(FIRST).answers(FIRST)
    if asked:
        click.say(FIRST, "HangupRequest")
    facts = click.say(FIRST, "Hangup", Cause=cause).response(FIRST, "Success").facts
    assert facts.status == status
    assert ("no extension" in facts.hangup_reason) is (status == "failed")


def test_a_menu_that_said_something_is_no_failure() -> None:
    click = Click().rings(FIRST).answers(FIRST)
    click.time += 5
    assert click.say(FIRST, "Hangup", Cause="0").facts.status == "ended"


@pytest.mark.parametrize(
    ("cause", "kind"), [("17", "busy"), ("21", "declined"), ("19", "refused"), ("", "unanswered")]
)
def test_why_a_phone_was_not_picked_up(cause: str, kind: str) -> None:
    click = Click().rings(FIRST)
    if cause:
        click.say(FIRST, "HangupRequest", Cause=cause)
    click.say(FIRST, "Hangup", Cause=cause or "0").response(FIRST)
    assert refusals(click.state)[0] == Refusal("PJSIP/101", kind)


def test_a_phone_that_gives_no_sign() -> None:
    click = Click().say(FIRST, "Newchannel").say(FIRST, "Hangup", Cause="19").response(FIRST)
    assert refusals(click.state)[0].kind == "silent"


def test_what_is_kept_is_read_back() -> None:
    click = Click().response(FIRST).rings(SECOND)
    again = CallState.from_json(click.state.to_json())
    assert again.to_json() == click.state.to_json()
    assert again.is_active


def test_a_click_that_is_closed_waits_no_more() -> None:
    click = Click().response(FIRST)
    click.state.close(200.0, "reconciled")
    assert not click.state.is_active
    assert click.facts.hangup_reason == "reconciled"


def test_a_click_that_was_given_up_and_rings_all_the_same_ends_as_it_ends() -> None:
    click = Click()
    click.state.close(99.5, "Asterisk did not answer in time")
    click.rings(FIRST)
    assert click.facts.is_active
    assert click.declines(FIRST).facts.hangup_reason == "The caller's own phone: declined"


def test_an_originate_of_others_has_no_phones() -> None:
    book = CallBook()
    channel = {"Channel": "PJSIP/101-1", "Uniqueid": "1.1", "Linkedid": "1.1"}
    book.apply({"Event": "Newchannel", "EventTime": "1", **channel})
    book.apply({"Event": "OriginateResponse", "EventTime": "2", "Response": "Failure", **channel})
    assert refusals(book.states["1.1"]) == []
    assert "failed" not in book.states["1.1"].click
