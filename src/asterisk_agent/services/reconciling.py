"""Tell Odoo which channels live, after every connection to Asterisk: no call is ever stuck."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from asterisk_agent.ami.message import FlatEvent
from asterisk_agent.calls.delivery import RECONCILE, RECONCILE_ROW
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import AgentError

_log = logging.getLogger(__name__)

CONNECTED = "ami_connected"
FULLY_BOOTED = "fully_booted"
HANGUP = "Hangup"
#: A list of some thousand channels takes Asterisk a while.
LIST_TIMEOUT_S = 15.0
TRIES = 6
HEADERS = (
    "Uniqueid",
    "Linkedid",
    "Channel",
    "ChannelStateDesc",
    "CallerIDNum",
    "CallerIDName",
    "ConnectedLineNum",
    "ConnectedLineName",
    "Context",
    "Exten",
    "Application",
    "BridgeId",
    "Duration",
)


class Actions(Protocol):
    """What this needs of an AMI client."""

    def action(
        self, action: Mapping[str, str | Sequence[str]], timeout_s: float = ...
    ) -> Sequence[FlatEvent]:
        """Give an action and collect its answer."""


class Reconciler:
    """List the live channels when asked, and publish them behind the events read so far."""

    def __init__(
        self,
        ami: Actions,
        clock: Clock,
        publish: Callable[[dict[str, Any], Sequence[Sequence[Any]]], None],
        *,
        first_wait_s: float = 0.5,
    ) -> None:
        self._ami = ami
        self._clock = clock
        self._publish = publish
        self._first_wait_s = first_wait_s
        self._reason = ""
        self._wake = threading.Event()
        self._stopping = threading.Event()
        #: Who hung up while a list is made: told before the list is, and may be in it.
        self._gone: set[str] | None = None
        #: Asterisk's events carry its own clock (timestampevents=yes): then AsOf must, too.
        self.stamped = False

    def request(self, reason: str) -> None:
        """Ask for a reconcile; several requests that wait are one."""
        self._reason = reason
        self._wake.set()

    def see(self, event: FlatEvent) -> None:
        """Take notice of an event that is on its way to Odoo."""
        self.stamped = "Timestamp" in event
        if self._gone is not None and event["Event"] == HANGUP:
            self._gone.add(str(event.get("Uniqueid", "")))

    def run(self) -> None:
        """Serve requests until ``stop``."""
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stopping.is_set():
                return
            self._try(self._reason)

    def stop(self) -> None:
        """Ask ``run`` to return."""
        self._stopping.set()
        self._wake.set()

    def _try(self, reason: str) -> None:
        backoff = Backoff(first_s=self._first_wait_s, cap_s=8.0)
        for _ in range(TRIES):
            try:
                self._publish(self._reconcile(reason), [[RECONCILE_ROW, 0, True]])
            except AgentError as exc:
                _log.warning("the live channels could not be listed: %s", exc)
            else:
                return
            # A new connection asks again by itself.
            if self._wake.wait(backoff.next_s()):
                return

    def _reconcile(self, reason: str) -> dict[str, Any]:
        gone: set[str] = set()
        self._gone = gone
        try:
            as_of = self._as_of()
            channels = [one for one in self._live() if one["Uniqueid"] not in gone]
        finally:
            self._gone = None
        return {
            "Event": RECONCILE,
            "EventTime": as_of,
            "AsOf": as_of,
            "Reason": reason,
            "Channels": channels,
        }

    def _live(self) -> list[dict[str, str]]:
        answer = self._ami.action({"Action": "CoreShowChannels"}, LIST_TIMEOUT_S)
        if not answer or answer[0].get("Response") != "Success":
            words = str(answer[0].get("Message", "")) if answer else "no answer"
            raise AgentError(
                f"Asterisk refused CoreShowChannels: {words}",
                "give the AMI account write=reporting",
            )
        return [
            {name: str(item.get(name, "")) for name in HEADERS}
            for item in answer
            if item.get("Event") == "CoreShowChannel"
        ]

    def _as_of(self) -> str:
        if self.stamped:
            answer = self._ami.action({"Action": "Ping"}, LIST_TIMEOUT_S)
            stamp = str(answer[0].get("Timestamp", "")) if answer else ""
            if stamp.replace(".", "", 1).isdigit():
                return stamp
        return f"{self._clock.time():.6f}"
