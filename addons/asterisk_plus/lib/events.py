"""Reading AMI events: which ones are wanted, which call and channel they speak of.

An event is a flat dict, header -> text (a list of texts when Asterisk repeats the header). A stranger chooses caller
ids and names, so nothing here raises: what is missing or odd reads as empty.
"""

from __future__ import annotations

import math
import re
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

MAX_ID = 150  # channel.h AST_MAX_UNIQUEID, AST_CHANNEL_NAME 80, with room for a system name
MAX_TEXT = 80  # channel.h AST_MAX_EXTENSION and caller id names as phones show them
# A click's channels, one for each phone that rings (models/server_originate.py). Asterisk's own names have no such form.
CLICK = re.compile(r"(odoo-[0-9a-f]{16}-[0-9]{1,12})\.[0-9]{1,2}\Z")
# The channel of who listens to a call (models/call_control.py): it is in no call.
LISTENER = re.compile(r"odoo-spy-[0-9a-f]{16}-[0-9]{1,12}\.1\Z")
# The channels by which a recording's tone is played (func_periodic_hook.c: full_exten_name): they spy, too.
TONE = "Local/hook@__func_periodic_hook_context__"
NOTHING = ("", "<unknown>", "<null>", "unknown", "(null)")


# What applications leave behind when they end: app_dial.c, app_queue.c, app_voicemail.c.
STATUSES = ("DIALSTATUS", "QUEUESTATUS", "VMSTATUS")


class MapRow(NamedTuple):
    """One row that the events map must hold: the event's name and the condition under which it is wanted."""

    name: str
    condition: str


WANTED_EVENTS: Tuple[MapRow, ...] = (
    MapRow("Newchannel", ""),
    MapRow("Newstate", ""),
    MapRow("DialBegin", ""),
    MapRow("DialEnd", ""),
    MapRow("BridgeEnter", ""),
    MapRow("BridgeLeave", ""),
    MapRow("HangupRequest", ""),
    MapRow("Hangup", ""),
    MapRow("OriginateResponse", ""),
    MapRow("QueueCallerJoin", ""),
    MapRow("BlindTransfer", ""),
    MapRow("AttendedTransfer", ""),
    MapRow("Pickup", ""),
    MapRow("ParkedCall", ""),
    MapRow("UnParkedCall", ""),
    MapRow("VarSet", " or ".join('event["Variable"] == "%s"' % name for name in STATUSES)),
)


class Snapshot(NamedTuple):
    """What Asterisk says of one channel in an event (manager_channels.c: ast_manager_build_channel_state_string)."""

    uniqueid: str
    linkedid: str
    channel: str
    state: str
    caller_num: str
    caller_name: str
    connected_num: str
    connected_name: str
    exten: str
    context: str


def text(event: Dict[str, Any], header: str, limit: int = MAX_TEXT) -> str:
    """Return a header's text, cut to `limit`; empty when missing or when Asterisk says that it does not know."""
    value = event.get(header, "")
    if isinstance(value, (list, tuple)):
        value = value[-1] if value else ""
    if not isinstance(value, str):
        return ""
    value = value.strip()[:limit]
    return "" if value in NOTHING else value


def home(linkedid: str) -> str:
    """Return the Linkedid of the call that a channel belongs to: all phones that one click rings are one call, the first's.
    """
    match = CLICK.match(linkedid)
    return match.group(1) + ".1" if match else linkedid


def snapshot(event: Dict[str, Any], prefix: str = "") -> Optional[Snapshot]:
    """Return the channel that the event describes under `prefix` ("", "Dest", "Transferer" ...), None if there is none.
    """
    uniqueid = text(event, prefix + "Uniqueid", MAX_ID)
    if not uniqueid:
        return None
    linkedid = home(text(event, prefix + "Linkedid", MAX_ID))
    channel = text(event, prefix + "Channel", MAX_ID)
    rest = (
        "ChannelStateDesc",
        "CallerIDNum",
        "CallerIDName",
        "ConnectedLineNum",
        "ConnectedLineName",
        "Exten",
        "Context",
    )
    return Snapshot(uniqueid, linkedid, channel, *(text(event, prefix + name) for name in rest))


