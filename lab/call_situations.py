"""More situations: refusals, IVR, calls out, click-to-call, several phones, Local/ channels."""

from lab.situations import situation
from lab.stage import Stage

NUMBER = "+32470000001"


# One phone


@situation
def inbound_timed_out(stage: Stage) -> None:
    """101 rings two seconds, the dialplan gives up."""
    stage.phone("101", "never")
    stage.inbound("610").finish()


@situation
def inbound_then_voicemail(stage: Stage) -> None:
    """101 rings two seconds, then the caller leaves a message."""
    stage.phone("101", "never")
    stage.inbound("611", talk_s=3).finish()


@situation
def inbound_busy_then_voicemail(stage: Stage) -> None:
    """101 is busy, then the caller leaves a message."""
    stage.phone("101", "486 Busy Here")
    stage.inbound("616", talk_s=3).finish()


@situation
def inbound_two_phones_in_turn(stage: Stage) -> None:
    """101 rings three seconds, then 102, who answers."""
    stage.phone("101", "never")
    stage.phone("102", ring_s=1)
    stage.inbound("605", talk_s=2).finish()


@situation
def inbound_unavailable(stage: Stage) -> None:
    """101 says 480: it does not want to be disturbed."""
    stage.phone("101", "480 Temporarily Unavailable", ring_s=0)
    stage.inbound("101").finish()


@situation
def inbound_no_endpoint(stage: Stage) -> None:
    """The dialplan dials an endpoint that does not exist."""
    stage.inbound("615").finish()


@situation
def inbound_wrong_number(stage: Stage) -> None:
    """C dials a number that the dialplan does not know."""
    stage.inbound("699").finish()


@situation
def inbound_congestion(stage: Stage) -> None:
    """The dialplan says congestion."""
    stage.inbound("613").finish()


@situation
def inbound_no_seconds(stage: Stage) -> None:
    """101 answers and hangs up at once."""
    stage.phone("101", ring_s=1, talk_s=0)
    stage.inbound("101").finish()


@situation
def ivr_then_phone(stage: Stage) -> None:
    """An IVR answers, then 102 is called, who answers."""
    stage.phone("102", ring_s=1)
    stage.inbound("612", talk_s=4).finish()


@situation
def echo_only(stage: Stage) -> None:
    """An echo test."""
    stage.inbound("614", talk_s=2).finish()


@situation
def inbound_forwarded(stage: Stage) -> None:
    """101 forwards to 102 (302), who answers."""
    stage.phone("101", "forward 102")
    stage.phone("102", ring_s=1)
    stage.inbound("101", talk_s=2).finish()


# Out and internal


@situation
def outbound_cancelled(stage: Stage) -> None:
    """101 dials out and gives up while it rings."""
    stage.trunk("never")
    stage.desk("101", NUMBER, cancel_s=2).finish()


@situation
def outbound_busy(stage: Stage) -> None:
    """101 dials out, the far end is busy."""
    stage.trunk("486 Busy Here")
    stage.desk("101", NUMBER).finish()


@situation
def outbound_congested(stage: Stage) -> None:
    """101 dials out, the trunk is overloaded: 503."""
    stage.trunk("503 Service Unavailable", ring_s=0)
    stage.desk("101", NUMBER).finish()


@situation
def outbound_early_media_unanswered(stage: Stage) -> None:
    """101 dials out, hears an announcement (183), and gives up."""
    stage.trunk("183,never")
    stage.desk("101", NUMBER, cancel_s=2).finish()


@situation
def internal_unanswered(stage: Stage) -> None:
    """101 calls 102 and gives up."""
    stage.phone("102", "never")
    stage.desk("101", "102", cancel_s=2).finish()


@situation
def internal_unregistered(stage: Stage) -> None:
    """101 calls 104, which is not registered."""
    stage.desk("101", "104").finish()


@situation
def internal_echo(stage: Stage) -> None:
    """101 calls the echo test."""
    stage.desk("101", "*614", talk_s=2).finish()


# Click-to-call


@situation
def click_to_call_unanswered(stage: Stage) -> None:
    """Odoo lets 101 ring, who does not answer."""
    stage.phone("101", "never")
    stage.originate("PJSIP/101", NUMBER, Timeout="2000")
    stage.wait_event("OriginateResponse")


@situation
def click_to_call_unregistered(stage: Stage) -> None:
    """Odoo calls 104, which is not registered."""
    stage.originate("PJSIP/104", NUMBER)
    stage.wait_event("OriginateResponse")


@situation
def click_to_call_far_busy(stage: Stage) -> None:
    """101 answers, the partner is busy."""
    phone = stage.phone("101", ring_s=1)
    stage.trunk("486 Busy Here")
    stage.originate("PJSIP/101", NUMBER)
    phone.wait_for("BYE")


@situation
def click_to_call_far_unanswered(stage: Stage) -> None:
    """101 answers, the partner does not, 101 hangs up."""
    stage.phone("101", ring_s=1, talk_s=3)
    stage.trunk("never")
    stage.originate("PJSIP/101", NUMBER)
    stage.wait_event("Hangup")


@situation
def click_to_call_colleague(stage: Stage) -> None:
    """Odoo lets 101 ring, then 102 is called."""
    stage.phone("101", ring_s=1)
    bob = stage.phone("102", ring_s=1, talk_s=2)
    stage.originate("PJSIP/101", "102")
    bob.wait_for("BYE")


@situation
def click_to_call_two_devices(stage: Stage) -> None:
    """Odoo lets both of Alice's devices ring (Local/), 103 answers, then the partner is called."""
    stage.phone("101", "never")
    stage.phone("103", ring_s=1)
    trunk = stage.trunk("ok", ring_s=1, talk_s=2)
    stage.originate("Local/634@lab", NUMBER)
    trunk.wait_for("BYE")


# Several phones


@situation
def two_devices(stage: Stage) -> None:
    """Alice's two devices ring, the second one answers."""
    stage.phone("101", "never")
    stage.phone("103", ring_s=1)
    stage.inbound("630", talk_s=2).finish()


@situation
def ring_group_nobody(stage: Stage) -> None:
    """101 is busy, 102 and 103 ring, the caller gives up."""
    stage.phone("101", "486 Busy Here")
    stage.phone("102", "never")
    stage.phone("103", "never")
    stage.inbound("600", cancel_s=3).finish()


@situation
def local_channels(stage: Stage) -> None:
    """101 and 102 ring, each behind Local/; 102 answers."""
    stage.phone("101", "never")
    stage.phone("102", ring_s=1)
    stage.inbound("631", talk_s=2).finish()


@situation
def local_channel_that_stays(stage: Stage) -> None:
    """102 behind Local/…/n."""
    stage.phone("102", ring_s=1)
    stage.inbound("632", talk_s=2).finish()


@situation
def local_behind_local(stage: Stage) -> None:
    """Local/ behind Local/; 101 answers."""
    stage.phone("101", ring_s=1)
    stage.phone("102", "never")
    stage.inbound("633", talk_s=2).finish()


@situation
def local_nobody(stage: Stage) -> None:
    """101 and 102 ring behind Local/, the caller gives up."""
    stage.phone("101", "never")
    stage.phone("102", "never")
    stage.inbound("631", cancel_s=2).finish()
