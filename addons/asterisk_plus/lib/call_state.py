"""The state of one call: events in, observations kept. What they mean is judged by verdict.py.

Asterisk keeps the order within a channel, not between channels, and the way to Odoo may repeat an event. So a handler
only ever adds an observation (a time, an outcome) that a second or later telling does not change, and nothing decides
before all is asked for. Sizes are bounded: whoever calls chooses how long a call rings and how many phones.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from . import click
from .events import MAX_ID, Snapshot, event_time, text
from .facts import CallFacts
from .handlers import HANDLERS
from .leg import Leg, Stay
from .verdict import judge

MAX_LEGS = 60  # a queue that rings ten phones every 15 s makes more: the oldest unanswered are forgotten
MOST_LEGS = 300  # all of them ringing at once
MAX_MARKS = 60
MAX_RUNG = 60
VERSION = 1
KEPT = ("marks", "rung", "rung_since", "outcomes", "click", "closed", "last_time", "forgotten_until")


class CallState:
    """One call, by its Linkedid."""

    def __init__(self, linkedid: str) -> None:
        self.linkedid = linkedid[:MAX_ID]
        self.legs: Dict[str, Leg] = {}
        self.marks: List[List[Any]] = []  # [time, kind, words...]
        self.rung: List[str] = []  # endpoints that rang on legs since forgotten
        self.outcomes: Dict[str, List[Any]] = {}  # DIALSTATUS, QUEUESTATUS: [time, last word]
        self.click: Dict[str, Any] = {}
        self.closed: Dict[str, Any] = {}
        self.last_time = 0.0
        self.forgotten_until = 0.0
        self.rung_since = 0.0  # when the first forgotten leg rang

    @classmethod
    def originated(
        cls, linkedid: str, time: float, calling_endpoints: Union[str, Sequence[str]], called_number: str
    ) -> CallState:
        """Return the state of a click-to-call that Asterisk has not heard of: active until events or close() end it.

        Of several endpoints the first has the channel `linkedid`, the others ...2, ...3.
        """
        state = cls(linkedid)
        endpoints = [calling_endpoints] if isinstance(calling_endpoints, str) else calling_endpoints
        state.click = click.click(float(time), state.linkedid, [one[:MAX_ID] for one in endpoints], called_number[:80])
        state.last_time = float(time)
        return state

    # -- keeping ---------------------------------------------------------------------------------

    def to_json(self) -> str:
        data = {"v": VERSION, "linkedid": self.linkedid, "legs": [leg.to_dict() for leg in self.legs.values()]}
        data.update((name, getattr(self, name)) for name in KEPT if getattr(self, name))
        return json.dumps(data, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, stored: str) -> CallState:
        """Return the state that to_json() wrote. Raise ValueError for anything else."""
        data = json.loads(stored)
        if not isinstance(data, dict) or data.get("v") != VERSION:
            raise ValueError("not a call state of version %d" % VERSION)
        try:
            state = cls(data["linkedid"])
            legs = [Leg.from_dict(leg) for leg in data["legs"]]
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError("a damaged call state") from problem
        state.legs = {leg.uniqueid: leg for leg in legs}
        for name in KEPT:
            setattr(state, name, data.get(name, getattr(state, name)))
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
        if not self.legs or click.waits(self):
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

    def receive(self, leg: Leg, time: float) -> float:
        """Go on with a channel of another call (its Linkedid changed to ours); return since when it is ours.

        Its events tell late: if it shared a bridge with a leg of ours before, it is ours since then.
        """
        stays = [stay for stay in leg.stays if stay.left is None or stay.left >= time]
        shared = [self.met(stay) for stay in stays]
        since = max(min([time] + [met for met in shared if met]), leg.started)
        if leg.uniqueid in self.legs:
            return since
        mine = Leg(leg.uniqueid, channel=leg.channel, state=leg.state, joined=since, started=since, seen=leg.seen)
        mine.first_num, mine.first_name, mine.answered_as = leg.first_num, leg.first_name, leg.answered_as
        mine.caller_num, mine.caller_name = leg.caller_num, leg.caller_name
        mine.stays = [Stay(stay.bridge, max(stay.entered, since), None, stay.basic) for stay in stays]
        self.legs[leg.uniqueid] = mine
        self._forget()
        return since

    def met(self, stay: Stay) -> float:
        """When somebody else's stay in a bridge became one with a leg of ours, 0 if never."""
        ours = [one for leg in self.legs.values() for one in leg.stays if one.bridge == stay.bridge and one.basic]
        met = [max(one.entered, stay.entered) for one in ours if one.left is None or one.left >= stay.entered]
        return min(met, default=0)

    def knows(self, uniqueid: str) -> bool:
        return uniqueid in self.legs

    @property
    def first_started(self) -> float:
        """When Asterisk made the first channel; a click is earlier."""
        return min([leg.started for leg in self.legs.values()], default=0)

    def outcome(self, variable: str) -> str:
        """Return the last word of a variable of STATUSES, empty for none."""
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
            waits = not self.closed and click.waits(self)
            return waits or any(leg.is_active for leg in self.legs.values())
        return not self.closed

    def facts(self, owner_of: Callable[[str], Optional[int]]) -> CallFacts:
        """Return the truth as it is known now; `owner_of(endpoint)` names the PBX user of an endpoint like "PJSIP/101".
        """
        return judge(self, owner_of)

    def leg_of(self, shot: Optional[Snapshot], time: float) -> Optional[Leg]:
        """Return the leg of a snapshot, brought up to date; None when there is none, or the event is too old for it."""
        if shot is None:
            return None
        leg = self.legs.get(shot.uniqueid)
        if leg is None:
            if len(self.legs) >= MOST_LEGS or (self.forgotten_until and time <= self.forgotten_until):
                return None
            leg = self.legs[shot.uniqueid] = Leg(shot.uniqueid)
            self._forget()
        if time < leg.joined:
            return None  # an old word, from before it came to this call
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
            self._remember_rung(leg)
            self.forgotten_until = max(self.forgotten_until, leg.ended)
            del self.legs[leg.uniqueid]

    def _remember_rung(self, leg: Leg) -> None:
        if not leg.ringing:
            return
        self.rung_since = min(self.rung_since or leg.ringing, leg.ringing)
        if leg.dialled_as not in self.rung and len(self.rung) < MAX_RUNG:
            self.rung.append(leg.dialled_as)

    def mark(self, time: float, kind: str, *words: str) -> None:
        """Keep one step of the call's story, once."""
        entry = [time, kind] + list(words)
        if entry not in self.marks and len(self.marks) < MAX_MARKS:
            self.marks.append(entry)
