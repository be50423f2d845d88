"""What the observations of a call mean: the facts, put together by the rules of parties.py, outcome.py and talk.py.

5. Direction: an unowned calling side is incoming; an owned one outgoing, internal if everybody called is owned too.
6. Talking is being in one bridge with another leg, from the answer on. The times of a user are those of the user's own
   legs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Tuple

from .facts import CallFacts, LegFacts, UserPart
from .leg import Leg
from .outcome import Outcome
from .parties import Parties
from .talk import Span, length, union
from .timeline import timeline
from .transfers import chain, transfers

if TYPE_CHECKING:
    from .call_state import CallState

OwnerOf = Callable[[str], Optional[int]]

SHORT_NUMBER = 6  # digits: an extension or a feature code, not a subscriber's number


def judge(state: CallState, owner_of: OwnerOf) -> CallFacts:
    """Return what the observations of `state` mean; `owner_of(endpoint)` is the PBX user of an endpoint."""
    parties = Parties(state)
    outcome = Outcome(parties)

    def own(endpoint: str) -> Optional[int]:
        return owner_of(endpoint) if endpoint else None

    caller, final = parties.caller, parties.final
    first_endpoint = parties.answered_legs[0].endpoint if parties.answered_legs else ""
    final_endpoint = final.endpoint if final is not None else ""
    direction, number = _direction(parties, own), called_number(parties)
    started = parties.started or parties.ended
    steps = transfers(parties)
    return CallFacts(
        linkedid=state.linkedid,
        direction=direction,
        status=outcome.status,
        is_active=state.is_active,
        calling_number=caller.first_num if caller is not None else "",
        calling_name=_calling_name(caller, direction),
        called_number=number,
        did=number if direction == "in" else "",
        started=started or None,
        ringing=parties.ringing or None,
        answered=parties.answered or None,
        ended=parties.ended or None,
        ring_s=seconds(parties.ring_ended - parties.ringing) if parties.ringing else 0,
        talk_s=seconds(length(_talk(parties))),
        total_s=seconds(parties.ended - started) if parties.ended else 0,
        rung_endpoints=parties.rung,
        answered_endpoint=first_endpoint,
        answered_user=own(first_endpoint),
        final_endpoint=final_endpoint,
        final_user=own(final_endpoint),
        calling_endpoint=parties.calling_endpoint,
        calling_user=own(parties.calling_endpoint),
        hangup_cause=outcome.hangup_cause,
        hangup_reason=outcome.hangup_reason,
        hangup_side=outcome.hangup_side,
        queue=state.queues[-1] if state.queues else "",
        legs=tuple(_leg_facts(parties, leg) for leg in parties.legs),
        transfers=steps,
        chain=chain(steps),
        timeline=timeline(outcome, direction, own, steps),
        users=_users(parties, own),
        linked_to=tuple(dict.fromkeys(leg.moved_to for leg in parties.legs if leg.moved_to)),
    )


def _direction(parties: Parties, own: OwnerOf) -> str:
    clicked = bool(parties.state.click_times)
    if own(parties.calling_endpoint) is None and not clicked:
        return "in"
    asked = parties.answered_legs[:1] or parties.called
    if asked:
        return "internal" if all(own(leg.endpoint) is not None for leg in asked) else "out"
    return "internal" if 0 < len(called_number(parties)) <= SHORT_NUMBER else "out"


def called_number(parties: Parties) -> str:
    """Return what was clicked or dialled, before the dialplan led elsewhere."""
    if parties.state.click.get("number"):
        return str(parties.state.click["number"])
    return parties.primary.exten if parties.primary is not None else ""


def _calling_name(caller: Optional[Leg], direction: str) -> str:
    """Who calls in may be given a name by the dialplan; who calls out has his own, whatever name the called one sees.
    """
    if caller is None:
        return ""
    return caller.caller_name if direction == "in" else caller.first_name


def _talk(parties: Parties) -> List[Span]:
    """Return when anybody talked; without any word of bridges, from the answer to the end."""
    if not parties.answered:
        return []
    spans = union([span for leg in parties.legs for span in parties.talk(leg)])
    if not spans and parties.ended:
        return [(parties.answered, parties.ended)]
    return spans


def _users(parties: Parties, own: OwnerOf) -> Tuple[UserPart, ...]:
    """Return what each PBX user had to do with the call."""
    talk: Dict[int, List[Span]] = {}
    for leg in parties.legs:
        owner = own(leg.endpoint) if leg.is_person else None
        if owner is not None:
            talk.setdefault(owner, []).extend(parties.talk(leg) or _no_time(parties, leg))
    rang = {owner for owner in (own(endpoint) for endpoint in parties.rung) if owner is not None}
    calling = own(parties.calling_endpoint)
    answered = own(parties.answered_legs[0].endpoint) if parties.answered_legs else None
    talked = [owner for owner, spans in talk.items() if spans]
    there = dict.fromkeys(user for user in (calling, answered, *talked, *sorted(rang)) if user is not None)
    roles = {answered: "answered", calling: "calling"}
    return tuple(
        UserPart(
            user,
            roles.get(user) or ("transferred" if user in talked else "rung"),
            user in rang,
            min((start for start, _end in talk.get(user, ())), default=None),
            seconds(length(union(talk.get(user, [])))),
        )
        for user in there
    )


def _no_time(parties: Parties, leg: Leg) -> List[Span]:
    """Who answers and hangs up at once may be gone before there is a bridge: answered, for no time."""
    return [(leg.dial_answered, leg.dial_answered)] if leg in parties.answered_legs and leg.dial_answered else []


def _leg_facts(parties: Parties, leg: Leg) -> LegFacts:
    return LegFacts(
        uniqueid=leg.uniqueid,
        linkedid=parties.state.linkedid,
        channel=leg.channel,
        endpoint=leg.endpoint,
        state="Hangup" if leg.ended else "Moved" if leg.moved else leg.state,
        caller_num=leg.caller_num,
        caller_name=leg.caller_name,
        connected_num=leg.connected_num,
        connected_name=leg.connected_name,
        exten=leg.exten,
        context=leg.context,
        started=leg.started or None,
        answered=parties.answer_time(leg) or None,
        ended=leg.left_at or None,
        cause=leg.cause,
        cause_txt=leg.cause_txt,
        is_active=leg.is_active,
        talk_s=seconds(length(parties.talk(leg))),
        moved_to=leg.moved_to,
    )


def seconds(duration: float) -> int:
    """Round a duration to whole seconds; a clock that went back gives 0."""
    return max(0, int(duration + 0.5))
