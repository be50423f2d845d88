"""A click-to-call that makes several phones ring: one channel each, every one with a Linkedid of its own, and yet one call
(events.py: home).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Sequence

from .causes import BUSY, DECLINED
from .leg import Leg

if TYPE_CHECKING:
    from .call_state import CallState

AT_ONCE_S = 2.0  # a dialplan that has somebody to say something to, or to call, takes longer


class Refusal(NamedTuple):
    """Why one of the clicking user's phones was not picked up: away, silent, busy, declined, unanswered or refused."""

    endpoint: str
    kind: str


def click(time: float, linkedid: str, endpoints: Sequence[str], number: str) -> Dict[str, Any]:
    """Return what is kept of a click: its phones in the order of their channels' names."""
    stem = linkedid[: -len("1")] if linkedid.endswith(".1") else linkedid
    names = [linkedid] + ["%s%d" % (stem, position) for position in range(2, len(endpoints) + 1)]
    phones = [[name, endpoint] for name, endpoint in zip(names, endpoints)]
    return {"time": time, "endpoint": endpoints[0] if endpoints else "", "number": number, "phones": phones}


def phones_of(state: CallState) -> List[Leg]:
    """Return the legs that Asterisk made for the click, the one that went on first, then those that were picked up."""
    names = [name for name, _endpoint in state.click.get("phones", ())]
    legs = [state.legs[name] for name in names if name in state.legs]
    went_on = {leg.dialled_by for leg in state.legs.values()}
    return sorted(legs, key=lambda leg: (not leg.stays and leg.uniqueid not in went_on, _picked_up(leg)))


def _picked_up(leg: Leg) -> float:
    return leg.dial_answered or float("inf")


def fail(state: CallState, uniqueid: str) -> None:
    """Take note that one of the phones could not be rung, or was not picked up."""
    failed = state.click.get("failed", [])
    if uniqueid not in failed and any(uniqueid == name for name, _endpoint in state.click.get("phones", ())):
        state.click["failed"] = failed + [uniqueid]


def waits(state: CallState) -> bool:
    """Tell whether a phone of the click may still begin to ring: Asterisk has said no word of it, and none was picked up."""
    phones, failed = state.click.get("phones", ()), state.click.get("failed", ())
    if any(leg.dial_answered for leg in phones_of(state)):
        return False
    return any(name not in state.legs and name not in failed for name, _endpoint in phones)


def led_nowhere(state: CallState) -> bool:
    """Tell whether the dialplan ended the call as soon as the phone was picked up: the number has no extension there.

    Asterisk says nothing of it but a Hangup without cause, which nobody asked for (pbx.c: "sent to invalid extension but no
    invalid handler"). An end by Hangup() has cause 16.
    """
    legs = phones_of(state)[:1]
    return any(
        leg.dial_answered and not leg.hangup_asked and not leg.cause and 0 < leg.ended <= leg.dial_answered + AT_ONCE_S
        for leg in legs
    )


def refusals(state: CallState) -> List[Refusal]:
    """Return why each phone of a click was not picked up; nothing when one was."""
    if any(leg.dial_answered for leg in phones_of(state)):
        return []
    return [Refusal(endpoint, _kind(state.legs.get(name))) for name, endpoint in state.click.get("phones", ())]


def _kind(leg: Leg | None) -> str:
    if leg is None:
        return "away"
    if leg.own_cause in (BUSY, DECLINED):
        return "busy" if leg.own_cause == BUSY else "declined"
    if leg.own_cause:
        return "refused"  # not available, do not disturb, no codec ...
    return "unanswered" if leg.ringing else "silent"
