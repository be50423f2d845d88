"""The rules, first part: who calls, who is called, who answered.

1. The calling side is the first channel. If that is Local/ (an originate that rings several phones), it is whoever its
   other half rang.
2. Whoever else was dialled, or was bridged with another leg, is a called party. Local/ and its like are nobody.
3. A called party answered when its Dial ended with ANSWER, or when it was first bridged with another leg. That a leg is
   Up is no answer: an IVR and a queue answer too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional, Set, Tuple

from .click import phones_of
from .leg import Leg
from .talk import Span, clipped, talk_spans

if TYPE_CHECKING:
    from .call_state import CallState

REFUSED = ("BUSY",)
UNREACHED = ("CHANUNAVAIL", "CONGESTION", "INVALIDARGS", "DONTCALL", "TORTURE")


class Parties:
    """The legs of one call, each in its part."""

    def __init__(self, state: CallState) -> None:
        self.state = state
        self.legs = sorted(
            state.legs.values(), key=lambda leg: (leg.started, leg.uniqueid != state.linkedid, leg.uniqueid)
        )
        self.spans = talk_spans(self.legs)
        self.primary = self._primary()
        self.calling = self._calling_side()
        self.called = [leg for leg in self.legs if leg.is_person and leg.uniqueid not in self.calling]
        answered = [leg for leg in self.called if self.answer_time(leg)]
        self.answered_legs = sorted(answered, key=lambda leg: (self.answer_time(leg), leg.uniqueid))

    # 1. Who calls

    def _primary(self) -> Optional[Leg]:
        """Asterisk names a call after its first channel. Of a click's phones it is the one that went on."""
        phones = phones_of(self.state)
        if phones:
            return phones[0]
        if self.state.linkedid in self.state.legs:
            return self.state.legs[self.state.linkedid]
        undialled = [leg for leg in self.legs if not leg.dialled_by and not leg.joined]
        return next(iter(undialled or self.legs), None)

    def _calling_side(self) -> Set[str]:
        if self.primary is None:
            return set()
        side = {self.primary.uniqueid} | {leg.uniqueid for leg in phones_of(self.state)}
        if not self.primary.is_person and self.primary.channel.endswith(";1"):
            other = self.primary.channel[:-1] + "2"
            halves = {leg.uniqueid for leg in self.legs if leg.channel == other}
            side |= halves | {leg.uniqueid for leg in self.legs if leg.dialled_by in halves}
        return side

    @property
    def caller(self) -> Optional[Leg]:
        """The leg of the calling person: the one who answered first, when several phones were rung."""
        if self.primary is not None and self.primary.is_person:
            return self.primary
        persons = [leg for leg in self.legs if leg.uniqueid in self.calling and leg.is_person]
        answered = [leg for leg in persons if leg.dial_answered]
        return next(iter(answered or persons), self.primary)

    @property
    def calling_endpoint(self) -> str:
        if self.caller is not None and self.caller.is_person:
            return self.caller.endpoint
        return str(self.state.click.get("endpoint", ""))

    @property
    def is_originated(self) -> bool:
        """Asterisk rang the calling side first (click-to-call)."""
        primary = self.primary
        return bool(self.state.click) or (primary is not None and bool(primary.dialled) and not primary.dialled_by)

    @property
    def own_phone_answered(self) -> bool:
        return any(leg.dial_answered for leg in self.legs if leg.uniqueid in self.calling)

    # 2. Who is called

    @property
    def asked(self) -> List[Leg]:
        """The called legs that were dialled, whatever came of it."""
        return [leg for leg in self.called if leg.dialled or leg.ringing]

    @property
    def rung(self) -> Tuple[str, ...]:
        """The endpoints that rang, or answered without a word of ringing."""
        names = self.state.rung + [leg.dialled_as for leg in self.called if leg.ringing and leg.dialled_as]
        names += [leg.endpoint for leg in self.answered_legs if leg.dialled]
        return tuple(dict.fromkeys(names))

    @property
    def ringing(self) -> float:
        """When the first called phone rang; a far end that never said so (early media) counts from when it was dialled.
        """
        rang = [leg.ringing for leg in self.called if leg.ringing] + [self.state.rung_since] * bool(
            self.state.rung_since
        )
        silent = [
            leg.dialled for leg in self.called if leg.dialled and leg.dial_status not in REFUSED + UNREACHED + ("",)
        ]
        return min(rang or silent, default=0)

    @property
    def ring_ended(self) -> float:
        ends = [leg.dial_ended or leg.left_at for leg in self.asked]
        return self.answered or max(ends, default=0)

    # 3. Who answered

    def answer_time(self, leg: Leg) -> float:
        """When a leg was answered, 0 if never."""
        times = [leg.dial_answered] if leg.dial_answered else []
        times += [span[0] for span in self.spans[leg.uniqueid][:1]]
        return min(times, default=0)

    @property
    def answered(self) -> float:
        return min((self.answer_time(leg) for leg in self.answered_legs), default=0)

    @property
    def final(self) -> Optional[Leg]:
        """The called leg that talked last."""
        return max(self.answered_legs, key=lambda leg: (self.talk_end(leg), self.answer_time(leg)), default=None)

    def talk(self, leg: Leg) -> List[Span]:
        """When a leg talked: a caller who hears a ringing tone in a bridge with Local/ does not yet."""
        return clipped(self.spans[leg.uniqueid], self.answered) if self.answered else []

    def talk_end(self, leg: Leg) -> float:
        spans = self.spans[leg.uniqueid]
        return spans[-1][1] if spans else self.answer_time(leg)

    # From when to when

    @property
    def started(self) -> float:
        """The click, or the first word of the first channel."""
        return min([leg.started for leg in self.legs if leg.started] + list(self.state.click_times), default=0)

    @property
    def ended(self) -> float:
        if self.state.is_active:
            return 0
        return max([leg.left_at for leg in self.legs] + [float(self.state.closed.get("time", 0))])
