"""More situations, for the truth of a call: refusals, queues, Local/ channels, transfers, pickup, parking, conference."""

from lab.sip_scenario import Caller, During
from lab.situations import situation
from lab.stage import JANE, Stage

BOB_CALLS = "+32470000001"
OTHER = Caller("+32470000002")


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
    stage.desk("101", BOB_CALLS, cancel_s=2).finish()


@situation
def outbound_busy(stage: Stage) -> None:
    """101 dials out, the far end is busy."""
    stage.trunk("486 Busy Here")
    stage.desk("101", BOB_CALLS).finish()


@situation
def outbound_congested(stage: Stage) -> None:
    """101 dials out, the trunk is overloaded: 503."""
    stage.trunk("503 Service Unavailable", ring_s=0)
    stage.desk("101", BOB_CALLS).finish()


@situation
def outbound_early_media_unanswered(stage: Stage) -> None:
    """101 dials out, hears an announcement (183), and gives up."""
    stage.trunk("183,never")
    stage.desk("101", BOB_CALLS, cancel_s=2).finish()


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
    stage.originate("PJSIP/101", BOB_CALLS, Timeout="2000")
    stage.wait_event("OriginateResponse")


@situation
def click_to_call_unregistered(stage: Stage) -> None:
    """Odoo calls 104, which is not registered."""
    stage.originate("PJSIP/104", BOB_CALLS)
    stage.wait_event("OriginateResponse")


@situation
def click_to_call_far_busy(stage: Stage) -> None:
    """101 answers, the partner is busy."""
    phone = stage.phone("101", ring_s=1)
    stage.trunk("486 Busy Here")
    stage.originate("PJSIP/101", BOB_CALLS)
    phone.wait_for("BYE")


@situation
def click_to_call_far_unanswered(stage: Stage) -> None:
    """101 answers, the partner does not, 101 hangs up."""
    stage.phone("101", ring_s=1, talk_s=3)
    stage.trunk("never")
    stage.originate("PJSIP/101", BOB_CALLS)
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
    stage.originate("Local/634@lab", BOB_CALLS)
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


# Queues


@situation
def queue_third_cycle(stage: Stage) -> None:
    """Members ring in turn, two seconds each; 102 picks up when its turn comes."""
    stage.phone("101", "never")
    stage.phone("102", ring_s=1)
    stage.inbound("620", talk_s=6).finish()


@situation
def queue_caller_leaves(stage: Stage) -> None:
    """The caller hangs up while members ring in turn."""
    stage.phone("101", "never")
    stage.phone("102", "never")
    stage.inbound("620", talk_s=6).finish()


@situation
def queue_times_out(stage: Stage) -> None:
    """The queue sends the caller away after five seconds."""
    stage.phone("101", "never")
    stage.phone("102", "never")
    stage.inbound("621").finish()


@situation
def queue_full(stage: Stage) -> None:
    """A queue of one place has a caller; the second one is sent away."""
    stage.phone("101", "never")
    first = stage.inbound("622", talk_s=5)
    stage.wait_event("QueueCallerJoin")
    stage.inbound("622", OTHER).finish()
    first.finish()


@situation
def queue_autopause(stage: Stage) -> None:
    """A member who does not answer is paused; then nobody is left."""
    stage.phone("101", "never")
    stage.phone("102", "never")
    stage.inbound("623").finish()


@situation
def queue_empty(stage: Stage) -> None:
    """A queue without members."""
    stage.inbound("624").finish()


@situation
def queue_member_behind_local(stage: Stage) -> None:
    """A queue's member is Local/102."""
    stage.phone("102", ring_s=1)
    stage.inbound("625", talk_s=3).finish()


@situation
def queue_that_does_not_answer(stage: Stage) -> None:
    """The caller is not answered before a member is; 101 answers."""
    stage.phone("101", ring_s=1)
    stage.inbound("626", talk_s=2).finish()


# Changing hands


@situation
def blind_transfer_unanswered(stage: Stage) -> None:
    """101 sends C on to 102, who does not answer; C gives up."""
    stage.phone("101", during=[During(after_s=1, refer_to=stage.address("102"))])
    stage.phone("102", "never")
    stage.inbound("101", talk_s=5).finish()


@situation
def blind_transfer_by_caller(stage: Stage) -> None:
    """101 calls Jane and sends her on to 102."""
    stage.phone("102", ring_s=1, talk_s=2)
    trunk = stage.trunk("ok", ring_s=1)
    stage.desk(
        "101", BOB_CALLS, during=[During(after_s=1, refer_to=stage.address("102"))], talk_s=1
    )
    trunk.wait_for("BYE")


@situation
def attended_transfer_by_phone(stage: Stage) -> None:
    """101 asks 102 on a second line, then joins C and 102 (REFER with Replaces): the second call's Linkedid changes."""
    stage.phone("102", ring_s=1)
    stage.transferrer("101", consult="102")
    stage.inbound("101", talk_s=7).finish()


@situation
def attended_transfer_callee_hangs_up(stage: Stage) -> None:
    """The same, but 102 hangs up at last."""
    stage.phone("102", ring_s=1, talk_s=4)
    stage.transferrer("101", consult="102")
    stage.inbound("101").finish()


@situation
def attended_transfer_by_hangup(stage: Stage) -> None:
    """C talks to 101, who calls 102 by *2, and hangs up before 102 answers; 102 answers."""
    stage.phone("101", talk_s=2, during=[During(after_s=1, digits="*2"), During(after_s=1, digits="102")])
    stage.phone("102", ring_s=4)
    stage.inbound("101", talk_s=14).finish()


@situation
def group_pickup(stage: Stage) -> None:
    """101 rings, 103 takes the call with *8."""
    stage.phone("101", "never")
    call = stage.inbound("101", talk_s=3)
    stage.wait_event("Newstate", ChannelStateDesc="Ringing")
    stage.desk("103", "*8")
    call.finish()


@situation
def directed_pickup(stage: Stage) -> None:
    """101 rings, 102 takes that very call."""
    stage.phone("101", "never")
    call = stage.inbound("617", talk_s=3)
    stage.wait_event("Newstate", ChannelStateDesc="Ringing")
    stage.desk("102", "*9617")
    call.finish()


@situation
def park_and_retrieve(stage: Stage) -> None:
    """101 talks, parks C (REFER to *700); 102 takes C from 701."""
    stage.phone("101", during=[During(after_s=1, refer_to=stage.address("*700"))])
    call = stage.inbound("101", talk_s=6)
    stage.wait_event("ParkedCall")
    stage.desk("102", "*701")
    call.finish()


@situation
def park_abandoned(stage: Stage) -> None:
    """101 talks and parks C, who gives up."""
    stage.phone("101", during=[During(after_s=1, refer_to=stage.address("*700"))])
    stage.inbound("101", talk_s=4).finish()


@situation
def conference(stage: Stage) -> None:
    """C enters a conference, 101 and 102 call it, C leaves first."""
    call = stage.inbound("604", JANE, talk_s=4)
    stage.wait_event("ConfbridgeJoin")
    stage.desk("101", "*604", talk_s=5)
    stage.desk("102", "*604", talk_s=6).finish()
    call.finish()


@situation
def conference_alone(stage: Stage) -> None:
    """C enters a conference where nobody is."""
    stage.inbound("604", talk_s=2).finish()
