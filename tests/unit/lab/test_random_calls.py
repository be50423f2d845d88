"""What a called phone saw of a call at random."""

import pytest
from lab.random_calls import Seen, _look
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
