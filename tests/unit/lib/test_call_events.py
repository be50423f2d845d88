"""Reading events: names of channels, times, Linkedids, and the rows that the map must hold."""

import pytest
from asterisk_plus_lib.events import (
    WANTED_EVENTS,
    cause_of,
    endpoint_of,
    event_time,
    is_person,
    linkedid_of,
    text,
)

from asterisk_agent.calls.conditions import Condition
from unit.lib.call_replay import CALLS, recorded


@pytest.mark.parametrize(
    ("channel", "endpoint", "person"),
    [
        ("PJSIP/101-000000a1", "PJSIP/101", True),
        ("PJSIP/my-trunk-000000a1", "PJSIP/my-trunk", True),
        ("SIP/provider-0000000b", "SIP/provider", True),
        ("DAHDI/i1/5551212-3", "DAHDI/i1/5551212", True),
        ("IAX2/peer-1234", "IAX2/peer", True),
        ("AsyncGoto/PJSIP/101-000000a1", "PJSIP/101", True),
        ("PJSIP/101-000000a1<ZOMBIE>", "PJSIP/101", True),
        ("Local/102@from-internal-00000004;1", "Local/102@from-internal", False),
        ("Local/102@from-internal-00000004;2", "Local/102@from-internal", False),
        ("CBAnn/604-00000003;1", "CBAnn/604", False),
        ("Surrogate/x-1", "Surrogate/x", False),
        ("", "", False),
        ("-", "", False),
        ("nonsense", "nonsense", False),
    ],
)
def test_endpoint_of_a_channel(channel: str, endpoint: str, person: bool) -> None:
    assert endpoint_of(channel) == endpoint
    assert is_person(channel) is person


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("1795393664.430000", 1795393664.43), ("1795393664", 1795393664.0)]
    + [(nonsense, None) for nonsense in ("", "x", "nan", "inf", "-5", "0", None, 5)],
)
def test_event_time(written, seconds) -> None:
    assert event_time({"EventTime": written}) == seconds


@pytest.mark.parametrize(
    ("event", "linkedid"),
    [
        ({"Event": "Newchannel", "Uniqueid": "2", "Linkedid": "1"}, "1"),
        ({"Event": "DialBegin", "DestUniqueid": "2", "DestLinkedid": "1"}, "1"),
        (
            {
                "Event": "Pickup",
                "Uniqueid": "5",
                "Linkedid": "5",
                "TargetUniqueid": "2",
                "TargetLinkedid": "1",
            },
            "1",
        ),
        ({"Event": "BlindTransfer", "TransfereeUniqueid": "1", "TransfereeLinkedid": "1"}, "1"),
        ({"Event": "ParkedCall", "ParkeeUniqueid": "1", "ParkeeLinkedid": "1"}, "1"),
        ({"Event": "OriginateResponse", "Uniqueid": "click-1"}, "click-1"),
        ({"Event": "OriginateResponse", "Uniqueid": "<null>"}, ""),
        ({"Event": "PeerStatus", "Peer": "PJSIP/101"}, ""),
        ({}, ""),
    ],
)
def test_linkedid_of(event, linkedid) -> None:
    assert linkedid_of(event) == linkedid


def test_text_takes_the_last_of_a_repeated_header_and_cuts_it() -> None:
    assert text({"Variable": ["a", "b"]}, "Variable") == "b"
    assert text({"Variable": []}, "Variable") == ""
    assert text({"CallerIDName": " " + "x" * 200}, "CallerIDName") == "x" * 80
    assert text({"CallerIDNum": "<unknown>"}, "CallerIDNum") == ""


@pytest.mark.parametrize(
    ("written", "cause"),
    [("16", 16), ("0", 0), ("", None), ("99999", None), ("²", None), ("-1", None)],
)
def test_cause_of(written: str, cause: int | None) -> None:
    assert cause_of({"Cause": written}) == cause


def test_every_row_of_the_map_is_needed_by_a_real_call() -> None:
    """Each wanted event occurs in a recording; a row that nothing needs would be a burden on every
    call.
    """
    seen = {str(event["Event"]) for path in CALLS.glob("*/*.ami.gz") for event in recorded(path)}
    assert seen == {row.name for row in WANTED_EVENTS}


@pytest.mark.parametrize(
    "row", [row for row in WANTED_EVENTS if row.condition], ids=lambda row: row.name
)
def test_the_agent_understands_the_conditions(row) -> None:
    condition = Condition(row.condition)
    assert condition.holds({"Event": "VarSet", "Variable": "DIALSTATUS", "Value": "BUSY"})
    assert not condition.holds({"Event": "VarSet", "Variable": "MACRO_DEPTH", "Value": "1"})
