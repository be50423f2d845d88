"""The truth of a call, from what sipp logged of it."""

from typing import Any

import pytest
from lab.chaos.traffic import Plan
from lab.chaos.truth import Truth, truths
from lab.sip_log import SipMessage

NUMBER = "+32470000001"


def said(time: float, sent: bool, start: str, method: str = "INVITE") -> SipMessage:
    headers = {"call-id": ["x"], "cseq": [f"1 {method}"], "from": [f"<sip:{NUMBER}@127.0.0.2>"]}
    return SipMessage(time, sent, start, headers, "")


def ok(time: float, sent: bool, method: str = "INVITE") -> SipMessage:
    return said(time, sent, "SIP/2.0 200 OK", method)


INVITE = said(0, True, f"INVITE sip:101 SIP/2.0 {NUMBER}")
TRYING = said(0.1, False, "SIP/2.0 100 Trying")
RUNG = [said(1, False, "INVITE sip:101 SIP/2.0"), said(1.1, True, "SIP/2.0 180 Ringing")]


class Traffic:
    """What `truths` asks of the real one."""

    def __init__(self, own: list[SipMessage], phone: list[SipMessage]) -> None:
        plan = Plan(NUMBER, "101", "", 7, 3, 1)
        self.made = [(plan, Log(own))]
        self.parties = {"PJSIP/101": Log(phone)}


class Log:
    """A sipp of which only the log is there."""

    def __init__(self, messages: list[SipMessage]) -> None:
        self._messages = messages

    def messages(self) -> list[SipMessage]:
        return self._messages


def only(own: list[SipMessage], phone: list[SipMessage] | None = None) -> Truth:
    traffic: Any = Traffic(own, phone or [])
    return truths(traffic)[0]


def test_answered_when_asterisk_acknowledged_and_ended_when_it_knew() -> None:
    bye = [said(6, False, "BYE sip:x", "BYE"), ok(6.1, True, "BYE")]
    phone = [*RUNG, ok(2, True), said(3, False, "ACK sip:x", "ACK"), *bye]
    gone = [said(5.5, True, "BYE sip:x", "BYE"), ok(5.9, False, "BYE")]
    one = only([INVITE, TRYING, ok(3.1, False), *gone], phone)
    assert (one.began, one.picked_up, one.gone) == (0.1, 3.1, 5.9)
    assert (one.answered_by, one.answered, one.ended) == ("PJSIP/101", 3, 5.9)
    assert not one.glare


def test_an_answer_that_asterisk_did_not_take_is_none() -> None:
    one = only([INVITE, TRYING], [*RUNG, ok(2, True)])
    assert (one.answered_by, one.answered, one.gone) == ("", 0, 0)


def test_a_call_that_asterisk_did_not_take_is_none() -> None:
    traffic: Any = Traffic([INVITE, said(0.1, False, "SIP/2.0 401 Unauthorized")], [])
    assert truths(traffic) == []


def test_an_answer_as_the_caller_goes_is_glare() -> None:
    bye = [said(3.1, False, "BYE sip:x", "BYE")]
    phone = [*RUNG, ok(2.9, True), said(3, False, "ACK sip:x", "ACK"), *bye]
    assert only([INVITE, TRYING, said(3, False, "SIP/2.0 487 Terminated")], phone).glare


@pytest.mark.parametrize("status", [486, 603])
def test_refusals_are_kept(status: int) -> None:
    refusal = said(2, True, f"SIP/2.0 {status} No")
    one = only([INVITE, TRYING, said(2.1, False, "SIP/2.0 486 Busy")], [*RUNG, refusal])
    assert one.refused == {status}
    assert one.gone == 2.1


def test_a_caller_who_gave_up_and_did_not_wait() -> None:
    cancel = said(0.5, True, "CANCEL sip:101 SIP/2.0", "CANCEL")
    one = only([INVITE, TRYING, cancel])
    assert (one.gone, one.turned_away) == (0.5, False)


def test_a_call_that_asterisk_itself_turned_away() -> None:
    one = only([INVITE, TRYING, said(0.2, False, "SIP/2.0 503 Service Unavailable")])
    assert (one.gone, one.turned_away) == (0.2, True)
    rang = [TRYING, said(0.2, False, "SIP/2.0 180 Ringing")]
    assert not only([INVITE, *rang, said(1, False, "SIP/2.0 503 Service")]).turned_away


def test_a_caller_that_a_late_challenge_ended_while_the_phone_was_called() -> None:
    bye = [said(6, False, "BYE sip:x", "BYE"), ok(6.1, True, "BYE")]
    phone = [*RUNG, ok(2, True), said(3, False, "ACK sip:x", "ACK"), *bye]
    one = only([INVITE, said(0.1, False, "SIP/2.0 401 Unauthorized")], phone)
    assert (one.began, one.answered, one.ended) == (1, 3, 6)
