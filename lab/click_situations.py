"""Click-to-call with two phones, as the agent does it: both are called into waiting, the first to
be picked up is sent on, the other is hung up.
"""

import secrets
import time

from lab.situations import situation
from lab.stage import Stage

NUMBER = "+32470000001"
WAITING = {"Application": "Wait", "Data": "15"}
PHONES = ("PJSIP/101", "PJSIP/103")


def ring(stage: Stage) -> list[str]:
    """Call both phones of one click; return their ChannelIds, of the form that Odoo gives."""
    stem = f"odoo-{secrets.token_hex(8)}-{int(time.time())}"
    names = [f"{stem}.{place}" for place, _ in enumerate(PHONES, 1)]
    for name, phone in zip(names, PHONES, strict=True):
        action = {"Action": "Originate", "Channel": phone, "ChannelId": name, "Timeout": "5000"}
        stage.ami.send({**action, **WAITING, "Async": "true"})
    return names


def go_on(stage: Stage, winner: str, loser: str, context: str = "from-internal") -> None:
    """Send one phone on to the number, and hang the other up."""
    place = {"Context": context, "Exten": NUMBER, "Priority": "1"}
    stage.ami.send({"Action": "Redirect", "Channel": winner, **place})
    stage.ami.send({"Action": "Hangup", "Channel": loser, "Cause": "26"})


@situation
def click_two_devices_first_answers(stage: Stage) -> None:
    """101 goes on ringing, 103 is picked up, then the partner is called."""
    stage.phone("101", "never")
    stage.phone("103", ring_s=1)
    trunk = stage.trunk("ok", ring_s=1, talk_s=2)
    first, second = ring(stage)
    stage.wait_event("OriginateResponse", Uniqueid=second)
    go_on(stage, second, first)
    trunk.wait_for("BYE")


@situation
def click_two_devices_both_answer(stage: Stage) -> None:
    """Both are picked up, before anybody decides."""
    stage.phone("101", ring_s=1)
    stage.phone("103", ring_s=1)
    trunk = stage.trunk("ok", ring_s=1, talk_s=2)
    first, second = ring(stage)
    for name in (first, second):
        stage.wait_event("OriginateResponse", Uniqueid=name)
    go_on(stage, first, second)
    trunk.wait_for("BYE")


@situation
def click_two_devices_both_decline(stage: Stage) -> None:
    """101 declines, and later 103 is busy."""
    stage.phone("101", "603 Decline")
    stage.phone("103", "486 Busy Here", ring_s=1)
    for name in ring(stage):
        stage.wait_event("OriginateResponse", Uniqueid=name)


@situation
def click_two_devices_lead_nowhere(stage: Stage) -> None:
    """103 is picked up, and its context has no such extension."""
    stage.phone("101", "never")
    stage.phone("103", ring_s=1)
    first, second = ring(stage)
    stage.wait_event("OriginateResponse", Uniqueid=second)
    go_on(stage, second, first, "no-such-context")
    stage.wait_event("Hangup", Uniqueid=second)
