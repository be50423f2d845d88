"""How a call changed hands: who gave it to whom, by what, and the chain that this makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from .events import is_person
from .facts import Party, Transfer
from .leg import Leg

if TYPE_CHECKING:
    from .parties import Parties

KINDS = ("blind", "attended", "pickup", "park", "retrieve", "forward")
CLOSE_S = 0.5  # what one step sets off may be told a moment before the step itself
PARKING_S = 2.0  # a phone parks by a blind transfer to the parking number: one step, told twice


def transfers(parties: Parties) -> Tuple[Transfer, ...]:
    """Return the steps by which the call changed hands, in their order."""
    marks = [mark for mark in sorted(parties.state.marks) if mark[1] in KINDS]
    steps = []
    for number, mark in enumerate(marks):
        until = marks[number + 1][0] if number + 1 < len(marks) else 0
        if not _is_parking(mark, marks):
            steps.append(_step(parties, mark, until))
    return tuple(steps)


def _is_parking(mark: List[Any], marks: List[List[Any]]) -> bool:
    """Tell whether a blind transfer is what parked the call. Asterisk may tell of the parking first: two threads of its own."""
    time, kind, by = mark[:3]
    parked = [one[0] - time for one in marks if one[1] == "park" and one[2] == by]
    return kind == "blind" and any(-CLOSE_S < late < PARKING_S for late in parked)


def _step(parties: Parties, mark: List[Any], until: float) -> Transfer:
    time, kind, by, to = mark[:4]
    if kind == "pickup":
        return Transfer(time, kind, by, to, to)
    told = mark[4] if len(mark) > 4 and is_person(mark[4]) else ""
    if kind in ("park", "retrieve"):
        return Transfer(time, kind, by, to)
    target = _asked_before(parties, by, time) if kind == "attended" else _asked_after(parties, by, time, until)
    return Transfer(time, kind, by, to, told or (target.endpoint if target is not None else ""))


def _asked_before(parties: Parties, by: str, time: float) -> Optional[Leg]:
    """Return whom the transferring party asked: the one dialled last."""
    asked = [leg for leg in parties.called if leg.endpoint != by and 0 < leg.dialled <= time]
    return max(asked, key=lambda leg: leg.dialled, default=None)


def _asked_after(parties: Parties, by: str, time: float, until: float) -> Optional[Leg]:
    """Return who was dialled then: of several the one who answered, nobody if none did."""
    asked = [
        leg
        for leg in parties.called
        if leg.endpoint != by and leg.dialled >= time - CLOSE_S and not (until and leg.dialled > until)
    ]
    answered = [leg for leg in asked if parties.answer_time(leg)]
    if len(asked) == 1 or answered:
        return min(answered or asked, key=lambda leg: leg.dialled)
    return None


def chain(steps: Tuple[Transfer, ...]) -> Tuple[Party, ...]:
    """Return through whose hands the call went: the one who gave it away first, then each who got it."""
    found: List[Party] = []
    for step in steps:
        giving, getting = Party(step.by_endpoint, ""), Party(step.to_endpoint, step.to)
        if step.kind == "pickup":
            giving, getting = Party(step.to_endpoint, ""), Party(step.by_endpoint, "")
        if step.kind == "retrieve":
            giving, getting = Party("", step.to), Party(step.by_endpoint, "")
        found += [one for one in (giving, getting) if not found or _key(found[-1]) != _key(one)]
    return tuple(found)


def _key(party: Party) -> str:
    return party.endpoint or party.number

