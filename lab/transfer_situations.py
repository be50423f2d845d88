"""More situations: calls that change hands (transfer, pickup, parking), and conferences."""

from lab.sip_scenario import During
from lab.situations import situation
from lab.stage import JANE, Stage

NUMBER = "+32470000001"


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
    stage.desk("101", NUMBER, during=[During(after_s=1, refer_to=stage.address("102"))], talk_s=1)
    trunk.wait_for("BYE")


@situation
def attended_transfer_by_phone(stage: Stage) -> None:
    """101 asks 102 on a second line, then joins C and 102 (REFER with Replaces): the second call's
    Linkedid changes.
    """
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
    stage.phone(
        "101", talk_s=5, during=[During(after_s=1, digits="*2"), During(after_s=1, digits="102")]
    )
    stage.phone("102", ring_s=5)
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
    """C enters a conference, 101 calls it, then 102; they leave, C stays a little."""
    call = stage.inbound("604", JANE, talk_s=14)
    stage.wait_event("ConfbridgeJoin")
    alice = stage.desk("101", "*604", talk_s=5)
    stage.desk("102", "*604", talk_s=6).finish()
    alice.finish()
    call.finish()


@situation
def conference_alone(stage: Stage) -> None:
    """C enters a conference where nobody is."""
    stage.inbound("604", talk_s=2).finish()


@situation
def both_sent_elsewhere(stage: Stage) -> None:
    """C talks to 101; AMI's Redirect sends each to an echo test of their own, and they stay."""
    stage.phone("101", talk_s=5)
    call = stage.inbound("101", talk_s=6, during=[During(after_s=2, digits="5")])
    stage.wait_event("DTMFEnd")
    caller, phone = sorted(stage.channels(), reverse=True)
    echo = {"Context": "lab", "Exten": "614", "Priority": "1"}
    extra = {f"Extra{header}": value for header, value in echo.items()}
    stage.ami.send({"Action": "Redirect", "Channel": caller, "ExtraChannel": phone} | echo | extra)
    call.finish()
