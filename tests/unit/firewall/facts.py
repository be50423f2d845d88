"""Facts as the tests need them, and the recorded security events."""

from __future__ import annotations

from typing import Any

from asterisk_agent.ami.message import Event
from asterisk_agent.firewall.security_event import Evidence, SecurityFact
from asterisk_agent.firewall.source import Network, parse_address, parse_network, source_of
from unit.ami.samples import SECURITY, read, stream

STRANGER = "198.51.100.7"


def net(text: str) -> Network:
    """Return a network."""
    return parse_network(text)


def fact(
    evidence: Evidence,
    address: str = STRANGER,
    *,
    account: str = "101",
    session: str = "call-1",
    transport: str = "UDP",
    service: str = "PJSIP",
) -> SecurityFact:
    """Return a fact of one stranger."""
    source = source_of(parse_address(address))
    return SecurityFact(evidence, service, account, session, transport, source, 5060)


def sample(**changes: str) -> dict[str, str]:
    """Return a wrong password as Asterisk 22 tells it, with some headers changed."""
    event = {
        "Event": "ChallengeResponseFailed",
        "Privilege": "security,all",
        "Timestamp": "1795393993.994729",
        "SystemName": "pbx",
        "EventTV": "2026-11-23T00:43:13.994+0000",
        "Severity": "Error",
        "Service": "PJSIP",
        "EventVersion": "1",
        "AccountID": "101",
        "SessionID": "147fc08fda437858",
        "LocalAddress": "IPV4/UDP/10.99.0.1/5060",
        "RemoteAddress": "IPV4/UDP/10.66.0.2/60674",
        "Challenge": "1795394593/7b726df515f24105e43f3a25ed640c25",
        "Response": "ceca76c438e56714c0686d55f272f582",
        "ExpectedResponse": "",
    }
    return event | changes


def recorded() -> list[dict[str, Any]]:
    """Return every recorded security event, as the client hands it on."""
    events = []
    for path in SECURITY:
        for message in read(stream(path))[0]:
            if isinstance(message, Event):
                flat = message.to_flat()
                flat.pop("X-Recv", None)
                events.append(flat)
    return events
