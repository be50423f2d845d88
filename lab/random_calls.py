"""Calls at random (seeded), many at once, and what the phones saw of each: who rang, who answered,
how long they talked.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field

from lab.process import wait_until
from lab.sip import Call, Sipp
from lab.sip_log import SipMessage
from lab.sip_scenario import Caller
from lab.stage import Stage

PHONES = ("101", "102", "103")
ANSWERS = ("ok", "ok", "ok", "never", "486 Busy Here", "603 Decline", "480 Temporarily Unavailable")
TRUNK_ANSWERS = ("ok", "183,ok", "404 Not Found", "486 Busy Here", "503 Service Unavailable")
# A phone, a ring group, a queue, an IVR, one phone after the other, Local/, an IVR and then a
# phone, an echo test.
NUMBERS = ("101", "102", "103", "600", "601", "602", "605", "606", "612", "614", "632")
CLICK_TOLD = "OriginateResponse"
BATCH = 10
BATCH_S = 120.0
# A 200 that crosses the caller's going is acknowledged and ended at once, a 180 is not heard any
# more: nobody can say who was first.
GLARE_S = 0.3


@dataclass
class Seen:
    """What sipp saw of one call. Times are Unix seconds."""

    number: str  # the outside party's, unlike in every other call
    rang: set[str] = field(default_factory=set)
    answered_by: str = ""
    answered: float = 0.0
    ended: float = 0.0
    glare: str = ""  # who answered in the moment in which the caller went
    began_to_ring: set[str] = field(default_factory=set)  # ... and whose phone began to ring in it
    heard: list[str] = field(default_factory=list)  # the calling side's own SIP messages


def play(stage: Stage, chance: random.Random, first: int) -> list[Seen]:
    """Play a batch of calls at once; return what was seen of each. Numbers count from `first`."""
    parties: dict[str, Sipp] = {
        f"PJSIP/{exten}": stage.phone(
            exten, chance.choice(ANSWERS), chance.uniform(0.2, 1.5), _talk(chance)
        )
        for exten in PHONES
    }
    parties["PJSIP/trunk"] = stage.trunk(
        chance.choice(TRUNK_ANSWERS), chance.uniform(0.2, 1.5), _talk(chance)
    )
    numbers = [f"+32470{first + index:06}" for index in range(BATCH)]
    told = len(stage.ami.events(CLICK_TOLD))
    calls = {number: _begin(stage, chance, number) for number in numbers}
    for call in calls.values():
        if call is not None and call.process is not None:
            call.process.wait(BATCH_S)  # whatever its status: a refusal may be what was to come
    _wait_clicks(stage, told + sum(call is None for call in calls.values()))
    stage.wait_idle()
    # Asterisk's channel is gone when it has said BYE, not when a phone has heard it.
    wait_until(lambda: all(map(_is_over, parties.values())), "the phones know", BATCH_S)
    return [_seen(number, parties, call) for number, call in calls.items()]


def _is_over(party: Sipp) -> bool:
    """Tell whether every call that a party answered has ended for it."""
    messages = party.messages()
    answered = {
        one.header("Call-ID") for one in messages if (one.method, one.status) == ("INVITE", 200)
    }
    taken = {one.header("Call-ID") for one in messages if one.method == "ACK"}
    ended = {one.header("Call-ID") for one in messages if one.method == "BYE"}
    return answered & taken <= ended


def _wait_clicks(stage: Stage, number: int) -> None:
    """Wait until Asterisk told what became of so many originates: one that it has not begun yet has
    no channel to wait for.
    """
    wait_until(
        lambda: len(stage.ami.events(CLICK_TOLD)) >= number,
        f"{number} {CLICK_TOLD}",
        BATCH_S,
        log=stage.asterisk.full_log,
    )


def _talk(chance: random.Random) -> float | None:
    return chance.choice((None, chance.uniform(0.5, 3)))


def _begin(stage: Stage, chance: random.Random, number: str) -> Call | None:
    if chance.random() < 0.1:
        stage.originate(f"PJSIP/{chance.choice(PHONES[:2])}", number, Timeout="4000")
        return None
    cancel_s = chance.choice((None, None, chance.uniform(0.3, 2)))
    talk_s = chance.uniform(0.5, 5)
    if chance.random() < 0.25:
        return stage.desk(chance.choice(PHONES[:2]), number, cancel_s or 6, talk_s)
    return stage.inbound(chance.choice(NUMBERS), Caller(number), cancel_s or 6, talk_s)


def _seen(number: str, parties: dict[str, Sipp], call: Call | None) -> Seen:
    seen = Seen(number)
    if call is not None:
        seen.heard = [message.start for message in call.messages()] + call.faults()
    for endpoint, party in parties.items():
        dialogs: dict[str, list[SipMessage]] = defaultdict(list)
        for message in party.messages():
            dialogs[message.header("Call-ID")].append(message)
        for messages in dialogs.values():
            if number in messages[0].header("From") + messages[0].start:
                _look(seen, endpoint, messages)
    gone = _gone(call.messages()) if call is not None else 0.0
    if seen.answered and gone and seen.answered > gone - GLARE_S:
        seen.glare, seen.answered_by, seen.answered, seen.ended = seen.answered_by, "", 0.0, 0.0
    return seen


def _gone(messages: list[SipMessage]) -> float:
    """Return when the calling side itself went, 0.0 if it did not."""
    asked = [one for one in messages if one.sent and not one.status]
    return min((one.time for one in asked if one.method in ("BYE", "CANCEL")), default=0.0)


def _look(seen: Seen, endpoint: str, messages: list[SipMessage]) -> None:
    """Take over what one called party saw in its dialog with Asterisk."""
    ringing = [message.time for message in messages if message.status == 180]
    taken_back = [message.time for message in messages if message.method == "CANCEL"]
    if ringing and taken_back and taken_back[0] - ringing[0] < GLARE_S:
        seen.began_to_ring.add(endpoint)
    elif ringing:
        seen.rang.add(endpoint)
    answers = [
        message.time for message in messages if message.status == 200 and message.method == "INVITE"
    ]
    if not answers or not any(message.method == "ACK" for message in messages):
        return
    ended = max(message.time for message in messages if message.method == "BYE")
    seen.rang.add(endpoint)
    if ended - answers[0] < GLARE_S:
        seen.glare = endpoint
        return
    seen.answered_by, seen.answered, seen.ended = endpoint, answers[0], ended
