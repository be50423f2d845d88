"""The rules, second part: what became of the call, who ended it, and why.

4. A call that was answered stays answered. Without an answer, when it is over:
   noanswer  somebody rang out, or the caller waited in a queue, or gave up before anything was heard
   busy      a phone was busy or declined, and none rang out; or a queue was full
   failed    whoever was asked could not be reached; or the calling side's own phone did not answer (click-to-call);
             or Asterisk turned the caller away
   ended     nobody was asked: an IVR, a voicemail, an echo test
"""

from __future__ import annotations

from typing import Optional

from .causes import BUSY, DECLINED, NORMAL, RANG_FIRST, RANG_OUT, in_words
from .click import led_nowhere
from .leg import Leg
from .parties import REFUSED, UNREACHED, Parties

SAID = {  # DIALSTATUS (app_dial.c), QUEUESTATUS (app_queue.c)
    "CHANUNAVAIL": "Not reachable: no phone is registered",
    "CONGESTION": "The network is congested",
    "BUSY": "Busy",
    "FULL": "The queue is full",
    "JOINEMPTY": "The queue has no members",
    "JOINUNAVAIL": "No member of the queue is available",
}
ENDED_BY = {"caller": "The caller hung up", "callee": "The called party hung up", "pbx": "The PBX ended the call"}
LED_NOWHERE = "The dialplan ended the call at once: the number has no extension in the context"
NOT_REACHED = "Nobody could be reached"


class Outcome:
    """What became of one call."""

    def __init__(self, parties: Parties) -> None:
        self.parties = parties
        self.state = parties.state
        self.dial_said, self.queue_said = self.state.outcome("DIALSTATUS"), self.state.outcome("QUEUESTATUS")
        self.status = self._status()
        self.hangup_side = "" if self.state.is_active else self._hangup_side()
        self.hangup_cause = None if self.state.is_active else self._hangup_cause()
        self.hangup_reason = "" if self.state.is_active else self._hangup_reason()

    def _status(self) -> str:
        if self.parties.answered_legs:
            return "answered"
        if self.state.is_active:
            return "progress"
        asked = self.parties.asked
        if self.parties.is_originated and not asked and not self.state.queues and not self._asked_in_vain:
            return "ended" if self.parties.own_phone_answered and not led_nowhere(self.state) else "failed"
        if any(self._rang_out(leg) for leg in asked) or self.state.rung or self.state.queues:
            return "noanswer"
        if any(self._refused(leg) for leg in asked) or self.queue_said == "FULL":
            return "busy"
        if asked or self._asked_in_vain:
            return "failed"
        return self._status_of_nobody_asked()

    def _status_of_nobody_asked(self) -> str:
        primary = self.parties.primary
        if primary is None or primary.up or primary.closed_reason:
            return "ended"
        gave_up = primary.hangup_asked and primary.state != "Busy"  # Busy: Asterisk told the caller to go
        return "noanswer" if gave_up else "failed"

    @property
    def _asked_in_vain(self) -> bool:
        """Dial or Queue could not ring anybody, and said so: a phone that is not registered makes no channel."""
        return self.dial_said not in ("", "ANSWER") or self.queue_said not in ("", "CONTINUE")

    @staticmethod
    def _refused(leg: Leg) -> bool:
        return leg.dial_status in REFUSED or leg.own_cause in (BUSY, DECLINED)

    def _rang_out(self, leg: Leg) -> bool:
        """It was asked, and neither a refusal nor a failure of its own ended it: Asterisk took the call back."""
        if self._refused(leg) or leg.dial_status in UNREACHED:
            return False
        return leg.own_cause in (RANG_FIRST if leg.ringing else RANG_OUT)

    # Who ended it

    def _hangup_side(self) -> str:
        if self.status == "answered":
            return self._side_of_answered()
        if self._caller_went():
            return "caller"
        return "callee" if any(leg.hangup_asked for leg in self.parties.asked) else "pbx"

    def _side_of_answered(self) -> str:
        """Whose phone hung up first, of those who were there at the end of the last talk; nobody's: the PBX."""
        final = self.parties.final
        end = self.parties.talk_end(final) if final is not None else 0
        asking = [leg for leg in self.parties.legs if leg.is_person and leg.hangup_asked >= max(end - 1, 1)]
        if not asking:
            return "pbx"
        first = min(asking, key=lambda leg: leg.hangup_asked)
        return "caller" if first.uniqueid in self.parties.calling else "callee"

    def _caller_went(self) -> bool:
        """The calling side hung up, or declined to be called itself; it was not Asterisk who told it to go."""
        own = [leg for leg in self.parties.legs if leg.uniqueid in self.parties.calling and leg.hangup_asked]
        if self.parties.is_originated and not self.parties.own_phone_answered:
            return bool(own)
        return self.status in ("noanswer", "ended") and any(leg.state != "Busy" for leg in own)

    def _hangup_cause(self) -> Optional[int]:
        """The cause of the leg that decided: a called one if the call failed there, else the first channel's."""
        if self.status in ("busy", "failed"):
            causes = [leg.own_cause for leg in self.parties.called if leg.own_cause]
            refused = [cause for cause in causes if cause in (BUSY, DECLINED)]
            if causes:
                return (refused or causes)[-1]
        return self.parties.primary.cause if self.parties.primary is not None else None

    # Why

    def _hangup_reason(self) -> str:
        closed = [leg.closed_reason for leg in self.parties.legs if leg.closed_reason]
        closed += [self._closed_reason()] if self._closed_reason() else []
        if closed:
            return closed[0]
        if self.status in ("busy", "failed"):
            return self._failure()
        if any(leg.moved_to for leg in self.parties.legs):
            return "Went on in another call"
        if self.status == "noanswer":
            return "The caller gave up" if self.hangup_side == "caller" and self._was_waiting() else "Nobody answered"
        return ENDED_BY.get(self.hangup_side, "")

    def _closed_reason(self) -> str:
        """Why we closed a click of which Asterisk had said nothing; if it began all the same, it ended otherwise."""
        closed = self.state.closed
        began_later = any(leg.started > closed.get("time", 0) for leg in self.parties.legs)
        return "" if began_later else str(closed.get("reason", ""))

    def _was_waiting(self) -> bool:
        """Somebody still rang, or a queue still held the caller, when the caller went."""
        last = max(self.state.marks, default=[0, ""])
        if last[1] == "queue_join" or not self.parties.called:
            return True
        went = max((leg.hangup_asked for leg in self.parties.legs if leg.uniqueid in self.parties.calling), default=0)
        return self.parties.ring_ended >= went - 1

    def _failure(self) -> str:
        if self.parties.is_originated and not self.parties.own_phone_answered:
            return "The caller's own phone: " + self._own_phone_failure().lower()
        if not self.parties.called and led_nowhere(self.state) and not self._asked_in_vain:
            return LED_NOWHERE
        if not self.parties.called and self._asked_in_vain:
            return SAID.get(self.queue_said or self.dial_said, NOT_REACHED)
        return in_words(self.hangup_cause if self.hangup_cause != NORMAL else None) or NOT_REACHED

    def _own_phone_failure(self) -> str:
        own = [leg for leg in self.parties.legs if leg.uniqueid in self.parties.calling]
        if any(leg.ringing and leg.own_cause in RANG_FIRST for leg in own):
            return "Nobody answered"
        return in_words(self.hangup_cause) or "Not reachable"