def event_time(event: Dict[str, Any]) -> Optional[float]:
    """Return when Asterisk said it (Unix seconds), None when the event does not tell."""
    try:
        seconds = float(text(event, "EventTime"))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def cause_of(event: Dict[str, Any]) -> Optional[int]:
    """Return the event's hang-up cause (causes.h), None when it has none."""
    cause = text(event, "Cause", 4)
    return int(cause) if cause.isdigit() and cause.isascii() and len(cause) < 4 else None


def _prefixes(event: Dict[str, Any]) -> Tuple[str, ...]:
    name = event.get("Event")
    if name in ("DialBegin", "DialEnd", "DialState"):
        return ("", "Dest")
    if name == "Pickup":
        return ("Target", "")
    if name == "BlindTransfer":
        return ("Transferee", "Transferer")
    if name == "AttendedTransfer":
        return ("OrigTransferer", "SecondTransferer", "Transferee", "TransferTarget")
    if name in ("ParkedCall", "UnParkedCall"):
        return ("Parkee", "Retriever")
    return ("",)


def snapshots(event: Dict[str, Any]) -> List[Snapshot]:
    """Return every channel that the event describes, the one whose call the event belongs to first."""
    found = (snapshot(event, prefix) for prefix in _prefixes(event))
    return [one for one in found if one is not None]


def linkedid_of(event: Dict[str, Any]) -> str:
    """Return the Linkedid of the call that the event belongs to, empty when it says none.

    OriginateResponse has no Linkedid; an originated channel's Uniqueid is its Linkedid (manager.c: fast_originate).
    """
    for one in snapshots(event):
        if one.linkedid:
            return one.linkedid
    if event.get("Event") == "OriginateResponse":
        return home(text(event, "Uniqueid", MAX_ID))
    return ""


def keys_of(events: Iterable[Dict[str, Any]]) -> Tuple[Set[str], Set[str]]:
    """Return the Linkedids and the Uniqueids that the events name: the calls, and the channels' calls, to load."""
    linkedids: Set[str] = set()
    uniqueids: Set[str] = set()
    for event in events:
        linkedids.add(linkedid_of(event))
        for one in snapshots(event):
            linkedids.add(one.linkedid)
            uniqueids.add(one.uniqueid)
    return linkedids - {""}, uniqueids


def is_listeners(event: Dict[str, Any]) -> bool:
    """Tell whether the event is about the channel of who listens to a call. ChanSpy joins no bridge and no call."""
    # DialBegin and DialEnd of an Originate name it as the called one only.
    return any(LISTENER.match(name) for one in snapshots(event) for name in (one.uniqueid, one.linkedid))


def is_tones(event: Dict[str, Any]) -> bool:
    """Tell whether the event is about the channels that play the tone of a recording (MixMonitor's option B)."""
    return any(one.channel.startswith(TONE) for one in snapshots(event))


def endpoint_of(channel: str) -> str:
    """Return the endpoint of a channel: "PJSIP/101-0000a1" -> "PJSIP/101", "Local/5@x-00000004;1" -> "Local/5@x"."""
    name = channel.split("<", 1)[0]  # PJSIP/101-00000001<ZOMBIE>, <MASQ>
    if name.startswith("AsyncGoto/"):
        name = name[len("AsyncGoto/") :]
    if name[-2:] in (";1", ";2"):
        name = name[:-2]
    head, dash, _tail = name.rpartition("-")
    return head if dash else name


# Channels that Asterisk makes for itself: nobody stands behind them.
TECHNICAL = (
    "Local",
    "CBAnn",
    "CBRec",
    "Recorder",
    "Announcer",
    "Surrogate",
    "Message",
    "Snoop",
    "Bridge",
    "MulticastRTP",
    "UnicastRTP",
)


def is_person(channel: str) -> bool:
    """Tell whether somebody (a phone, a trunk) stands behind the channel, not Asterisk itself."""
    technology, slash, _rest = endpoint_of(channel).partition("/")
    return bool(slash) and technology not in TECHNICAL
