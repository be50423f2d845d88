"""An Asterisk's phones, out of its own answers."""

import json
from typing import Any

from asterisk_plus_lib.phones import ACTIONS, MAX_PHONES, following, phones, pick
from hypothesis import given
from hypothesis import strategies as st

Messages = list[dict[str, str]]


def endpoint(name: str, **more: str) -> dict[str, str]:
    usual = {"Event": "EndpointList", "ObjectName": name, "OutboundAuths": "", "DeviceState": ""}
    return usual | more


def found(**answers: Any) -> dict[str, Any]:
    picked = {source: pick(source, messages) for source, messages in answers.items()}
    return {one.channel: one for one in phones(json.loads(json.dumps(picked)))}


def test_an_endpoint_that_is_a_number_has_its_extension_and_its_mailbox() -> None:
    mailbox = {"Event": "VoicemailUserEntry", "VoiceMailbox": "101", "Fullname": "Alice"}
    one = found(pjsip=[endpoint("101")], mailboxes=[mailbox | {"Email": "a@example.com"}])
    phone = one["PJSIP/101"]
    none = found(pjsip=[endpoint("101")], mailboxes=[mailbox | {"Email": "(null)"}])
    assert none["PJSIP/101"].email == ""
    assert (phone.exten, phone.name, phone.email) == ("101", "Alice", "a@example.com")
    assert not phone.is_trunk


def test_a_hint_tells_the_extension_of_any_endpoint() -> None:
    hint = {"Event": "ExtensionStatus", "Exten": "101", "Hint": "pjsip/Alice&Custom:DND101,x"}
    assert (
        found(pjsip=[endpoint("alice"), endpoint("b")], hints=[hint])["PJSIP/alice"].exten == "101"
    )


def test_devices_of_all_technologies_are_told_without_the_right_system() -> None:
    names = (
        "PJSIP/101",
        "SIP/102",
        "Queue:sales_avail",
        "Custom:night",
        "Local/1@x",
        "PJSIP/trunk",
    )
    devices = [{"Event": "DeviceStateChange", "Device": name, "State": "INUSE"} for name in names]
    both = found(devices=devices, pjsip=[endpoint("trunk", OutboundAuths="x", DeviceState="Busy")])
    expected = {
        "PJSIP/101": ("101", "INUSE", False),
        "SIP/102": ("102", "INUSE", False),
        "PJSIP/trunk": ("", "Busy", True),
    }
    assert {name: (one.exten, one.state, one.is_trunk) for name, one in both.items()} == expected


def test_what_logs_in_elsewhere_or_stays_at_one_address_is_rather_a_trunk() -> None:
    peers = [
        {"Event": "PeerEntry", "ObjectName": name, "Dynamic": dynamic}
        for name, dynamic in (("101", "yes"), ("102", "no"), ("provider", "no"))
    ]
    hint = {"Event": "ExtensionStatus", "Exten": "102", "Hint": "SIP/102"}
    both = found(pjsip=[endpoint("out", OutboundAuths="out")], sip=peers, hints=[hint])
    assert {name for name, one in both.items() if one.is_trunk} == {"PJSIP/out", "SIP/provider"}
    assert "IAX2/x" in found(iax=[{"Event": "PeerEntry", "ObjectName": "x"}])


def test_only_what_asterisk_knows_and_lets_us_do_is_asked() -> None:
    picked = {"commands": pick("commands", [{"Response": "Success", "SIPpeers": "", "Ping": ""}])}
    assert following("commands", picked) == "sip"
    assert following("sip", picked) is None
    assert following("commands", {"commands": pick("commands", [])}) is None


def test_refusals_and_other_events_are_nothing() -> None:
    refused = [{"Response": "Error", "Message": "Invalid/unknown command"}]
    assert (
        found(pjsip=refused, sip=[endpoint("101")], iax=[], hints=refused, mailboxes=refused) == {}
    )


def test_there_is_a_bound() -> None:
    assert (
        len(found(pjsip=[endpoint(f"{number}") for number in range(MAX_PHONES + 5)])) == MAX_PHONES
    )
    assert len(next(iter(found(pjsip=[endpoint("x" * 9999)])))) < 200


@given(
    st.sampled_from(sorted(ACTIONS)),
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["Event", "Device", "ObjectName", "Hint", "Exten", "VoiceMailbox", "Dynamic"]
                ),
                inner | st.sampled_from(["DeviceStateChange", "EndpointList", "PeerEntry"]),
            )
        ),
    ),
)
def test_odd_answers_break_nothing(source: str, answer: Any) -> None:
    found(**{source: answer})
