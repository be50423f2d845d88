"""The state of one call: events in, observations kept. What they mean is judged by verdict.py.

Asterisk keeps the order within a channel, not between channels, and the way to Odoo may repeat an event. So a handler only ever
adds an observation (a time, an outcome) that a second or later telling does not change, and nothing decides before all is asked
for. Sizes are bounded: whoever calls chooses how long a call rings and how many phones.
"""
from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from .events import MAX_ID, Snapshot, cause_of, endpoint_of, event_time, snapshot, text
from .facts import CallFacts
from .leg import Leg, Stay

MAX_LEGS = 60  # a queue that rings ten phones every 15 s makes more: the oldest unanswered are forgotten
MAX_MARKS = 60
MAX_RUNG = 60
VERSION = 1


class CallState:
    """One call, by its Linkedid."""

    def __init__(self, linkedid: str) -> None:
        self.linkedid = linkedid[:MAX_ID]
        self.legs = {}  # type: Dict[str, Leg]
        self.marks = []  # type: List[List[Any]]  # [time, kind, words...]
        self.rung = []  # type: List[str]  # endpoints that rang on legs since forgotten
        self.outcomes = {}  # type: Dict[str, List[Any]]  # DIALSTATUS, QUEUESTATUS: [time, last word]
        self.click = {}  # type: Dict[str, Any]
        self.closed = {}  # type: Dict[str, Any]
        self.last_time = 0.0
        self.forgotten_until = 0.0

    @classmethod
    def originated(cls, linkedid: str, time: float, calling_endpoint: str, called_number: str) -> "CallState":
        """Return the state of a click-to-call that Asterisk has not heard of: active until events or close() end it."""
        state = cls(linkedid)
        state.click = {"time": float(time), "endpoint": calling_endpoint[:MAX_ID], "number": called_number[:80]}
        state.last_time = float(time)
        return state

    # -- keeping ---------------------------------------------------------------------------------

    def to_json(self) -> str:
        data = {"v": VERSION, "linkedid": self.linkedid, "legs": [leg.to_dict() for leg in self.legs.values()]}
        for name in ("marks", "rung", "outcomes", "click", "closed", "last_time", "forgotten_until"):
            if getattr(self, name):
                data[name] = getattr(self, name)
        return json.dumps(data, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, stored: str) -> "CallState":
        """Return the state that to_json() wrote. Raise ValueError for anything else."""
        data = json.loads(stored)
        if not isinstance(data, dict) or data.get("v") != VERSION:
            raise ValueError("not a call state of version %d" % VERSION)
        state = cls(data["linkedid"])
        for name in ("marks", "rung", "outcomes", "click", "closed", "last_time", "forgotten_until"):
            if name in data:
                setattr(state, name, data[name])
        for stored_leg in data["legs"]:
            leg = Leg.from_dict(stored_leg)
            state.legs[leg.uniqueid] = leg
        return state

    # -- events ----------------------------------------------------------------------------------

    def apply(self, event: Dict[str, Any]) -> None:
        """Take in one AMI event. Never raise: what is odd in it is not observed."""
        handler = HANDLERS.get(text(event, "Event"))
        if handler is None:
            return
        time = event_time(event) or self.last_time
        self.last_time = max(self.last_time, time)
        handler(self, event, time)

    def close(self, time: float, reason: str) -> None:
        """End whatever is active at `time`, with a reason of our own (lost contact, failed originate)."""
        self.reconcile((), time, reason)
        if not self.legs:
            self.closed = {"time": float(time), "reason": reason[:200]}

    def reconcile(self, live_uniqueids: Iterable[str], time: float, reason: str) -> None:
        """End each active leg that began before `time` and is not among the live ones."""
        live = set(live_uniqueids)
        for leg in self.legs.values():
            if leg.is_active and leg.uniqueid not in live and leg.started <= time:
                leg.end(float(time))
                leg.closed_reason = reason[:200]
        self.last_time = max(self.last_time, float(time))

    def see(self, shot: Snapshot, event: Dict[str, Any]) -> None:
        """Take note of a channel of this call that an event of another call tells of."""
        self.leg_of(shot, event_time(event) or self.last_time)

    def receive(self, leg: Leg, time: float) -> None:
        """Go on with a channel that came from another call (its Linkedid changed to ours)."""
        if leg.uniqueid in self.legs:
            return
        mine = Leg.from_dict({"uniqueid": leg.uniqueid, "channel": leg.channel, "state": leg.state, "joined": time})
        mine.first_num, mine.first_name = leg.first_num, leg.first_name
        mine.caller_num, mine.caller_name = leg.caller_num, leg.caller_name
        mine.answered_as, mine.started, mine.seen = leg.answered_as, time, leg.seen
        mine.stays = [Stay(stay.bridge, time) for stay in leg.stays if stay.left is None]
        self.legs[leg.uniqueid] = mine
        self._forget()

    def knows(self, uniqueid: str) -> bool:
        return uniqueid in self.legs

    def outcome(self, variable: str) -> str:
        """Return the last word of DIALSTATUS (app_dial.c) or QUEUESTATUS (app_queue.c), empty for none."""
        return str(self.outcomes.get(variable, [0, ""])[1])

    @property
    def click_times(self) -> Tuple[float, ...]:
        return (self.click["time"],) if "time" in self.click else ()

    @property
    def queues(self) -> List[str]:
        """The queues that held the caller, in their order."""
        return [mark[2] for mark in sorted(self.marks) if mark[1] == "queue_join" and mark[2]]

    @property
    def is_active(self) -> bool:
        if self.legs:
            return any(leg.is_active for leg in self.legs.values())
        return not self.closed

    def facts(self, owner_of: Callable[[str], Optional[int]]) -> CallFacts:
        """Return the truth as it is known now; `owner_of(endpoint)` names the PBX user of an endpoint like "PJSIP/101"."""
        from .verdict import judge

        return judge(self, owner_of)

    # -- handlers --------------------------------------------------------------------------------

    def leg_of(self, shot: Optional[Snapshot], time: float) -> Optional[Leg]:
        """Return the leg of a snapshot, brought up to date; None when there is none, or it is long forgotten."""
        if shot is None:
            return None
        leg = self.legs.get(shot.uniqueid)
        if leg is None:
            if self.forgotten_until and time <= self.forgotten_until:
                return None
            leg = self.legs[shot.uniqueid] = Leg(shot.uniqueid)
            self._forget()
        if leg.closed_reason and time > leg.ended:  # it was closed by us in error: it lives
            leg.ended, leg.closed_reason = 0, ""
        leg.look(shot, time)
        return leg

    def _forget(self) -> None:
        """Forget the oldest ended leg that nobody answered, when there are too many."""
        if len(self.legs) <= MAX_LEGS:
            return
        ended = [leg for leg in self.legs.values() if leg.ended and not leg.stays and leg.uniqueid != self.linkedid]
        for leg in sorted(ended, key=lambda one: one.started)[:1]:
            self._remember_rung(leg.dialled_as)
            self.forgotten_until = max(self.forgotten_until, leg.ended)
            del self.legs[leg.uniqueid]

    def _remember_rung(self, endpoint: str) -> None:
        if endpoint and endpoint not in self.rung and len(self.rung) < MAX_RUNG:
            self.rung.append(endpoint)

    def mark(self, time: float, kind: str, *words: str) -> None:
        """Keep one step of the call's story, once."""
        entry = [time, kind] + list(words)
        if entry not in self.marks and len(self.marks) < MAX_MARKS:
            self.marks.append(entry)

    def _on_channel(self, event: Dict[str, Any], time: float) -> None:
        """Newchannel, Newstate, and the live list's CoreShowChannel."""
        leg = self.leg_of(snapshot(event), time)
        if leg is None:
            return
        if text(event, "ChannelStateDesc") == "Ringing" and not leg.ended:
            leg.ringing = min(leg.ringing or time, time)
            leg.dialled_as = leg.dialled_as or endpoint_of(leg.channel)
        bridge = text(event, "BridgeId", MAX_ID)
        if bridge and event.get("Event") == "CoreShowChannel":
            leg.enter(bridge, time)

    def _on_dial_begin(self, event: Dict[str, Any], time: float) -> None:
        caller = self.leg_of(snapshot(event), time)
        leg = self.leg_of(snapshot(event, "Dest"), time)
        if leg is None:
            return
        leg.dialled = min(leg.dialled or time, time)
        leg.dialled_by = caller.uniqueid if caller is not None else leg.dialled_by
        leg.dialled_as = leg.dialled_as or endpoint_of(leg.channel)

    def _on_dial_end(self, event: Dict[str, Any], time: float) -> None:
        self._on_dial_begin_parties(event, time)
        shot = snapshot(event, "Dest")
        leg = self.leg_of(shot, time)
        if leg is None or shot is None:
            return
        status = text(event, "DialStatus", 20)
        if status == "ANSWER":
            leg.dial_answered = min(leg.dial_answered or time, time)
            leg.answered_as = leg.answered_as or endpoint_of(shot.channel)
        if not leg.dial_ended or time < leg.dial_ended:  # a queue says it twice
            leg.dial_status, leg.dial_ended = status, time
        forward = text(event, "Forward")
        if forward:
            self.mark(time, "forward", endpoint_of(shot.channel), forward)

    def _on_dial_begin_parties(self, event: Dict[str, Any], time: float) -> None:
        """A DialEnd whose DialBegin was missed still tells who dialled whom."""
        caller = self.leg_of(snapshot(event), time)
        leg = self.leg_of(snapshot(event, "Dest"), time)
        if caller is not None and leg is not None:
            leg.dialled_by = leg.dialled_by or caller.uniqueid

    def _on_bridge_enter(self, event: Dict[str, Any], time: float) -> None:
        leg = self.leg_of(snapshot(event), time)
        if leg is None or text(event, "BridgeTechnology") == "holding_bridge":
            return  # parked callers share a holding bridge, and do not hear each other
        leg.enter(text(event, "BridgeUniqueid", MAX_ID), time)

    def _on_bridge_leave(self, event: Dict[str, Any], time: float) -> None:
        leg = self.leg_of(snapshot(event), time)
        if leg is not None:
            leg.leave(text(event, "BridgeUniqueid", MAX_ID), time)

    def _on_hangup_request(self, event: Dict[str, Any], time: float) -> None:
        leg = self.leg_of(snapshot(event), time)
        if leg is not None and not (leg.hangup_asked and leg.hangup_asked <= time):
            leg.hangup_asked, leg.own_cause = time, cause_of(event)

    def _on_hangup(self, event: Dict[str, Any], time: float) -> None:
        leg = self.leg_of(snapshot(event), time)
        if leg is None or (leg.ended and not leg.closed_reason):
            return
        leg.end(min(leg.ended or time, time))
        leg.closed_reason = ""
        leg.cause = cause_of(event)
        leg.cause_txt = text(event, "Cause-txt")

    def _on_originate_response(self, event: Dict[str, Any], time: float) -> None:
        channel = text(event, "Channel", MAX_ID)
        if not self.click:  # originated by somebody else
            endpoint = endpoint_of(channel) if self.legs else channel
            self.click = {"endpoint": endpoint, "number": text(event, "Exten")}
        if text(event, "Response") == "Failure" and not self.legs:
            self.closed = {"time": time, "reason": ""}

    def _on_queue_join(self, event: Dict[str, Any], time: float) -> None:
        if self.leg_of(snapshot(event), time) is not None:
            self.mark(time, "queue_join", text(event, "Queue"))

    def _on_var_set(self, event: Dict[str, Any], time: float) -> None:
        leg = self.leg_of(snapshot(event), time)
        variable, value = text(event, "Variable"), text(event, "Value", 20)
        if leg is not None and variable in ("DIALSTATUS", "QUEUESTATUS") and value:
            if time >= self.outcomes.get(variable, [0])[0]:
                self.outcomes[variable] = [time, value]
            if variable == "QUEUESTATUS":
                self.mark(time, "queue_status", value)

    def _on_blind_transfer(self, event: Dict[str, Any], time: float) -> None:
        if text(event, "Result") == "Success":
            by = endpoint_of(text(event, "TransfererChannel", MAX_ID))
            self.mark(time, "blind", by, text(event, "Extension"))

    def _on_attended_transfer(self, event: Dict[str, Any], time: float) -> None:
        if text(event, "Result") == "Success":
            by = endpoint_of(text(event, "OrigTransfererChannel", MAX_ID))
            self.mark(time, "attended", by, text(event, "SecondTransfererConnectedLineNum"))

    def _on_pickup(self, event: Dict[str, Any], time: float) -> None:
        by = endpoint_of(text(event, "Channel", MAX_ID))
        self.mark(time, "pickup", by, endpoint_of(text(event, "TargetChannel", MAX_ID)))

    def _on_park(self, event: Dict[str, Any], time: float) -> None:
        kind = "park" if event["Event"] == "ParkedCall" else "retrieve"
        by = text(event, "ParkerDialString" if kind == "park" else "RetrieverChannel", MAX_ID)
        self.mark(time, kind, by if kind == "park" else endpoint_of(by), text(event, "ParkingSpace"))


HANDLERS = {
    "Newchannel": CallState._on_channel,
    "Newstate": CallState._on_channel,
    "CoreShowChannel": CallState._on_channel,
    "DialBegin": CallState._on_dial_begin,
    "DialEnd": CallState._on_dial_end,
    "BridgeEnter": CallState._on_bridge_enter,
    "BridgeLeave": CallState._on_bridge_leave,
    "HangupRequest": CallState._on_hangup_request,
    "Hangup": CallState._on_hangup,
    "OriginateResponse": CallState._on_originate_response,
    "QueueCallerJoin": CallState._on_queue_join,
    "VarSet": CallState._on_var_set,
    "BlindTransfer": CallState._on_blind_transfer,
    "AttendedTransfer": CallState._on_attended_transfer,
    "Pickup": CallState._on_pickup,
    "ParkedCall": CallState._on_park,
    "UnParkedCall": CallState._on_park,
}
