"""More situations: what callers meet in a queue."""

from lab.sip_scenario import Caller
from lab.situations import situation
from lab.stage import Stage

OTHER = Caller("+32470000002")


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
