r"""One block between two empty lines: its headers, and whether Asterisk can have meant it.

A stranger can put CR LF into a value before he has authenticated (percent-encoded in a SIP user),
and so add headers to an event, or end it early and begin one of his own. What Asterisk itself
writes has a fixed beginning and never says the same header twice, but for a few; what breaks
that is rejected, never half believed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from asterisk_agent.ami.message import Event, OnceEach, Response

#: `dialplan show` of a big PBX is some 100,000 lines of Output of 100 bytes, in one block.
MAX_BLOCK_BYTES = 16 * 1024 * 1024
#: A dialplan variable's value is the longest thing in an event; applications see 8 KiB of it
#: (pbx.c: VAR_BUF_SIZE, EXT_DATA_SIZE). What is far above that is not worth a parser's memory.
MAX_LINE_BYTES = 256 * 1024

#: Headers that Asterisk says several times in one block: manager.c (Output of Command, Variable of
#: Status), manager_channels.c (ChanVariable, with a prefix for each channel), res_fax.c (FileName).
REPEATABLE = frozenset({"Variable", "ChanVariable", "Output", "FileName"})
#: What no block repeats, not even one whose other headers come from the dialplan (UserEvent) or
#: from sorcery (PJSIPShowEndpoint).
NEVER_REPEATED = frozenset(
    """
    Event Response ActionID Privilege Timestamp SequenceNumber SystemName EventList Message
    Channel Uniqueid Linkedid ChannelState ChannelStateDesc CallerIDNum CallerIDName
    ConnectedLineNum ConnectedLineName AccountCode Context Exten Priority
    DestChannel DestUniqueid DestLinkedid BridgeUniqueid Queue Interface MemberName
    AccountID SessionID LocalAddress RemoteAddress EventTV Severity Service EventVersion UserEvent
    """.split()  # noqa: SIM905 (a table is read better than forty quoted words)
)
#: Events whose further headers the dialplan or a module chooses freely; TestEvent says State twice.
FREE_EVENTS = frozenset({"UserEvent", "TestEvent"})
#: manager.c: perms[]; what the Privilege of an event can name.
PRIVILEGES = frozenset(
    """
    system call log verbose command agent user config dtmf reporting cdr dialplan originate agi cc
    aoc test security message all <none>
    """.split()  # noqa: SIM905
)
#: security_events.c: no security event is without these. A block that a stranger's CR LF CR LF has
#: cut in two lacks them in its first half, and has them in an event of another class in its second.
SECURITY_HEADERS = frozenset(
    {"EventTV", "Severity", "Service", "EventVersion", "SessionID", "LocalAddress", "RemoteAddress"}
)
_SECURITY_TAIL = frozenset({"SessionID", "LocalAddress", "RemoteAddress"})

_Parsed = dict[str, str | tuple[str, ...]]


class Rejection(Exception):  # noqa: N818 (an outcome that is counted, not an error that is raised on)
    """The block is none of Asterisk's; ``reason`` is one of a few fixed words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_event(block: bytes, *, solicited: bool) -> Event:
    """Parse a block that begins with ``Event: ``. Raise ``Rejection``.

    ``solicited``: it has no ``Privilege`` as its second header, so it can only be an item of a
    list that somebody asked for; such an item carries the action's ``ActionID``.
    """
    headers = _parse_headers(block)
    name = headers["Event"]
    if not isinstance(name, str) or not name:
        raise Rejection("start")
    if solicited:
        if "ActionID" not in headers or "Privilege" in headers:
            raise Rejection("start")
    else:
        _check_privilege(headers)
    return Event(name, headers)


def parse_response(block: bytes) -> Response:
    """Parse a block that begins with ``Response: ``. Raise ``Rejection``."""
    headers = _parse_headers(block)
    return Response(str(headers["Response"]), headers)


def _parse_headers(block: bytes) -> _Parsed:
    if len(block) > MAX_LINE_BYTES and max(map(len, block.split(b"\r\n"))) > MAX_LINE_BYTES:
        raise Rejection("line_too_long")
    # A CR is never part of a UTF-8 sequence, so that a cut character can't swallow a line's end.
    lines = block.decode("utf-8", "replace").split("\r\n")
    try:
        headers = OnceEach([line.split(": ", 1) for line in lines])
    except ValueError:
        lines = [line for line in map(_mend, lines) if line]
        headers = OnceEach([line.split(": ", 1) for line in lines])
    if len(headers) != len(lines):
        return _with_repeats(lines)
    # A dict of one type is a dict of either; copying it only for mypy would cost a tenth.
    return cast(_Parsed, headers)


def _mend(line: str) -> str:
    """Return a line that lacks `": "` as one that has it, or empty when it is no header at all.

    UserEvent(Name,word) writes a line without a colon; it says nothing that a name could find.
    """
    if ": " in line:
        return line
    return f"{line} " if line.endswith(":") and len(line) > 1 else ""


def _with_repeats(lines: list[str]) -> _Parsed:
    collected: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        collected.setdefault(name, []).append(value)
    event = collected.get("Event", [""])[0]
    # With a Privilege it is Asterisk's own event, and its headers are the source's, none twice.
    strict = "Privilege" in collected and event not in FREE_EVENTS
    for name, values in collected.items():
        if len(values) > 1 and not _may_repeat(name, strict=strict):
            raise Rejection("repeated_header")
    return {name: v[0] if len(v) == 1 else tuple(v) for name, v in collected.items()}


def _may_repeat(name: str, *, strict: bool) -> bool:
    if name in REPEATABLE or name.endswith("ChanVariable"):
        return True
    return not strict and name not in NEVER_REPEATED


def _check_privilege(headers: _Parsed) -> None:
    if _is_security(str(headers["Privilege"])):
        if not headers.keys() >= SECURITY_HEADERS:
            raise Rejection("security_headers")
    elif "RemoteAddress" in headers and headers.keys() >= _SECURITY_TAIL:
        raise Rejection("security_headers")


@lru_cache(maxsize=64)
def _is_security(privilege: str) -> bool:
    """Tell whether an event is of the class security. Raise ``Rejection`` for no class at all."""
    classes = privilege.split(",")
    if not PRIVILEGES.issuperset(classes):
        raise Rejection("privilege")
    return "security" in classes
