"""The story of a call, in the order of time: kinds and words, from which the addon makes sentences.

What a person would tell is told, once: a phone that rang was also dialled, and a leg that Asterisk took down after
another had hung up did nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Tuple

from .causes import BUSY, DECLINED, RANG_FIRST, in_words
from .facts import TimelineEntry, Transfer
from .leg import Leg
from .parties import REFUSED, UNREACHED

if TYPE_CHECKING:
    from .outcome import Outcome
    from .parties import Parties

OwnerOf = Callable[[str], Optional[int]]
# Who stands outside has no endpoint of their own: a trunk's is shared by all the world.
CALLER, CALLED = "caller", "called"
CLOSE_S = 1.0
ABOUT_QUEUES = ("queue_join", "queue_status", "voicemail")


class Timeline:
    """The lines of one call."""

    def __init__(self, outcome: Outcome, direction: str, own: OwnerOf, steps: Tuple[Transfer, ...]) -> None:
        self.outcome, self.parties, self.direction, self.own = outcome, outcome.parties, direction, own
        self.steps = steps
        self.names: Dict[str, str] = {}
        for leg in self.parties.legs:
            if leg.is_person:
                self.names.setdefault(leg.endpoint, self._name(leg))

    def entries(self) -> Tuple[TimelineEntry, ...]:
        """Return the click; what each person's leg did; queues, conferences and changes of hands; and the end."""
        found = self._marks() + self._click()
        for leg in self.parties.legs:
            if leg.is_person:
                found += self._of_leg(leg)
        if not any(one.kind in ("hangup", "moved", "lost") for one in found) and self.parties.ended:
            found.append(TimelineEntry(self.parties.ended, "end", ("", self.outcome.hangup_reason)))
        return tuple(sorted(found, key=lambda entry: (entry.time, entry.kind, entry.parts)))

    def _name(self, leg: Leg) -> str:
        """Return who a leg is: the endpoint of a PBX user, the party outside, or the number of a phone that is nobody's."""
        if self.own(leg.endpoint) is not None:
            return leg.endpoint
        if leg.uniqueid in self.parties.calling:
            return CALLER
        first_asked = not any(step.time <= leg.dialled for step in self.steps)
        if self.direction == "out" and first_asked:
            return CALLED
        return leg.caller_num or leg.endpoint

    def _called_as(self, leg: Leg) -> str:
        """Return whose phone was made to ring: a pickup puts another one's behind the same channel."""
        return self._named(leg.dialled_as) if leg.dialled_as != leg.endpoint else self._name(leg)

    def _named(self, endpoint: str) -> str:
        return self.names.get(endpoint, endpoint)

    def _click(self) -> List[TimelineEntry]:
        by = self._named(self.parties.calling_endpoint)
        number = str(self.parties.state.click.get("number", ""))
        return [TimelineEntry(time, "click", (by, number)) for time in self.parties.state.click_times]

    def _marks(self) -> List[TimelineEntry]:
        steps = {(step.time, step.kind): step for step in self.steps}
        found = []
        for time, kind, *words in self.parties.state.marks:
            step = steps.get((time, kind))
            if step is not None:
                who = (self._named(step.by_endpoint), step.to, self._named(step.to_endpoint))
                found.append(TimelineEntry(time, "blind" if self._is_unasked(step) else kind, who))
            elif kind == "conference":
                found.append(TimelineEntry(time, kind, (self._named(words[0]), *words[1:2])))
            elif kind in ABOUT_QUEUES:
                found.append(TimelineEntry(time, kind, tuple(words[:2])))
        return found

    def _is_unasked(self, step: Transfer) -> bool:
        """Tell whether whoever was to be asked first had not answered when the call was handed over."""
        asked = [leg for leg in self.parties.called if leg.endpoint == step.to_endpoint and leg.dialled]
        return step.kind == "attended" and any(not 0 < leg.dial_answered <= step.time for leg in asked)

    def _of_leg(self, leg: Leg) -> List[TimelineEntry]:
        name, found = self._name(leg), []
        is_calling = leg.uniqueid in self.parties.calling
        if is_calling and not leg.dialled:
            found.append(TimelineEntry(leg.started, "start", (name, leg.exten)))
        if leg.ringing:
            found.append(TimelineEntry(leg.ringing, "ring", (self._called_as(leg),)))
        elif leg.dialled:
            found.append(TimelineEntry(leg.dialled, "dial", (name,)))
        if leg.dial_answered:
            found.append(TimelineEntry(leg.dial_answered, "answer", (name,)))
        elif leg.dial_ended and not self._is_forwarded(leg):
            found.append(TimelineEntry(leg.dial_ended, *self._refusal(leg)))
        return found + self._end_of(leg, name)

    def _end_of(self, leg: Leg, name: str) -> List[TimelineEntry]:
        if leg.moved:
            return [TimelineEntry(leg.moved, "moved", (name,))]
        if leg.closed_reason:
            return [TimelineEntry(leg.ended, "lost", (name, leg.closed_reason))]
        was_there = not leg.dialled or leg.dial_answered
        if leg.state == "Busy" or self._is_handing_over(leg):  # Busy: Asterisk told the caller to go
            return []
        if leg.hangup_asked and was_there:
            return [TimelineEntry(leg.hangup_asked, "hangup", (name,))]
        return []

    def _is_handing_over(self, leg: Leg) -> bool:
        """Hanging up is how some transfers are made."""
        own = [step.time for step in self.steps if step.kind == "attended" and step.by_endpoint == leg.endpoint]
        return any(abs(time - leg.hangup_asked) < CLOSE_S for time in own)

    def _is_forwarded(self, leg: Leg) -> bool:
        return any(step.kind == "forward" and step.by_endpoint == leg.dialled_as for step in self.steps)

    def _refusal(self, leg: Leg) -> Tuple[str, Tuple[str, ...]]:
        """Return the kind and the words of why a phone that was called did not answer."""
        name = self._called_as(leg)
        if leg.own_cause == DECLINED:
            return "declined", (name,)
        if leg.dial_status in REFUSED or leg.own_cause == BUSY:
            return "busy", (name,)
        if leg.dial_status in UNREACHED or (leg.own_cause and leg.own_cause not in RANG_FIRST):
            return "unreached", (name, in_words(leg.own_cause or leg.cause))
        return "silent", (name,)


def timeline(
    outcome: Outcome, direction: str, own: OwnerOf, steps: Tuple[Transfer, ...]
) -> Tuple[TimelineEntry, ...]:
    """Return the story of a call, in the order of time."""
    return Timeline(outcome, direction, own, steps).entries()
