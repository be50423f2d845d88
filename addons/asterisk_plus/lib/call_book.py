"""Several calls at once: which of them an event belongs to, also when a channel changes its Linkedid.

An attended transfer, a pickup, a retrieved parked call and a conference bring channels of two calls together; Asterisk
then gives all of them the oldest Linkedid (bridge_basic.c: bridge_basic_push; a conference does not). No event tells;
the channel's next one has the other Linkedid. The channel then goes on as a leg of that call; its first call keeps the
leg as it was until then, and `linked_to`.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List

from .call_state import CallState
from .events import Snapshot, event_time, is_listeners, is_tones, linkedid_of, snapshots
from .leg import Leg

# The last words of a call that we know nothing of do not make a call.
LAST_WORDS = ("OriginateResponse", "VarSet", "HangupRequest", "BridgeLeave", "Hangup")
MEETINGS = ("BridgeEnter", "AttendedTransfer")
DIAL = ("DialBegin", "DialEnd")
MAX_HOPS = 10


class CallBook:
    """The calls that a batch of events touches."""

    def __init__(self, states: Iterable[CallState] = ()) -> None:
        self.states = {state.linkedid: state for state in states}
        self.touched: Dict[str, CallState] = {}

    def apply(self, event: Dict[str, Any]) -> None:
        """Take in one event; the calls that it changed are in `touched`. Never raise."""
        if is_listeners(event) or is_tones(event):
            return
        shots = snapshots(event)
        linkedid = linkedid_of(event)
        if shots:
            linkedid = self._home(linkedid, shots[0].uniqueid)
        if linkedid not in self.states and event.get("Event") in LAST_WORDS + ("",):
            return
        for shot in shots:
            self._follow(shot, event)
        if linkedid:
            self._touch(linkedid).apply(event)
        if event.get("Event") in MEETINGS:
            self._join()

    def _home(self, linkedid: str, uniqueid: str) -> str:
        """Return the call in which a channel lives now: a late event may have its old Linkedid."""
        for _ in range(MAX_HOPS):
            state = self.states.get(linkedid)
            leg = state.legs.get(uniqueid) if state is not None else None
            if leg is None or not leg.moved_to or leg.moved_to not in self.states:
                break
            linkedid = leg.moved_to
        return linkedid

    def _follow(self, shot: Snapshot, event: Dict[str, Any]) -> None:
        """Move a channel that is in another call than the event says."""
        home = self._home(shot.linkedid, shot.uniqueid)
        if event.get("Event") in DIAL and shot.linkedid != linkedid_of(event):
            self._touch(shot.linkedid).see(shot, event)  # a pickup: a channel of another call answers this one's Dial
            home = linkedid_of(event)
        for state in list(self.states.values()):
            leg = state.legs.get(shot.uniqueid)
            if leg is not None and home and state.linkedid != home and leg.is_active:
                self._move(leg, state, home, event_time(event) or state.last_time)

    def _join(self) -> None:
        """Do at once what Asterisk does when channels of two calls meet in a bridge: all get the oldest call's
        Linkedid.
        """
        for bridge, states in self._meetings().items():
            oldest, *others = sorted(states, key=lambda state: (state.first_started, state.linkedid))
            for state in others:
                for leg in [leg for leg in state.legs.values() if leg.bridge == bridge]:
                    self._move(leg, state, oldest.linkedid, max(state.last_time, oldest.last_time))

    def _meetings(self) -> Dict[str, List[CallState]]:
        """Return the bridges in which channels of several calls are, with these calls."""
        there: Dict[str, List[CallState]] = {}
        for state in self.states.values():
            for bridge in {leg.bridge for leg in state.legs.values() if leg.bridge}:
                there.setdefault(bridge, []).append(state)
        return {bridge: states for bridge, states in there.items() if len(states) > 1}

    def _move(self, leg: Leg, state: CallState, home: str, time: float) -> None:
        leg.move(home, self._touch(home).receive(leg, time))
        self._touch(state.linkedid)

    def _touch(self, linkedid: str) -> CallState:
        if linkedid not in self.states:
            self.states[linkedid] = CallState(linkedid)
        self.touched[linkedid] = self.states[linkedid]
        return self.states[linkedid]
