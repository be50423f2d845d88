"""What lacks Asterisk's own stamp is none of its events."""

from __future__ import annotations

import pytest

from asterisk_agent.ami.message import Event
from asterisk_agent.ami.protocol import AMIProtocol
from asterisk_agent.ami.stamp import PATIENCE
from unit.ami.samples import BANNER

STAMP = "Timestamp: 1795637457.367448\r\n"
NAMED = STAMP + "SystemName: pbx-7f\r\n"
#: channel.h: AST_CHANNEL_NAME, less its NUL: so much of a caller's number comes into an event.
NUMBER = 79


def event(name: str, stamp: str, **headers: str) -> str:
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    return f"Event: {name}\r\nPrivilege: call,all\r\n{stamp}{lines}\r\n"


def heard(*texts: str) -> tuple[list[str], dict[str, int]]:
    protocol = AMIProtocol()
    data = BANNER + "".join(texts).encode()
    messages = [m for m in protocol.receive_data(data) if isinstance(m, Event)]
    return [str(m.headers.get("Uniqueid")) for m in messages], dict(protocol.rejected)


def calling(number: str, stamp: str) -> str:
    """Return the event of a new channel whose caller's number a stranger has chosen."""
    return event("Newchannel", stamp, CallerIDNum=number, CallerIDName="x", Uniqueid="9.9")


@pytest.mark.parametrize("stamp", [STAMP, NAMED])
def test_a_whole_event_in_a_callers_number_is_rejected(stamp: str) -> None:
    forged = "\r\n\r\n" + event("Hangup", "", Uniqueid="1795637456.0")
    assert len(forged) <= NUMBER
    seen, rejected = heard(event("SuccessfulAuth", stamp, Uniqueid="1"), calling(forged, stamp))
    assert "1795637456.0" not in seen
    assert rejected["stamp"] == 1


def test_with_its_stamp_it_is_too_long_for_a_number() -> None:
    assert len("\r\n\r\n" + event("Hangup", STAMP, Uniqueid="1795637456.0")) > NUMBER


@pytest.mark.parametrize("stamp", [STAMP, STAMP + "SystemName: guessed\r\n"])
def test_whoever_does_not_know_the_systems_name_forges_nothing(stamp: str) -> None:
    forged = "\r\n\r\n" + event("Hangup", stamp, Uniqueid="1.1")
    seen, _ = heard(event("SuccessfulAuth", NAMED, Uniqueid="1"), calling(forged, NAMED))
    assert "1.1" not in seen


def test_an_asterisk_that_stamps_nothing_is_heard() -> None:
    texts = [event("Hangup", "", Uniqueid=str(n)) for n in range(3)]
    assert heard(*texts) == (["0", "1", "2"], {})


def test_the_event_of_a_login_needs_no_stamp_and_teaches_nothing() -> None:
    booted = "Event: FullyBooted\r\nPrivilege: system,all\r\nUniqueid: 1\r\n\r\n"
    texts = [booted, event("Hangup", STAMP, Uniqueid="2"), booted]
    assert heard(*texts, event("Hangup", "", Uniqueid="3")) == (["1", "2", "1"], {"stamp": 1})


def test_a_forged_stamp_does_not_make_asterisk_itself_unheard() -> None:
    texts = [event("Hangup", "", Uniqueid="1"), event("Hangup", STAMP, Uniqueid="2")]
    assert heard(*texts, event("Hangup", "", Uniqueid="3")) == (["1", "2", "3"], {})


def test_many_forgeries_do_not_pass_for_an_asterisk_that_stamps_no_more() -> None:
    """Asterisk's own events between them may be none that anybody wants."""
    protocol = AMIProtocol(["Hangup"])
    forged = "\r\n\r\n" + event("Hangup", "", Uniqueid="1")
    call = event("Newexten", NAMED, CallerIDNum=forged)
    data = BANNER + (event("Newstate", NAMED) + call * 5 * PATIENCE).encode()
    assert [m for m in protocol.receive_data(data) if isinstance(m, Event)] == []
    assert protocol.rejected["stamp"] == 5 * PATIENCE


def test_an_asterisk_that_stops_stamping_is_heard_again() -> None:
    before = event("Hangup", STAMP, Uniqueid="0")
    after = [event("Hangup", "", Uniqueid=str(n)) for n in range(1, PATIENCE + 2)]
    seen, rejected = heard(before, *after)
    assert seen == ["0", str(PATIENCE), str(PATIENCE + 1)]
    assert rejected == {"stamp": PATIENCE - 1}
