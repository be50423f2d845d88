"""The rules: what the observations of a call mean. Read from top to bottom.

1. The calling side is the first channel; for a click-to-call, the phone that we made ring first.
2. Whoever else was dialled, or was bridged with the calling side, is a called party. Local/ channels are nobody.
3. Answered: a called party's Dial ended with ANSWER, or it was bridged with another leg. That a leg is Up is no answer.
4. Without an answer: nobody asked -> ended; somebody rang out -> noanswer; else a busy or declining phone -> busy; else failed.
5. Talking is being in one bridge with another leg.
"""
from __future__ import annotations

from typing import Callable, Dict, List, Optional, Set, Tuple

from .call_state import CallState
from .causes import BUSY, DECLINED, in_words
from .facts import CallFacts, LegFacts
from .leg import Leg
from .talk import Span, clipped, length, talk_spans, union
from .timeline import timeline, transfers

OwnerOf = Callable[[str], Optional[int]]

SHORT_NUMBER = 6  # digits: an extension, a feature code or an emergency number, not a subscriber's number

REFUSED = ("BUSY",)
UNREACHED = ("CHANUNAVAIL", "CONGESTION", "INVALIDARGS", "DONTCALL", "TORTURE")


class Verdict:
    """One call's observations, with the questions that the rules ask of them."""

    def __init__(self, state: CallState, owner_of: OwnerOf) -> None:
        self.state = state
        self.owner_of = owner_of
        self.legs = sorted(state.legs.values(), key=lambda leg: (leg.started, leg.uniqueid != state.linkedid, leg.uniqueid))
        self.spans = talk_spans(self.legs)
        self.primary = self._primary()
        self.calling = self._calling_side()
        self.called = [leg for leg in self.legs if leg.is_person and leg.uniqueid not in self.calling]
        answered = [leg for leg in self.called if self.answer_time(leg)]
        self.answered_legs = sorted(answered, key=lambda leg: (self.answer_time(leg), leg.uniqueid))

    # 1. Who calls

    def _primary(self) -> Optional[Leg]:
        if self.state.linkedid in self.state.legs:
            return self.state.legs[self.state.linkedid]
        undialled = [leg for leg in self.legs if not leg.dialled_by and not leg.joined]
        return next(iter(undialled or self.legs), None)

    def _calling_side(self) -> Set[str]:
        """The first channel; if that is Local/ (an originate to several phones), the phones rung by its other half."""
        if self.primary is None:
            return set()
        side = {self.primary.uniqueid}
        if not self.primary.is_person and self.primary.channel.endswith(";1"):
            other = self.primary.channel[:-1] + "2"
            halves = {leg.uniqueid for leg in self.legs if leg.channel == other}
            side |= halves | {leg.uniqueid for leg in self.legs if leg.dialled_by in halves}
        return side

    @property
    def caller(self) -> Optional[Leg]:
        """The leg of the calling person: who answered first, when several phones were rung."""
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
        primary = self.primary
        return bool(self.state.click) or (primary is not None and bool(primary.dialled) and not primary.dialled_by)

    # 2. Who is called, 3. who answered

    def answer_time(self, leg: Leg) -> float:
        """When a called leg was answered, 0 if never."""
        times = [leg.dial_answered] if leg.dial_answered else []
        times += [span[0] for span in self.spans[leg.uniqueid][:1]]
        return min(times, default=0)

    @property
    def answered(self) -> float:
        return min((self.answer_time(leg) for leg in self.answered_legs), default=0)

    @property
    def rung(self) -> Tuple[str, ...]:
        names = list(self.state.rung)
        names += [leg.rung_as for leg in self.called if leg.ringing and leg.rung_as]
        names += [leg.endpoint for leg in self.answered_legs if leg.dialled]
        return tuple(dict.fromkeys(names))

    @property
    def ringing(self) -> float:
        """When the first called phone rang; a far end that never said so counts from when it was dialled."""
        rang = [leg.ringing for leg in self.called if leg.ringing]
        if not rang:
            rang = [leg.dialled for leg in self.called if leg.dialled and leg.dial_status not in REFUSED + UNREACHED + ("",)]
        return min(rang, default=0)

    @property
    def ring_ended(self) -> float:
        ends = [leg.dial_ended or leg.left_at for leg in self.called if leg.ringing or leg.dialled]
        return self.answered or max(ends, default=0)

    # 4. Status

    @property
    def queues(self) -> List[str]:
        return [mark[2] for mark in sorted(self.state.marks) if mark[1] == "queue_join" and mark[2]]

    def status(self) -> str:
        if self.answered_legs:
            return "answered"
        if self.state.is_active:
            return "progress"
        return self._status_without_answer()

    def _status_without_answer(self) -> str:
        dialled = [leg for leg in self.called if leg.dialled or leg.ringing]
        outcome = self.state.outcomes
        if self.is_originated and not dialled and not self.queues and "DIALSTATUS" not in outcome:
            return "ended" if self._own_phone_answered() else "failed"
        if any(leg.ringing and not self._refused(leg) for leg in dialled) or self.state.rung or self.queues:
            return "noanswer"
        if any(leg.dial_status in ("NOANSWER", "CANCEL") and not self._refused(leg) for leg in dialled):
            return "noanswer"
        if any(self._refused(leg) for leg in dialled) or outcome.get("QUEUESTATUS") == "FULL":
            return "busy"
        if dialled or outcome.get("DIALSTATUS", "ANSWER") != "ANSWER" or outcome.get("QUEUESTATUS", "CONTINUE") != "CONTINUE":
            return "failed"
        return "ended"

    def _own_phone_answered(self) -> bool:
        return any(leg.dial_answered for leg in self.legs if leg.uniqueid in self.calling)

    @staticmethod
    def _refused(leg: Leg) -> bool:
        return leg.dial_status in REFUSED or leg.cause in (BUSY, DECLINED)

    # 5. Direction and numbers

    def direction(self) -> str:
        owner = self.owner_of(self.calling_endpoint) if self.calling_endpoint else None
        if owner is None:
            return "out" if self.state.click else "in"
        asked = [leg for leg in self.answered_legs[:1] or self.called]
        if asked:
            return "internal" if all(self.owner_of(leg.endpoint) is not None for leg in asked) else "out"
        short = len(self.called_number()) <= SHORT_NUMBER
        return "internal" if short and not self.state.click and not self.state.is_active else "out"

    def called_number(self) -> str:
        if self.state.click:
            return str(self.state.click["number"])
        return self.primary.exten if self.primary is not None else ""

    def own(self, endpoint: str) -> Optional[int]:
        return self.owner_of(endpoint) if endpoint else None

    # Talking and the end

    def talk(self) -> List[Span]:
        """The time somebody talked, from the answer on; without any word of bridges, from the answer to the end."""
        spans = clipped(union([span for one in self.spans.values() for span in one]), self.answered)
        if not spans and self.answered and self.ended():
            spans = [(self.answered, self.ended())]
        return spans if self.answered else []

    def ended(self) -> float:
        if self.state.is_active:
            return 0
        return max([leg.left_at for leg in self.legs] + [float(self.state.closed.get("time", 0))])

    def user_talk(self) -> Tuple[Tuple[int, int], ...]:
        per_user = {}  # type: Dict[int, List[Span]]
        for leg in self.legs:
            owner = self.own(leg.endpoint) if leg.is_person else None
            if owner is not None and self.spans[leg.uniqueid]:
                per_user.setdefault(owner, []).extend(self.spans[leg.uniqueid])
        return tuple((owner, seconds(length(union(spans)))) for owner, spans in per_user.items())

    @property
    def final(self) -> Optional[Leg]:
        """The called leg that talked last."""
        last = [leg for leg in self.answered_legs]
        return max(last, key=lambda leg: (self._talk_end(leg), self.answer_time(leg)), default=None)

    def _talk_end(self, leg: Leg) -> float:
        spans = self.spans[leg.uniqueid]
        return spans[-1][1] if spans else self.answer_time(leg)

    def hangup_side(self) -> str:
        if self.state.is_active:
            return ""
        last = [leg for leg in self.legs if leg.hangup_asked and leg.is_person]
        if self.final is not None:
            end = self._talk_end(self.final)
            last = [leg for leg in last if leg.hangup_asked >= end - 1]
        if not last:
            return "pbx" if self.legs else ""
        first = min(last, key=lambda leg: leg.hangup_asked)
        return "caller" if first.uniqueid in self.calling else "callee"

    def hangup_cause(self) -> Optional[int]:
        """The cause of the leg that decided: the called one if the call failed there, else the calling one."""
        status = self.status()
        if status in ("busy", "failed"):
            causes = [leg.cause for leg in self.called if leg.cause]
            refused = [cause for cause in causes if cause in (BUSY, DECLINED)]
            if causes:
                return (refused or causes)[-1]
        return self.primary.cause if self.primary is not None else None

    def hangup_reason(self) -> str:
        status, side = self.status(), self.hangup_side()
        if self.state.is_active:
            return ""
        closed = [leg.closed_reason for leg in self.legs if leg.closed_reason] or [self.state.closed.get("reason", "")]
        if closed[0]:
            return str(closed[0])
        if status in ("busy", "failed"):
            return self._failure()
        if status == "noanswer":
            return "The caller gave up" if side == "caller" else "Nobody answered in time"
        words = {"caller": "The caller hung up", "callee": "The called party hung up", "pbx": "The PBX ended the call"}
        return words.get(side, "")

    def _failure(self) -> str:
        if self.is_originated and not self.called:
            return "The caller's own phone did not answer"
        return in_words(self.hangup_cause()) or "Nobody could be reached"


