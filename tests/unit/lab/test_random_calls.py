"""What a called phone saw of a call at random."""

import pytest
from lab.random_calls import Seen, _look, _seen
from lab.sip_log import SipMessage, message


def said(time: float, start: str, cseq: str = "1 INVITE") -> SipMessage:
    return message(time, True, f"{start}\nCall-ID: a\nCSeq: {cseq}\n\n")


@pytest.mark.parametrize(("gone", "rang"), [(1.1, False), (2.0, True)])
def test_a_ring_that_crosses_the_callers_going_is_told_apart(gone: float, rang: bool) -> None:
    seen = Seen("1")
    dialog = [said(0.9, "INVITE sip:x SIP/2.0"), said(1.0, "SIP/2.0 180 Ringing")]
    dialog += [said(gone, "CANCEL sip:x SIP/2.0", "1 CANCEL")]
    _look(seen, "PJSIP/103", dialog)
    assert (seen.rang, seen.began_to_ring) == (
        ({"PJSIP/103"}, set()) if rang else (set(), {"PJSIP/103"})
    )


class Party:
    """A phone, or who calls it."""

    def __init__(self, *messages: SipMessage) -> None:
        self._messages = list(messages)

    def messages(self) -> list[SipMessage]:
        return self._messages

    def faults(self) -> list[str]:
        return []


@pytest.mark.parametrize(("gone", "by"), [(2.1, ""), (1.0, ""), (5.0, "PJSIP/102")])
def test_an_answer_that_crosses_the_callers_going_is_told_apart(gone: float, by: str) -> None:
    phone = Party(
        said(0.9, "INVITE sip:+32470000013 SIP/2.0"),
        said(2.0, "SIP/2.0 200 OK"),
        said(2.1, "ACK sip:x SIP/2.0", "1 ACK"),
        said(5.1, "BYE sip:x SIP/2.0", "2 BYE"),
    )
    caller = Party(said(gone, "BYE sip:x SIP/2.0", "2 BYE"))
    seen = _seen("+32470000013", {"PJSIP/102": phone}, caller)  # type: ignore[dict-item, arg-type]
    assert (seen.answered_by, bool(seen.glare)) == (by, not by)
