"""Blocks that a stranger forged are rejected and counted, never half believed."""

import re
from pathlib import Path

import pytest

from asterisk_agent.ami.message import Event
from unit.ami.samples import BANNER, SECURITY, read, stream

EVENT = b"Event: InvalidAccountID\r\nPrivilege: security,all\r\n"
TAIL = (
    b"EventTV: t\r\nSeverity: Error\r\nService: PJSIP\r\nEventVersion: 1\r\nAccountID: %b\r\n"
    b"SessionID: 1\r\nLocalAddress: IPV4/UDP/10.99.0.1/5060\r\n"
    b"RemoteAddress: IPV4/UDP/10.66.0.2/60674\r\n\r\n"
)


def test_the_recorded_forgeries_are_rejected_and_nothing_else() -> None:
    """Two forged blocks were recorded on Asterisk 22 (shared/reference/security.md, 1.4)."""
    forged = {}
    for path in SECURITY:
        _, protocol = read(stream(path))
        if protocol.rejected:
            forged[path.name] = dict(protocol.rejected)
    assert forged == {"asterisk22-2.txt": {"repeated_header": 1, "security_headers": 1}}


@pytest.mark.parametrize("path", SECURITY, ids=lambda p: p.name)
def test_no_forged_address_comes_through(path: Path) -> None:
    messages, _ = read(stream(path))
    events = [m for m in messages if isinstance(m, Event)]
    assert events
    for event in events:
        assert isinstance(event.headers["RemoteAddress"], str)
        assert re.match(r"IPV[46]/(UDP|TCP|TLS|WSS?)/[0-9a-f.:]+/\d+$", event.get("RemoteAddress"))
        assert "10.10.0.5" not in event.get("RemoteAddress")


def test_an_honest_event_passes() -> None:
    messages, protocol = read(BANNER + EVENT + TAIL % b"101")
    assert messages[1].get("AccountID") == "101"
    assert protocol.rejected == {}


@pytest.mark.parametrize(
    ("account", "names", "rejected"),
    [
        # A second header, first or last of the two: no reading of it is believed.
        (b"x\r\nRemoteAddress: IPV4/UDP/10.10.0.5", [], {"repeated_header": 1}),
        (b"x\r\nEvent: SuccessfulAuth", [], {"repeated_header": 1}),
        # A second block: the first lacks its addresses, the second its privilege.
        (b"\r\n\r\nEvent: Hangup", [], {"security_headers": 1, "start": 1}),
        (b"\r\n\r\nEvent: Hangup\r\nActionID: 1", ["Hangup"], {"security_headers": 1}),
        # The shortest event with a privilege fits into 36 bytes, and drags the addresses along.
        (b"\r\n\r\nEvent: Cdr\r\nPrivilege: cdr,all", [], {"security_headers": 2}),
        (b"\r\n\r\nEvent: A\r\nPrivilege: boss,all", [], {"security_headers": 1, "privilege": 1}),
        (b"\r\n\r\nOops: 1", [], {"security_headers": 1, "start": 1}),
    ],
)
def test_a_sip_user_can_not_forge(
    account: bytes, names: list[str], rejected: dict[str, int]
) -> None:
    messages, protocol = read(BANNER + EVENT + TAIL % account)
    assert [m.name for m in messages[1:]] == names
    assert protocol.rejected == rejected


@pytest.mark.parametrize("header", ["Cause", "Cause-txt", "Unheard-Of"])
def test_an_event_repeats_no_header_that_asterisk_does_not_repeat(header: str) -> None:
    text = f"Event: Hangup\r\nPrivilege: call,all\r\n{header}: 16\r\n{header}: 17\r\n\r\n"
    messages, protocol = read(BANNER + text.encode())
    assert messages[1:] == []
    assert protocol.rejected == {"repeated_header": 1}


@pytest.mark.parametrize("header", ["Variable", "ChanVariable", "DestChanVariable", "FileName"])
def test_an_event_may_repeat_what_asterisk_repeats(header: str) -> None:
    text = f"Event: Hangup\r\nPrivilege: call,all\r\n{header}: a\r\n{header}: b\r\n\r\n"
    messages, _ = read(BANNER + text.encode())
    assert messages[1].to_flat()[header] == ["a", "b"]


@pytest.mark.parametrize("header", ["Channel", "Uniqueid", "Linkedid", "CallerIDNum", "Exten"])
def test_a_caller_id_can_not_add_a_header(header: str) -> None:
    text = (
        "Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/trunk-1\r\n"
        f"CallerIDNum: 1\r\nCallerIDName: x\r\n{header}: forged\r\n"
        "Exten: 1\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\n\r\n"
    )
    messages, protocol = read(BANNER + text.encode())
    assert messages[1:] == []
    assert protocol.rejected == {"repeated_header": 1}


def test_a_user_event_may_repeat_its_own_headers_but_none_of_asterisks() -> None:
    start = "Event: UserEvent\r\nPrivilege: user,all\r\nChannel: a\r\nUserEvent: X\r\n"
    messages, protocol = read(
        f"{BANNER.decode()}{start}Key: 1\r\nKey: 2\r\nword\r\n\r\n"
        f"{start}Key: 1\r\nChannel: b\r\n\r\n".encode()
    )
    assert [m.to_flat()["Key"] for m in messages[1:]] == [["1", "2"]]
    assert protocol.rejected == {"repeated_header": 1}


def test_a_list_item_may_repeat_what_sorcery_repeats() -> None:
    item = b"Event: IdentifyDetail\r\nActionID: 1\r\nMatch: 10.0.0.1\r\nMatch: 10.0.0.2\r\n"
    messages, protocol = read(BANNER + item + b"\r\n" + item + b"ActionID: 2\r\n\r\n")
    assert [m.to_flat()["Match"] for m in messages[1:]] == [["10.0.0.1", "10.0.0.2"]]
    assert protocol.rejected == {"repeated_header": 1}


@pytest.mark.parametrize(
    "start", [b"", b"Event: \r\n", b"event: A\r\n", b" Event: A\r\n", b"Event:A\r\n", b"X: 1\r\n"]
)
def test_what_does_not_begin_as_asterisk_begins_is_rejected(start: bytes) -> None:
    messages, protocol = read(BANNER + start + b"Privilege: call,all\r\nChannel: a\r\n\r\n")
    assert messages[1:] == []
    assert protocol.rejected == {"start": 1}
