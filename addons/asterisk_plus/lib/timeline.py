"""The story of a call, in the order of time: kinds and words, from which the addon makes sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Sequence, Tuple

from .facts import TimelineEntry, Transfer
from .leg import Leg

if TYPE_CHECKING:
    from .parties import Parties

TRANSFERS = ("blind", "attended", "pickup", "park", "retrieve", "forward")


def transfers(marks: Sequence[List[Any]]) -> Tuple[Transfer, ...]:
    """Return the steps by which the call changed hands."""
    steps = [mark for mark in sorted(marks) if mark[1] in TRANSFERS]
    return tuple(Transfer(mark[0], mark[1], *(mark[2:4])) for mark in steps)


def timeline(parties: Parties) -> Tuple[TimelineEntry, ...]:
    """Return the click; start, ring, answer, refusal and hang-up of every person's leg; and the marks (queues,
    transfers).
    """
    state = parties.state
    entries = [TimelineEntry(mark[0], mark[1], tuple(mark[2:4])) for mark in state.marks]
    for time in state.click_times:
        entries.append(TimelineEntry(time, "click", (state.click["endpoint"], state.click["number"])))
    for leg in parties.legs:
        if leg.is_person:
            entries += _of_leg(leg, leg.uniqueid in parties.calling)
    return tuple(sorted(entries, key=lambda entry: (entry.time, entry.kind, entry.parts)))


def _of_leg(leg: Leg, is_calling: bool) -> List[TimelineEntry]:
    found = []
    if is_calling and not leg.dialled:
        found.append(TimelineEntry(leg.started, "start", (leg.endpoint, leg.first_num, leg.exten)))
    if leg.dialled:
        found.append(TimelineEntry(leg.dialled, "dial", (leg.dialled_as,)))
    if leg.ringing:
        found.append(TimelineEntry(leg.ringing, "ring", (leg.dialled_as,)))
    if leg.dial_answered:
        found.append(TimelineEntry(leg.dial_answered, "answer", (leg.endpoint,)))
    elif leg.dial_status:
        found.append(TimelineEntry(leg.dial_ended, "dial_end", (leg.dialled_as, leg.dial_status)))
    if leg.moved:
        found.append(TimelineEntry(leg.moved, "moved", (leg.endpoint, leg.moved_to)))
    if leg.ended:
        found.append(TimelineEntry(leg.ended, "hangup", (leg.endpoint, leg.closed_reason or leg.cause_txt)))
    return found
