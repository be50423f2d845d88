"""What an event proves, and that a stranger's text in it proves nothing."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.ami.protocol import AMIProtocol
from asterisk_agent.firewall.security_event import (
    NAMES,
    Evidence,
    UntrustedEventError,
    read_event,
)
from unit.ami.samples import BANNER
from unit.firewall.facts import net, recorded, sample


def test_every_recorded_event_is_read_but_those_that_an_attacker_wrote_into() -> None:
    """Real streams of Asterisk 16 and 22, PJSIP and chan_sip, UDP to WS, IPv4 and IPv6."""
    events = [event for event in recorded() if event["Event"] in NAMES]
    honest = [event for event in events if "X-Inj" not in event]
    facts = [read_event(event) for event in honest]
    assert len(honest) > 150
    assert {fact.evidence for fact in facts} == set(Evidence)
    assert {fact.transport for fact in facts} >= {"UDP", "TCP", "WS"}
    forged = [event for event in events if "X-Inj" in event]
    assert len(forged) == 2
    for event in forged:
        with pytest.raises(UntrustedEventError):
            read_event(event)


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({}, Evidence.WRONG_PASSWORD),
        ({"AccountID": "<unknown>"}, Evidence.UNKNOWN_ACCOUNT),
        ({"Event": "ChallengeSent"}, Evidence.CHALLENGED),
        ({"Event": "ChallengeSent", "AccountID": "<unknown>"}, Evidence.CHALLENGED),
        ({"Event": "InvalidAccountID"}, Evidence.NAMED),
        ({"Event": "InvalidPassword", "Service": "SIP"}, Evidence.WRONG_PASSWORD),
        ({"Event": "SuccessfulAuth"}, Evidence.SUCCESS),
        ({"Event": "InvalidPassword", "Service": "AMI"}, Evidence.AMI_FAILURE),
        ({"Event": "InvalidAccountID", "Service": "AMI"}, Evidence.AMI_FAILURE),
        ({"Event": "RequestNotAllowed", "Service": "AMI"}, Evidence.AMI_FAILURE),
        ({"Event": "SuccessfulAuth", "Service": "AMI"}, Evidence.NOTHING),
        # A right password, then too many contacts: a phone that is set up wrong.
        ({"Event": "FailedACL", "ACLName": "registrar_attempt_x"}, Evidence.NOTHING),
        (
            {"Event": "FailedACL", "ACLName": "registrar_attempt_x", "AccountID": "anonymous"},
            Evidence.UNKNOWN_ACCOUNT,
        ),
        ({"Event": "FailedACL", "ACLName": "not_match_endpoint_acl"}, Evidence.NOTHING),
        (
            {"Event": "FailedACL", "Service": "SIP", "ACLName": "device_must_match_acl"},
            Evidence.UNKNOWN_ACCOUNT,
        ),
    ],
)
def test_evidence(changes: dict[str, str], evidence: Evidence) -> None:
    assert read_event(sample(**changes)).evidence is evidence


def test_an_ipv6_source_is_its_64_and_a_mapped_address_is_ipv4() -> None:
    six = read_event(sample(RemoteAddress="IPV6/UDP/2001:db8:1:2::beef/5060"))
    assert six.source == net("2001:db8:1:2::/64")
    mapped = read_event(sample(RemoteAddress="IPV6/TLS/::ffff:192.0.2.9/4711"))
    assert (mapped.source, mapped.proven) == (net("192.0.2.9"), True)
    assert not six.proven


@pytest.mark.parametrize(
    "text",
    [
        "IPV4/UDP/evil.example.com/5060",
        "IPV4/UDP/10.0.0.1/5060\n",
        "IPV4/UDP/10.0.0.1",
        "IPV4/UDP/10.0.0.256/1",
        "IPV4/UDP/\u0661\u0660.0.0.1/1",
        "IPV6/UDP/fe80::1%eth0/5060",
        "",
    ],
)
def test_what_is_no_address_is_not_believed(text: str) -> None:
    with pytest.raises(UntrustedEventError):
        read_event(sample(RemoteAddress=text))


def test_headers_in_another_order_are_not_asterisks() -> None:
    headers = sample()
    service = headers.pop("Service")
    with pytest.raises(UntrustedEventError):
        read_event(headers | {"Service": service})


def test_a_header_that_a_stranger_put_in_is_noticed() -> None:
    """`sip:%0d%0aX%3a%20y@pbx`: the account ends early, and its rest is a header of its own."""
    before = list(sample().items())
    at = [name for name, _ in before].index("SessionID")
    forged = dict([*before[:at], ("X", "y"), *before[at:]])
    with pytest.raises(UntrustedEventError):
        read_event(forged)


def test_a_forged_address_never_reaches_the_detector() -> None:
    """The real thing: From `sip:%0d%0aRemoteAddress%3a%20IPV4%2fUDP%2f10.10.0.5@pbx`."""
    victim = sample(Event="InvalidAccountID", AccountID="\r\nRemoteAddress: IPV4/UDP/10.10.0.5")
    lines = "".join(f"{name}: {value}\r\n" for name, value in victim.items())
    protocol = AMIProtocol()
    messages = protocol.receive_data(BANNER + lines.encode() + b"\r\n")
    assert len(messages) == 1
    assert protocol.rejected == {"repeated_header": 1}


@given(
    st.dictionaries(
        st.sampled_from([*sample(), "X"]), st.text(max_size=40) | st.lists(st.text(), max_size=2)
    )
)
def test_nothing_makes_it_raise_anything_else(changes: dict[str, str]) -> None:
    with contextlib.suppress(UntrustedEventError):
        read_event(sample() | changes)
