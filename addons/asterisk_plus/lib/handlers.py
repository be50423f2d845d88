"""What each AMI event lets us observe of a call. One function an event; none decides anything.

A second or later telling of the same event changes nothing: the earliest time, the first outcome, or the last word by
Asterisk's own time is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from .click import fail, waits
from .events import MAX_ID, STATUSES, cause_of, endpoint_of, snapshot, text

if TYPE_CHECKING:
    from .call_state import CallState
    from .leg import Leg

# Kinds of the timeline's lines.
STORIES = {"QUEUESTATUS": "queue_status", "VMSTATUS": "voicemail"}


def on_channel(state: CallState, event: Dict[str, Any], time: float) -> None:
    """Newchannel, Newstate."""
    leg = state.leg_of(snapshot(event), time)
    if leg is not None and text(event, "ChannelStateDesc") == "Ringing" and not leg.ended:
        leg.ringing = min(leg.ringing or time, time)
        leg.dialled_as = leg.dialled_as or endpoint_of(leg.channel)


def on_live_channel(state: CallState, event: Dict[str, Any], time: float) -> None:
    """CoreShowChannel: a channel of the live list, in the bridge that it is in now."""
    on_channel(state, event, time)
    leg = state.legs.get(text(event, "Uniqueid", MAX_ID))
    if leg is None or not leg.is_active:
        return
    bridge = text(event, "BridgeId", MAX_ID)
    if bridge:
        leg.enter(bridge, time, basic=False)  # maybe a conference: the list does not tell
    else:
        leg.leave_all(time)


def on_dial_begin(state: CallState, event: Dict[str, Any], time: float) -> None:
    leg = _dialled_leg(state, event, time)
    if leg is not None:
        leg.dialled = min(leg.dialled or time, time)
        leg.dialled_as = leg.dialled_as or endpoint_of(leg.channel)


def on_dial_end(state: CallState, event: Dict[str, Any], time: float) -> None:
    leg = _dialled_leg(state, event, time)
    if leg is None:
        return
    endpoint, status = endpoint_of(text(event, "DestChannel", MAX_ID)), text(event, "DialStatus", 20)
    if status == "ANSWER":
        leg.dial_answered = min(leg.dial_answered or time, time)
        leg.answered_as = leg.answered_as or endpoint
    if not leg.dial_ended or time < leg.dial_ended:  # a queue says it twice
        leg.dial_status, leg.dial_ended = status, time
    forward = text(event, "Forward")
    if forward:
        state.mark(time, "forward", endpoint, forward)


def _dialled_leg(state: CallState, event: Dict[str, Any], time: float) -> Optional[Leg]:
    """Return the leg that is dialled; an originate has no channel that dials (dial.c)."""
    caller = state.leg_of(snapshot(event), time)
    leg = state.leg_of(snapshot(event, "Dest"), time)
    if caller is not None and leg is not None:
        leg.dialled_by = leg.dialled_by or caller.uniqueid
    return leg


def on_bridge_enter(state: CallState, event: Dict[str, Any], time: float) -> None:
    leg = state.leg_of(snapshot(event), time)
    if leg is None or text(event, "BridgeTechnology") == "holding_bridge":
        return  # parked callers share a holding bridge, and do not hear each other
    leg.enter(text(event, "BridgeUniqueid", MAX_ID), time, text(event, "BridgeType") != "base")
    if text(event, "BridgeCreator") == "ConfBridge":
        state.mark(time, "conference", endpoint_of(leg.channel), text(event, "BridgeName"))


def on_bridge_leave(state: CallState, event: Dict[str, Any], time: float) -> None:
    leg = state.leg_of(snapshot(event), time)
    if leg is not None:
        leg.leave(text(event, "BridgeUniqueid", MAX_ID), time)


def on_hangup_request(state: CallState, event: Dict[str, Any], time: float) -> None:
    leg = state.leg_of(snapshot(event), time)
    if leg is not None and not (leg.hangup_asked and leg.hangup_asked <= time):
        leg.hangup_asked, leg.own_cause = time, cause_of(event)


def on_hangup(state: CallState, event: Dict[str, Any], time: float) -> None:
    leg = state.leg_of(snapshot(event), time)
    if leg is None or (leg.ended and not leg.closed_reason):
        return
    leg.end(min(leg.ended or time, time))
    leg.closed_reason = ""
    leg.cause = cause_of(event)
    leg.cause_txt = text(event, "Cause-txt")


def on_originate_response(state: CallState, event: Dict[str, Any], time: float) -> None:
    channel = text(event, "Channel", MAX_ID)
    if not state.click:  # originated by somebody else
        endpoint = endpoint_of(channel) if state.legs else channel
        state.click = {"endpoint": endpoint, "number": text(event, "Exten")}
    if text(event, "Response") == "Failure":
        fail(state, text(event, "Uniqueid", MAX_ID))
        if not state.legs and not waits(state):
            state.closed = {"time": time, "reason": ""}


def on_queue_join(state: CallState, event: Dict[str, Any], time: float) -> None:
    if state.leg_of(snapshot(event), time) is not None:
        state.mark(time, "queue_join", text(event, "Queue"))


def on_var_set(state: CallState, event: Dict[str, Any], time: float) -> None:
    leg = state.leg_of(snapshot(event), time)
    variable, value = text(event, "Variable"), text(event, "Value", 20)
    if leg is not None and variable in STATUSES and value:
        if time >= state.outcomes.get(variable, [0])[0]:
            state.outcomes[variable] = [time, value]
        if variable in STORIES:
            state.mark(time, STORIES[variable], value)


def on_blind_transfer(state: CallState, event: Dict[str, Any], time: float) -> None:
    if text(event, "Result") == "Success":
        by = endpoint_of(text(event, "TransfererChannel", MAX_ID))
        state.mark(time, "blind", by, text(event, "Extension"))


def on_attended_transfer(state: CallState, event: Dict[str, Any], time: float) -> None:
    if text(event, "Result") == "Success":
        by = endpoint_of(text(event, "OrigTransfererChannel", MAX_ID))
        target = endpoint_of(text(event, "TransferTargetChannel", MAX_ID))
        state.mark(time, "attended", by, text(event, "SecondTransfererConnectedLineNum"), target)


def on_pickup(state: CallState, event: Dict[str, Any], time: float) -> None:
    by = endpoint_of(text(event, "Channel", MAX_ID))
    state.mark(time, "pickup", by, endpoint_of(text(event, "TargetChannel", MAX_ID)))


def on_park(state: CallState, event: Dict[str, Any], time: float) -> None:
    kind = "park" if event["Event"] == "ParkedCall" else "retrieve"
    by = text(event, "ParkerDialString" if kind == "park" else "RetrieverChannel", MAX_ID)
    state.mark(time, kind, by if kind == "park" else endpoint_of(by), text(event, "ParkingSpace"))


HANDLERS = {
    "Newchannel": on_channel,
    "Newstate": on_channel,
    "CoreShowChannel": on_live_channel,
    "DialBegin": on_dial_begin,
    "DialEnd": on_dial_end,
    "BridgeEnter": on_bridge_enter,
    "BridgeLeave": on_bridge_leave,
    "HangupRequest": on_hangup_request,
    "Hangup": on_hangup,
    "OriginateResponse": on_originate_response,
    "QueueCallerJoin": on_queue_join,
    "VarSet": on_var_set,
    "BlindTransfer": on_blind_transfer,
    "AttendedTransfer": on_attended_transfer,
    "Pickup": on_pickup,
    "ParkedCall": on_park,
    "UnParkedCall": on_park,
}
