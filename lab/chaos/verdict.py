"""Compare what Odoo holds of a call with what the phones saw, and say what is wrong.

What is allowed stands in docs/how-to/chaos.md: only what happened while nobody heard Asterisk
(`World.blind`) may be told otherwise, and only as far as that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.book import moment
from lab.cast import ALICE, BOB
from lab.chaos.truth import Truth
from lab.chaos.windows import Span, Windows

#: Two clocks read, Odoo keeps whole seconds, a busy machine.
TOLERANCE_S = 2.0
#: The dialplan may wait so long for an Odoo that is not there (extensions.conf: CURL's time-outs).
ASKING_S = 6.5
USERS = {"PJSIP/101": ALICE.name, "PJSIP/102": BOB.name}
#: Asterisk answers these itself, and asks nobody.
BY_ASTERISK = ("602", "614")
UNANSWERED = frozenset({"noanswer", "busy", "failed", "ended"})
RECONCILED = "reconciled"
Record = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """What excuses a difference: when nobody heard Asterisk, when Asterisk was down (from the
    signal to it until it was ready again), when its dialplan got no answer from Odoo; and its
    deaths, each from the signal until nothing was left of it.
    """

    blind: Windows
    down: Windows = field(default_factory=Windows)
    mute: Windows = field(default_factory=Windows)
    deaths: Sequence[Span] = ()

    def end_of(self, began: float, end: float) -> float:
        """Return when something that lasted from `began` to `end` (0.0: unknown) was over for
        Asterisk, which can have died before.
        """
        ended = ((signal, gone) for signal, gone in self.deaths if gone >= began)
        died = next((signal if began <= signal else gone for signal, gone in ended), 0.0)
        return min(end, died) if end and died else end or died

    def allowed(self, at: float, latest: float = 0.0) -> Span:
        """Return between which times Odoo may say that something happened, at `at` or between it
        and `latest`.
        """
        first, _ = self.blind.at(at) or (at, at)
        latest = max(at, latest)
        unheard = [end for begin, end in self.blind.spans if begin <= latest and end >= at]
        return first - TOLERANCE_S, max([latest, *unheard]) + TOLERANCE_S


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: `kind` is the count that it goes to."""

    kind: str
    number: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.number}: {self.text}"


def judge(truth: Truth, calls: Sequence[Record], world: World) -> Iterator[Finding]:
    """Yield what is wrong with Odoo's calls of one number."""
    number, end = truth.plan.number, world.end_of(truth.began, truth.last)
    refused = truth.turned_away and world.down.at(truth.began)
    if not calls and not refused and not world.blind.cover(truth.began, end):
        yield Finding("lost", number, f"not in Odoo: {truth}")
    if len(calls) > 1:
        yield Finding("duplicated", number, f"{[call['linkedid'] for call in calls]}")
    for call in calls[:1]:
        if call["is_active"]:
            yield Finding("stuck_active", number, f"{_short(call)}, seen {truth}")
            continue
        yield from (
            Finding("wrong_status", number, f"{text}: {_short(call)}, seen {truth}")
            for text in _wrong_status(truth, call, world)
        )
        yield from (
            Finding("wrong_times", number, f"{text}: {_short(call)}, seen {truth}")
            for text in _wrong_times(truth, call, world)
        )


def _short(call: Record) -> str:
    names = ("linkedid", "status", "answered_user", "started", "answered", "ended")
    more = ("talk_duration", "hangup_reason")
    return ", ".join(f"{name} {call[name]}" for name in (*names, *more))


def _wrong_status(truth: Truth, call: Record, world: World) -> Iterator[str]:
    if truth.glare:
        return
    status, user = call["status"], call["answered_user"]
    if status == "answered" and user != USERS.get(truth.answered_by):
        yield f"answered by {user}"
    if status == "answered" and not truth.answered:
        yield "nobody answered"
    if status != "answered" and _answer_was_seen(truth, world):
        yield "somebody answered"
    if not truth.answered and status not in _expected(truth, world):
        yield f"status {status}"
    hidden = world.blind.touch(_end(truth, world), _latest_end(truth, world))
    if call["hangup_reason"] == RECONCILED and not hidden:
        yield "reconciled, though its end was to be heard"


def _answer_was_seen(truth: Truth, world: World) -> bool:
    """Tell whether Asterisk could be heard at some moment of the talk."""
    if not truth.answered:
        return False
    return not world.blind.cover(truth.answered, world.end_of(truth.answered, truth.ended))


def _end(truth: Truth, world: World) -> float:
    """Return when the call was over, for Asterisk."""
    known = truth.ended or truth.gone if truth.answered else truth.gone
    return world.end_of(truth.began, known) or truth.last


def _latest_end(truth: Truth, world: World) -> float:
    """Return until when the call's channel may have waited for Odoo's answer in the dialplan."""
    end = _end(truth, world)
    waits = not truth.answered and world.mute.touch(truth.began, end)
    return end + ASKING_S if waits else end


def _expected(truth: Truth, world: World) -> frozenset[str]:
    """Return the statuses that a call may have which nobody answered."""
    if world.blind.touch(truth.began, _end(truth, world)):
        return UNANSWERED
    if truth.plan.to in BY_ASTERISK and truth.picked_up:
        return frozenset({"ended"})
    if truth.plan.to == "103" and 486 in truth.refused:
        return frozenset({"busy"})
    return UNANSWERED


def _wrong_times(truth: Truth, call: Record, world: World) -> Iterator[str]:
    if truth.glare:
        # The caller's CANCEL crossed the answer: Asterisk may have taken either for the first, and
        # then the call lasts until the phone ends it.
        return
    end = _end(truth, world)
    first, last = world.allowed(end, _latest_end(truth, world))
    if not call["ended"] or not first <= moment(call["ended"]) <= last:
        yield f"ended not within {first:.1f} and {last:.1f}"
    if call["status"] != "answered" or not truth.answered:
        return
    first, last = world.allowed(truth.answered)
    if not first <= moment(call["answered"]) <= last:
        yield f"answered not within {first:.1f} and {last:.1f}"
    talked = world.end_of(truth.answered, truth.ended) - truth.answered
    slack = TOLERANCE_S + sum(
        span[1] - span[0] for at in (truth.answered, end) if (span := world.blind.at(at))
    )
    if abs(call["talk_duration"] - talked) > slack:
        yield f"talk not {talked:.1f} s"
