"""A leg: what was observed of one channel of a call. It is not judged here, but in verdict.py."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Dict, List, Optional

from .events import Snapshot, endpoint_of, is_person

MAX_STAYS = 40  # bridges that one channel enters in one call; more than a day of parking and transfers

UNSAID = ("s", "h", "i", "t", "o", "a", "failed")  # extensions of the dialplan's own, which nobody dialled


@dataclass
class Stay:
    """One stay of a channel in a bridge. `left` is None while it lasts."""

    bridge: str
    entered: float
    left: Optional[float] = None
    basic: bool = True  # two parties, as Dial makes it; not a conference


@dataclass
class Leg:
    """What was observed of one channel. Times are Unix seconds, 0 for never."""

    uniqueid: str
    channel: str = ""
    state: str = ""
    caller_num: str = ""
    caller_name: str = ""
    connected_num: str = ""
    connected_name: str = ""
    exten: str = ""
    context: str = ""
    first_num: str = ""  # the caller id as it came in, before the dialplan changed it
    first_name: str = ""
    started: float = 0
    seen: float = 0  # time of the snapshot above
    up: float = 0  # Asterisk or somebody answered this channel; no proof of a person
    dialled: float = 0  # DialBegin named it as the destination
    dialled_by: str = ""  # Uniqueid of the channel that dialled it, empty when it was originated
    dialled_as: str = ""  # endpoint that was dialled: a pickup puts another one behind the same channel
    ringing: float = 0
    dial_ended: float = 0
    dial_status: str = ""
    dial_answered: float = 0
    answered_as: str = ""  # endpoint that answered
    joined: float = 0  # it came from another call
    moved: float = 0  # it went to another call
    moved_to: str = ""
    hangup_asked: float = 0  # HangupRequest: its own side hung up, or refused
    own_cause: Optional[int] = None  # ... and said why. The cause of its Hangup may be a copy of another leg's
    ended: float = 0
    cause: Optional[int] = None
    cause_txt: str = ""
    closed_reason: str = ""  # it was not Asterisk who said that it ended
    stays: List[Stay] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return self.answered_as or endpoint_of(self.channel)

    @property
    def is_person(self) -> bool:
        return is_person(self.channel)

    @property
    def is_active(self) -> bool:
        return not self.ended and not self.moved

    @property
    def bridge(self) -> str:
        """The bridge of two parties in which it is now, empty for none."""
        open_stays = [stay.bridge for stay in self.stays if stay.left is None and stay.basic]
        return open_stays[-1] if open_stays and self.is_active else ""

    @property
    def left_at(self) -> float:
        """When it left this call, 0 while it is in it."""
        return self.moved or self.ended

    def look(self, shot: Snapshot, time: float) -> None:
        """Take over what Asterisk says of the channel; an older word never replaces a newer one."""
        self.started = min(self.started or time, time)
        if shot.state == "Up" and not self.ended:
            self.up = min(self.up or time, time)
        self.first_num = self.first_num or shot.caller_num
        self.first_name = self.first_name or shot.caller_name
        if shot.exten and shot.exten not in UNSAID and not self.exten:
            self.exten, self.context = shot.exten, shot.context
        self.context = self.context or shot.context
        if time < self.seen:
            return
        self.seen = time
        self.channel = self._renamed(shot.channel)
        self.state = shot.state or self.state
        self.caller_num = shot.caller_num or self.caller_num
        self.caller_name = shot.caller_name or self.caller_name
        self.connected_num = shot.connected_num or self.connected_num
        self.connected_name = shot.connected_name or self.connected_name

    def _renamed(self, channel: str) -> str:
        """A masquerade leaves a zombie under the other's name: keep the name under which it lived."""
        if "<" in channel and self.channel:
            return self.channel
        return channel or self.channel

    def enter(self, bridge: str, time: float, basic: bool = True) -> None:
        """It is in a bridge since `time`; it has left any other, for a channel is in one at a time."""
        for stay in self.stays:
            if stay.bridge == bridge and (stay.left is None or stay.entered == time):
                stay.entered = min(stay.entered, time)
                return
        self.leave_all(time)
        if len(self.stays) < MAX_STAYS and not (self.ended and time > self.ended):
            self.stays.append(Stay(bridge, time, None if self.is_active else max(time, self.left_at), basic))

    def leave_all(self, time: float) -> None:
        for stay in self.stays:
            if stay.left is None and stay.entered <= time:
                stay.left = time

    def leave(self, bridge: str, time: float) -> None:
        for stay in self.stays:
            if stay.bridge == bridge and (stay.left is None or stay.left == time) and stay.entered <= time:
                stay.left = time
                return

    def end(self, time: float) -> None:
        self.ended = time
        self._close_stays(time)

    def move(self, linkedid: str, time: float) -> None:
        self.moved, self.moved_to = time, linkedid
        self._close_stays(time)

    def _close_stays(self, time: float) -> None:
        for stay in self.stays:
            if stay.left is None or stay.left > time:
                stay.left = max(time, stay.entered)

    def to_dict(self) -> Dict[str, Any]:
        data = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}
        data["stays"] = [[stay.bridge, stay.entered, stay.left, stay.basic] for stay in self.stays]
        return data

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> Leg:
        known = {one.name for one in fields(cls)}
        leg = cls(**{name: value for name, value in data.items() if name in known})
        leg.stays = [Stay(*stay) for stay in data.get("stays", ())]
        return leg
