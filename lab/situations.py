"""Named situations: what callers and phones do. To add one, write a function below; its name is
the situation's.

A script begins calls on the stage and returns when what it is about has happened; the recorder then
waits until no channel is left. Times are short: what counts is the order of events, and times that
can be told apart.
"""

from collections.abc import Callable

from lab.sip_scenario import Caller, During
from lab.stage import JANE, Stage

Script = Callable[[Stage], None]
SITUATIONS: dict[str, Script] = {}


def situation(script: Script) -> Script:
    """Enter a script into the table, under its name with dashes."""
    SITUATIONS[script.__name__.replace("_", "-")] = script
    return script


@situation
def inbound_answered(stage: Stage) -> None:
    """C calls, 101 rings, talks, C hangs up."""
    stage.phone("101", ring_s=2)
    stage.inbound("101", talk_s=3).finish()


@situation
def inbound_answered_callee_hangs_up(stage: Stage) -> None:
    """C calls, 101 rings, talks, 101 hangs up."""
    stage.phone("101", ring_s=1, talk_s=2)
    stage.inbound("101").finish()


@situation
def inbound_cancelled(stage: Stage) -> None:
    """C hangs up while 101 rings."""
    stage.phone("101", "never")
    stage.inbound("101", cancel_s=2).finish()


@situation
def inbound_busy(stage: Stage) -> None:
    """101 answers 486."""
    stage.phone("101", "486 Busy Here")
    stage.inbound("101").finish()


@situation
def inbound_declined(stage: Stage) -> None:
    """101 declines: 603."""
    stage.phone("101", "603 Decline")
    stage.inbound("101").finish()


@situation
def inbound_unregistered(stage: Stage) -> None:
    """104 is not registered."""
    stage.inbound("104").finish()


@situation
def inbound_anonymous(stage: Stage) -> None:
    """A caller without a number."""
    stage.phone("101", ring_s=1)
    stage.inbound("101", Caller("anonymous", "Anonymous"), talk_s=1).finish()


@situation
def ring_group_second_answers(stage: Stage) -> None:
    """101, 102 and 103 ring, 102 answers."""
    stage.phone("101", "never")
    stage.phone("102", ring_s=2)
    stage.phone("103", "never")
    stage.inbound("600", talk_s=2).finish()


@situation
def queue_nobody(stage: Stage) -> None:
    """A queue answers first, nobody picks up, the caller goes."""
    stage.phone("101", "never")
    stage.phone("102", "never")
    stage.inbound("601", talk_s=4).finish()


@situation
def queue_member_answers(stage: Stage) -> None:
    """A queue answers first, 102 picks up later."""
    stage.phone("101", "never")
    stage.phone("102", ring_s=2)
    stage.inbound("601", talk_s=5).finish()


@situation
def ivr_only(stage: Stage) -> None:
    """Only an announcement."""
    stage.inbound("602").finish()


@situation
def voicemail_only(stage: Stage) -> None:
    """Only a voicemail."""
    stage.inbound("603", talk_s=3).finish()


@situation
def outbound_answered(stage: Stage) -> None:
    """101 dials out on the phone: 183, then 200."""
    stage.trunk("183,ok", ring_s=2)
    stage.desk("101", "+32470000001", talk_s=3).finish()


@situation
def outbound_refused(stage: Stage) -> None:
    """101 dials a number that does not exist: 404 from the trunk."""
    stage.trunk("404 Not Found")
    stage.desk("101", "+32470000009").finish()


@situation
def internal_answered(stage: Stage) -> None:
    """101 calls 102."""
    stage.phone("102", ring_s=1)
    stage.desk("101", "102", talk_s=2).finish()


@situation
def click_to_call(stage: Stage) -> None:
    """Odoo lets 101 ring, then the partner is called."""
    stage.phone("101", ring_s=1)
    trunk = stage.trunk("ok", ring_s=1, talk_s=2)
    stage.originate("PJSIP/101", "+32470000001", CallerID="Jane <+32470000001>")
    trunk.wait_for("BYE")


@situation
def click_to_call_declined(stage: Stage) -> None:
    """Odoo lets 101 ring, who declines."""
    stage.phone("101", "603 Decline")
    stage.originate("PJSIP/101", "+32470000001")
    stage.wait_event("OriginateResponse")


@situation
def blind_transfer(stage: Stage) -> None:
    """C talks to 101, who sends C on to 102 (REFER)."""
    stage.phone("101", during=[During(after_s=1, refer_to=stage.address("102"))])
    stage.phone("102", ring_s=1)
    stage.inbound("101", talk_s=6).finish()


@situation
def attended_transfer(stage: Stage) -> None:
    """C talks to 101, who asks 102 first (feature code *2), then hands C over by hanging up."""
    stage.phone(
        "101", talk_s=4, during=[During(after_s=1, digits="*2"), During(after_s=1, digits="102")]
    )
    stage.phone("102", ring_s=1)
    stage.inbound("101", JANE, talk_s=14).finish()
