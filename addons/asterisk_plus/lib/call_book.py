"""Several calls at once: which of them an event belongs to, also when a channel changes its Linkedid.

An attended transfer, a pickup, a retrieved parked call and a conference bring channels of two calls together; Asterisk then gives
all of them the older Linkedid (channel.c: ast_channel_set_linkgroup). There is no event for it: the channel's next event says so. The channel goes on
as a leg of the other call; its first call keeps the leg as it was until then, and `linked_to`.
"""
from __future__ import annotations

from typing import Any, Dict, Iterable

from .call_state import CallState
from .events import Snapshot, event_time, linkedid_of, snapshots


class CallBook:
    """The calls that a batch of events touches."""

    def __init__(self, states: Iterable[CallState] = ()) -> None:
        self.states = {state.linkedid: state for state in states}
        self.touched = {}  # type: Dict[str, CallState]

    def apply(self, event: Dict[str, Any]) -> None:
        """Take in one event; the calls that it changed are in `touched`. Never raise."""
        for shot in snapshots(event):
            self._follow(shot, event)
        linkedid = self._home(linkedid_of(event), event)
        if linkedid:
            self._state(linkedid).apply(event)

    def _home(self, linkedid: str, event: Dict[str, Any]) -> str:
        """Return the call in which the event's first channel lives now."""
        for shot in snapshots(event)[:1]:
            state = self.states.get(linkedid or self._where(shot.uniqueid))
            while state is not None and state.knows(shot.uniqueid) and state.legs[shot.uniqueid].moved_to:
                linkedid = state.legs[shot.uniqueid].moved_to
                state = self._state(linkedid)
                if linkedid == shot.linkedid:
                    break
        return linkedid

    def _where(self, uniqueid: str) -> str:
        return next((key for key, state in self.states.items() if state.knows(uniqueid)), "")

    def _follow(self, shot: Snapshot, event: Dict[str, Any]) -> None:
        """Move a channel whose Linkedid has changed to its new call."""
        if not shot.linkedid:
            return
        for state in list(self.states.values()):
            leg = state.legs.get(shot.uniqueid)
            if leg is None or state.linkedid == shot.linkedid or not leg.is_active:
                continue
            if leg.joined and self._came_from(shot):
                continue  # a late word from before the change
            time = event_time(event) or state.last_time
            self._state(shot.linkedid).receive(leg, time)
            leg.move(shot.linkedid, time)
            self.touched[state.linkedid] = state

    def _came_from(self, shot: Snapshot) -> bool:
        old = self.states.get(shot.linkedid)
        return old is not None and old.knows(shot.uniqueid) and bool(old.legs[shot.uniqueid].moved)

    def _state(self, linkedid: str) -> CallState:
        if linkedid not in self.states:
            self.states[linkedid] = CallState(linkedid)
        self.touched[linkedid] = self.states[linkedid]
        return self.states[linkedid]
