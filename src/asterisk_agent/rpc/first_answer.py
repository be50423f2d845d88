"""Several phones ring for one click, and the first to be picked up goes on: a race with one judge.

Each phone is called into an application that does nothing. Asterisk tells which are picked up
(``OriginateResponse``); the first is sent on to its extension, all others are hung up. One thread
alone sends phones on, so two that are picked up at the same moment never become two calls, and no
dialplan of ours is needed.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import AgentError

_log = logging.getLogger(__name__)

#: What tells that a phone was picked up, or was not.
EVENT = "OriginateResponse"
#: Races at a time; each is some phones that ring.
MAX_RACES = 500
#: A race is forgotten so long after its phones should have stopped ringing.
FORGET_AFTER_S = 60.0
#: Asterisk makes a channel a moment after it took the order: one that is not there yet is looked
#: for again.
LOOK_AGAIN_S = 0.1
LOOK_FOR_S = 5.0
TIMEOUT_S = 5.0
#: causes.h: AST_CAUSE_ANSWERED_ELSEWHERE; the phones show no missed call.
ANSWERED_ELSEWHERE = "26"


class Actions(Protocol):
    """What this needs of an AMI client."""

    def action(
        self, action: Mapping[str, str | Sequence[str]], timeout_s: float = ...
    ) -> Sequence[Mapping[str, Any]]:
        """Give an action and collect its answer."""


@dataclass(slots=True)
class Race:
    """The phones of one click: by ChannelId, where each goes on; and what became of them."""

    targets: Mapping[str, Mapping[str, str]]
    until: float
    called: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    winner: str = ""

    def call(self, channel_id: str) -> bool:
        """Take note that a phone is called now; false when it is too late."""
        if self.winner:
            return False
        self.called.add(channel_id)
        return True


class FirstAnswer:
    """All races of one agent. ``on_event`` is called by the AMI reader; ``run`` wants a thread."""

    def __init__(self, ami: Actions, clock: Clock) -> None:
        self._ami = ami
        self._clock = clock
        self._races: dict[str, Race] = {}
        self._told: deque[Mapping[str, Any]] = deque()
        self._late: dict[str, float] = {}
        self._wake = threading.Event()
        self._stopping = threading.Event()

    def __len__(self) -> int:
        """Tell how many phones ring, or were told to stop."""
        return len(self._races)

    @property
    def is_full(self) -> bool:
        """Tell whether no further race can be kept."""
        return len({id(race) for race in self._races.values()}) >= MAX_RACES

    def begin(self, targets: Mapping[str, Mapping[str, str]], ring_s: float) -> Race:
        """Begin a race: where each ChannelId goes on (Context, Exten, Priority) when it wins."""
        race = Race(dict(targets), self._clock.monotonic() + ring_s + FORGET_AFTER_S)
        self._races.update(dict.fromkeys(targets, race))
        return race

    def lost(self, channel_id: str) -> None:
        """Take note that Asterisk refused to call a phone."""
        self._told.append({"Uniqueid": channel_id, "Response": "Failure"})
        self._wake.set()

    def on_event(self, event: Mapping[str, Any]) -> None:
        """Take an event; never waits."""
        if event.get("Event") == EVENT and event.get("Uniqueid") in self._races:
            self._told.append(event)
            self._wake.set()

    def run(self) -> None:
        """Judge until ``stop``."""
        while not self._stopping.is_set():
            self._wake.wait(LOOK_AGAIN_S if self._late else None)
            self._wake.clear()
            self.judge()

    def stop(self) -> None:
        """Ask ``run`` to return."""
        self._stopping.set()
        self._wake.set()

    def judge(self) -> None:
        """Act on what was told so far, and look again for the channels that were not there yet."""
        while self._told:
            event = self._told.popleft()
            channel_id = str(event.get("Uniqueid"))
            race = self._races.get(channel_id)
            if race is not None:
                self._take(race, channel_id, picked_up=event.get("Response") == "Success")
        for channel_id in list(self._late):
            self._hang_up(channel_id)
        self._forget()

    def _take(self, race: Race, channel_id: str, *, picked_up: bool) -> None:
        race.over.add(channel_id)
        self._late.pop(channel_id, None)
        if not picked_up:
            return
        if race.winner:
            self._hang_up(channel_id)
            return
        race.winner = channel_id
        # First the person who has picked up, then the phones that go on ringing beside them.
        redirect = {"Action": "Redirect", "Channel": channel_id, **race.targets[channel_id]}
        if self._order(redirect) != "Success":
            _log.warning("a phone was picked up, and could not be sent on")
            self._hang_up(channel_id)
        for other in sorted(race.called - race.over):
            self._late[other] = self._clock.monotonic() + LOOK_FOR_S
            self._hang_up(other)

    def _hang_up(self, channel_id: str) -> None:
        hangup = {"Action": "Hangup", "Channel": channel_id, "Cause": ANSWERED_ELSEWHERE}
        done = self._order(hangup) == "Success"
        if done or self._clock.monotonic() > self._late.get(channel_id, 0):
            self._late.pop(channel_id, None)

    def _order(self, action: Mapping[str, str]) -> str:
        try:
            answer = self._ami.action(action, TIMEOUT_S)
        except AgentError as exc:
            _log.warning("%s of a click's phone: %s", action["Action"], exc)
            return ""
        return str(answer[0].get("Response", "")) if answer else ""

    def _forget(self) -> None:
        now = self._clock.monotonic()
        for channel_id, race in list(self._races.items()):
            # Until all have ended: one that is picked up late must still be hung up.
            if now > race.until or race.over >= race.targets.keys():
                del self._races[channel_id]
                self._late.pop(channel_id, None)
