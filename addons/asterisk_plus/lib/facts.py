"""What is known of a call and its legs: the answer of the state machine, frozen. No rule stands here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Tuple


@dataclass(frozen=True)
class LegFacts:
    """One leg. Times are Unix seconds, None for never; `talk_s` is the time that it was bridged with another leg."""

    uniqueid: str
    linkedid: str
    channel: str
    endpoint: str
    state: str
    caller_num: str
    caller_name: str
    connected_num: str
    connected_name: str
    exten: str
    context: str
    started: Optional[float]
    answered: Optional[float]
    ended: Optional[float]
    cause: Optional[int]
    cause_txt: str
    is_active: bool
    talk_s: int
    moved_to: str = ""  # linkedid of the call in which this channel goes on


@dataclass(frozen=True)
class Transfer:
    """One step of a call's way: `kind` is blind, attended, pickup, park, retrieve or forward."""

    time: float
    kind: str
    by_endpoint: str
    to: str  # what was dialled, a parking space; with a pickup the endpoint that rang
    to_endpoint: str = ""  # who got it (with a pickup: whose it was), empty when nobody did or it is not known


class Party(NamedTuple):
    """Somebody through whose hands a call went: an endpoint, or else a number (a parking space, a number outside)."""

    endpoint: str
    number: str


@dataclass(frozen=True)
class UserPart:
    """What one PBX user had to do with a call, on all of their phones together."""

    user: int
    role: str  # calling, answered, transferred (talked later than who answered), rung
    rang: bool
    talked: Optional[float]  # when they first talked, None for never
    talk_s: int


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the story: `kind` names a sentence, `parts` are its words: endpoints, numbers, and who stands outside
    (timeline.py: CALLER, CALLED).
    """

    time: float
    kind: str
    parts: Tuple[str, ...]


@dataclass(frozen=True)
class CallFacts:
    """One call. Times are Unix seconds, None for never; durations are whole seconds."""

    linkedid: str
    direction: str  # in, out, internal
    status: str  # progress, answered, noanswer, busy, failed, ended
    is_active: bool
    calling_number: str
    calling_name: str
    called_number: str
    did: str
    started: Optional[float]
    ringing: Optional[float]
    answered: Optional[float]
    ended: Optional[float]
    ring_s: int
    talk_s: int
    total_s: int
    rung_endpoints: Tuple[str, ...]
    answered_endpoint: str
    answered_user: Optional[int]
    final_endpoint: str  # the last one who talked with the calling party, after transfers
    final_user: Optional[int]
    calling_endpoint: str
    calling_user: Optional[int]
    hangup_cause: Optional[int]
    hangup_reason: str
    hangup_side: str  # caller, callee, pbx, or empty when not known
    queue: str
    legs: Tuple[LegFacts, ...]
    transfers: Tuple[Transfer, ...]
    chain: Tuple[Party, ...]  # who handed the call to whom, empty when it stayed where it was
    timeline: Tuple[TimelineEntry, ...]
    users: Tuple[UserPart, ...]  # every PBX user who called, was rung or talked
    linked_to: Tuple[str, ...]  # calls in which a channel of this one goes on

    @property
    def user_talk(self) -> Tuple[Tuple[int, int], ...]:
        """(user id, seconds talked) of those who talked, be it less than a second."""
        return tuple((one.user, one.talk_s) for one in self.users if one.talked is not None)