def judge(state: CallState, owner_of: OwnerOf) -> CallFacts:
    """Return what the observations of `state` mean."""
    verdict = Verdict(state, owner_of)
    caller, final = verdict.caller, verdict.final
    first = verdict.answered_legs[0].endpoint if verdict.answered_legs else ""
    direction, ended = verdict.direction(), verdict.ended()
    started = min([leg.started for leg in verdict.legs if leg.started] + [state.click.get("time", float("inf"))])
    started = 0 if started == float("inf") else started
    return CallFacts(
        linkedid=state.linkedid,
        direction=direction,
        status=verdict.status(),
        is_active=state.is_active,
        calling_number=caller.first_num if caller is not None else "",
        calling_name=caller.caller_name if caller is not None else "",
        called_number=verdict.called_number(),
        did=verdict.called_number() if direction == "in" else "",
        started=started or None,
        ringing=verdict.ringing or None,
        answered=verdict.answered or None,
        ended=ended or None,
        ring_s=seconds(verdict.ring_ended - verdict.ringing) if verdict.ringing else 0,
        talk_s=seconds(length(verdict.talk())),
        total_s=seconds(ended - started) if ended else 0,
        rung_endpoints=verdict.rung,
        answered_endpoint=first,
        answered_user=verdict.own(first),
        final_endpoint=final.endpoint if final is not None else "",
        final_user=verdict.own(final.endpoint) if final is not None else None,
        calling_endpoint=verdict.calling_endpoint,
        calling_user=verdict.own(verdict.calling_endpoint),
        hangup_cause=verdict.hangup_cause() if not state.is_active else None,
        hangup_reason=verdict.hangup_reason(),
        hangup_side=verdict.hangup_side(),
        queue=verdict.queues[-1] if verdict.queues else "",
        legs=tuple(leg_facts(verdict, leg) for leg in verdict.legs),
        transfers=transfers(state.marks),
        timeline=timeline(verdict.legs, verdict.calling, state.marks),
        user_talk=verdict.user_talk(),
        linked_to=tuple(dict.fromkeys(leg.moved_to for leg in verdict.legs if leg.moved_to)),
    )


def leg_facts(verdict: Verdict, leg: Leg) -> LegFacts:
    spans = verdict.spans[leg.uniqueid]
    return LegFacts(
        uniqueid=leg.uniqueid,
        linkedid=verdict.state.linkedid,
        channel=leg.channel,
        endpoint=leg.endpoint,
        state="Hangup" if leg.ended else leg.state,
        caller_num=leg.caller_num,
        caller_name=leg.caller_name,
        connected_num=leg.connected_num,
        connected_name=leg.connected_name,
        exten=leg.exten,
        context=leg.context,
        started=leg.started or None,
        answered=verdict.answer_time(leg) or None,
        ended=leg.left_at or None,
        cause=leg.cause,
        cause_txt=leg.cause_txt,
        is_active=leg.is_active,
        talk_s=seconds(length(spans)),
        moved_to=leg.moved_to,
    )


def seconds(duration: float) -> int:
    """Round a duration to whole seconds; clocks that went back give 0."""
    return max(0, int(duration + 0.5))
