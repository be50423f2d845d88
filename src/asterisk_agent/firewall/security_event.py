"""One security event of Asterisk as a typed fact: what it proves, against whom.

What a stranger can choose in such an event is the account (the user part of a SIP URI, decoded,
with CR and LF in it) and the session (the Call-ID). The AMI parser rejects blocks that repeat or
lack headers; here the order of the headers must be Asterisk's own as well.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asterisk_agent.firewall.source import Address, Network, parse_address, source_of

#: manager.c, manager_event_sessionvarg: what may stand before an event's own headers.
_HEAD = {"Event", "Privilege", "Timestamp", "SequenceNumber", "SystemName", "File", "Line", "Func"}
#: security_events.c, required fields of every event, in the order in which they are appended.
_BODY = [
    "EventTV",
    "Severity",
    "Service",
    "EventVersion",
    "AccountID",
    "SessionID",
    "LocalAddress",
    "RemoteAddress",
]
#: `AMI Action: none`: an account is optional there, and comes last.
_BODY_WITHOUT_ACCOUNT = [name for name in _BODY if name != "AccountID"]
_NO_ACCOUNT = frozenset({"RequestBadFormat"})
_ADDRESS = re.compile(r"IPV[46]/(UDP|TCP|TLS|WS|WSS)/([0-9A-Fa-f:.]{2,45})/(\d{1,5})")

#: What PJSIP calls an account that it does not have (res_pjsip: artificial endpoint).
UNKNOWN = "<unknown>"
ANONYMOUS = "anonymous"
#: The events that say anything of a stranger; others are not asked for.
NAMES = frozenset(
    """
    SuccessfulAuth ChallengeSent ChallengeResponseFailed InvalidPassword InvalidAccountID FailedACL
    RequestNotAllowed RequestBadFormat AuthMethodNotAllowed
    """.split()  # noqa: SIM905 (a table is read better than ten quoted words)
)
_SIP = frozenset({"PJSIP", "SIP"})
_AMI_FAILURES = NAMES - {"SuccessfulAuth", "ChallengeSent"}


class Evidence(enum.StrEnum):
    """What an event proves."""

    #: The right password: the source is a customer.
    SUCCESS = "success"
    #: A wrong password for an account that exists.
    WRONG_PASSWORD = "wrong password"  # noqa: S105 (a name)
    #: A try on an account that does not exist.
    UNKNOWN_ACCOUNT = "unknown account"
    #: Asked for a password. By itself this is how every phone begins.
    CHALLENGED = "challenged"
    #: The name of an unknown account; what happened is told by the event after it.
    NAMED = "named"
    #: A failed login to the manager interface.
    AMI_FAILURE = "manager login"
    #: Nothing against anybody: a phone that is set up wrong, our own login.
    NOTHING = "nothing"


class UntrustedEventError(ValueError):
    """The event is not as Asterisk writes it: a stranger wrote a part of it."""


@dataclass(frozen=True, slots=True)
class SecurityFact:
    """Who did what. ``account`` and ``session`` are a stranger's texts."""

    evidence: Evidence
    service: str
    account: str
    session: str
    transport: str
    #: The sender's address, or the /64 in which it lies.
    source: Network
    local_port: int

    @property
    def proven(self) -> bool:
        """Tell whether the address is surely the sender's: not so in UDP, where anybody can
        write any address on a packet.
        """
        return self.transport != "UDP"


def read_event(event: Mapping[str, Any]) -> SecurityFact:
    """Read one event of ``NAMES``. Raise ``UntrustedEventError`` when it can't be trusted."""
    texts = {name: value for name, value in event.items() if isinstance(value, str)}
    name = texts.get("Event", "")
    if name not in NAMES or len(texts) != len(event):
        raise UntrustedEventError("name")
    _check_order(name, list(texts))
    transport, address, _ = _address(texts["RemoteAddress"])
    _, _, local_port = _address(texts["LocalAddress"])
    return SecurityFact(
        evidence=_evidence(name, texts),
        service=texts["Service"],
        account=texts.get("AccountID", ""),
        session=texts["SessionID"],
        transport=transport,
        source=source_of(address),
        local_port=local_port,
    )


def _check_order(name: str, headers: list[str]) -> None:
    body = _BODY_WITHOUT_ACCOUNT if name in _NO_ACCOUNT else _BODY
    if body[0] not in headers:
        raise UntrustedEventError("headers")
    start = headers.index(body[0])
    if not _HEAD.issuperset(headers[:start]) or headers[start : start + len(body)] != body:
        raise UntrustedEventError("headers")


def _address(text: str) -> tuple[str, Address, int]:
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise UntrustedEventError("address")
    try:
        return match[1], parse_address(match[2]), int(match[3])
    except ValueError as exc:
        raise UntrustedEventError("address") from exc


def _evidence(name: str, texts: Mapping[str, str]) -> Evidence:
    service, account = texts["Service"], texts.get("AccountID", "")
    if service not in _SIP:
        return Evidence.AMI_FAILURE if name in _AMI_FAILURES else Evidence.NOTHING
    if name == "SuccessfulAuth":
        return Evidence.SUCCESS
    if name == "FailedACL":
        return _failed_acl(service, account, texts.get("ACLName", ""))
    if name == "InvalidAccountID":
        return Evidence.NAMED
    if name == "ChallengeSent":
        return Evidence.CHALLENGED
    if name in {"ChallengeResponseFailed", "InvalidPassword"}:
        return Evidence.UNKNOWN_ACCOUNT if account == UNKNOWN else Evidence.WRONG_PASSWORD
    return Evidence.NOTHING


def _failed_acl(service: str, account: str, acl: str) -> Evidence:
    # After a right password (too many contacts, no AOR): a phone that is set up wrong. PJSIP tells
    # a refusal by an endpoint's ACL twice; the challenge of <unknown> is the one that counts.
    if acl.startswith("registrar_"):
        return Evidence.UNKNOWN_ACCOUNT if account == ANONYMOUS else Evidence.NOTHING
    return Evidence.UNKNOWN_ACCOUNT if service == "SIP" else Evidence.NOTHING
