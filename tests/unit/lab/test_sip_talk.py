"""A phone's talk time from its own SIP messages."""

from lab.sip_log import SipMessage, message
from lab.sip_talk import rings, seconds, talks


def said(time: float, start: str, call: str = "a", cseq: str = "1 INVITE") -> SipMessage:
    return message(time, True, f"{start}\nCall-ID: {call}\nCSeq: {cseq}\n\n")


INVITE, OK = "INVITE sip:101@lab SIP/2.0", "SIP/2.0 200 OK"


def test_a_talk_is_from_the_answer_to_the_first_bye_or_refer() -> None:
    dialog = [
        said(1, INVITE),
        said(2, "SIP/2.0 180 Ringing"),
        said(3, OK),
        said(7, "REFER sip:c SIP/2.0", cseq="2 REFER"),
        said(8, "BYE sip:c SIP/2.0", cseq="3 BYE"),
        said(8, OK, cseq="3 BYE"),
    ]
    other = [said(4, INVITE, "b"), said(5, "SIP/2.0 486 Busy Here", "b")]
    assert talks(dialog + other) == [(3, 7)]
    assert rings(dialog + other) == [(1, 3), (4, 5)]


def test_what_lies_elsewhere_does_not_count() -> None:
    assert seconds([(0, 10), (20, 25)]) == 15
    assert seconds([(0, 10), (20, 25)], [(8, 22)]) == 11
