"""Ask Asterisk to say less: which classes of events, and which events, a connection needs.

``EventMask`` (action Events, no right needed) leaves out whole classes; it can be changed at any
time. A ``Filter`` leaves out single events, but Asterisk has it only for accounts with
``write=system``, which reads configuration files and all secrets in them: our sample account has
it not, and then nothing is filtered. Filters can't be taken back: a later one only adds.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Collection, Iterable

from asterisk_agent.ami.protocol import Wanted
from asterisk_agent.ami.session import AMISession
from asterisk_agent.core.errors import AgentError

_log = logging.getLogger(__name__)

#: Asterisk's classes of the events that recordings of 16 and 22 show (tests/data/ami). An event
#: that is not here may be of any class, and then nothing is masked.
_CLASSES = {
    "call": (
        "AttendedTransfer BlindTransfer BridgeCreate BridgeDestroy BridgeEnter BridgeLeave "
        "BridgeMerge ConfbridgeEnd ConfbridgeJoin ConfbridgeLeave ConfbridgeStart "
        "DeviceStateChange DialBegin DialEnd DialState Hangup HangupRequest Hold LocalBridge "
        "MixMonitorStart MusicOnHoldStart MusicOnHoldStop NewCallerid NewConnectedLine Newchannel "
        "Newstate OriginateResponse ParkedCall ParkedCallGiveUp Pickup SoftHangupRequest "
        "UnParkedCall Unhold"
    ),
    "dialplan": "Newexten VarSet",
    "system": "FullyBooted",
    "agent": (
        "AgentCalled AgentComplete AgentConnect AgentRingNoAnswer QueueCallerAbandon "
        "QueueCallerJoin QueueCallerLeave QueueMemberPause QueueMemberStatus"
    ),
    "cdr": "Cdr",
    "dtmf": "DTMFBegin DTMFEnd",
    "security": "ChallengeSent SuccessfulAuth",
}
CLASS_OF = {name: one for one, names in _CLASSES.items() for name in names.split()}
EVERYTHING = "on"
#: Asterisk takes no line of more than 1024 bytes (manager.c: inbuf).
_MAX_NAMES_CHARS = 800
_ALL_EVENTS = "^Event: "
_NAME = re.compile(r"\w+", re.ASCII)


def event_mask(names: Collection[str] | None) -> str:
    """Given the wanted events, ``None`` for all, return the ``EventMask`` that leaves them in."""
    if names is None or not all(name in CLASS_OF for name in names):
        return EVERYTHING
    # Never none: "off" would silence what Asterisk says of itself, too.
    return ",".join(sorted({"system", *(CLASS_OF[name] for name in names)}))


def filters(names: Iterable[str]) -> list[str]:
    """Return the ``Filter`` expressions that let these events through, and are whole lines."""
    found: list[str] = []
    line = ""
    for name in sorted(name for name in names if _NAME.fullmatch(name)):
        if line and len(line) + len(name) > _MAX_NAMES_CHARS:
            found.append(line)
            line = ""
        line = f"{line}|{name}" if line else name
    lines = [*found, line] if line else found
    return [f"^Event: ({names})[[:cntrl:]]" for names in lines]


class Narrowing:
    """Tell each connection what is wanted of it, when it begins and when that changes."""

    def __init__(self) -> None:
        self._mask = EVERYTHING
        self._may_filter = False
        self._filtered: frozenset[str] = frozenset()
        #: A filter lets everything through, and no filter can be taken back.
        self._open = False
        self._told = False
        self._lock = threading.Lock()

    def begin(self, session: AMISession, wanted: Wanted, timeout_s: float) -> None:
        """Narrow a new connection, which hears everything. Raise ``AmiUnreachableError``."""
        self._mask, self._filtered, self._open = EVERYTHING, frozenset(), False
        self._may_filter = wanted is not None and self._ask_rights(session, timeout_s)
        for pairs in self._actions(wanted):
            session.call(pairs, timeout_s)

    def change(self, session: AMISession, wanted: Callable[[], Wanted]) -> None:
        """Narrow otherwise from now on, if need be; waits for no answer, never raises.

        ``wanted`` is asked when it is this call's turn: of two at once the later word counts.
        """
        with self._lock:
            try:
                for pairs in self._actions(wanted()):
                    session.tell(pairs)
            except AgentError as exc:
                # The reader sees the loss too, and the next connection begins anew.
                _log.debug("not narrowed: %s", exc.code)

    def _ask_rights(self, session: AMISession, timeout_s: float) -> bool:
        # Asked, not tried: what is denied stands in Asterisk's security log.
        answer = session.call([("Action", "ListCommands")], timeout_s)
        may = bool(answer) and "Filter" in answer[0]
        if not may and not self._told:
            self._told = True
            _log.info("no write=system: Asterisk masks classes of events, and filters none")
        return may

    def _actions(self, wanted: Wanted) -> list[list[tuple[str, str]]]:
        names = None if wanted is None else frozenset(wanted)
        mask = event_mask(names)
        found = [[("Action", "Events"), ("EventMask", mask)]] if mask != self._mask else []
        self._mask = mask
        if not self._may_filter:
            return found
        # A wider filter goes before a wider mask: nothing of it may slip through unheard.
        add = [("Action", "Filter"), ("Operation", "Add")]
        return [[*add, ("Filter", text)] for text in self._new_filters(names)] + found

    def _new_filters(self, names: frozenset[str] | None) -> list[str]:
        known = self._filtered
        if self._open:
            return []
        if names is None:
            # A connection without any filter lets everything through.
            self._open = bool(known)
            return [_ALL_EVENTS] if known else []
        self._filtered = names | known
        return filters(names - known)
