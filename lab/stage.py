"""The stage of a situation: an Asterisk, its phones, the trunk, and the lab's own AMI session to
act with.
"""

import uuid
from collections.abc import Sequence
from typing import TypeVar

from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.net import HOST
from lab.process import wait_until
from lab.sip import Call, Phone, Sipp, TrunkSide, desk_call, trunk_call
from lab.sip_log import SipMessage
from lab.sip_scenario import Caller, During
from lab.stack import Lab
from lab.transferrer import Transferrer

P = TypeVar("P", Phone, TrunkSide, Call, Transferrer)
JANE = Caller("+32470000001")
DID = "+3225550"
IDLE_S = 60.0
#: Who gives up after so long has heard a phone ring: the dialplan waits three seconds for Odoo.
PATIENT_S = 5.0


class Stage:
    """What a situation's script uses. Phones and trunk stay until `clear()`."""

    def __init__(self, lab: Lab, asterisk: Asterisk, ami: AmiSession) -> None:
        self.lab, self.asterisk, self.ami = lab, asterisk, ami
        self._parties: list[Phone | TrunkSide | Call | Transferrer] = []

    def phone(
        self,
        exten: str,
        answer: str = "ok",
        ring_s: float = 1.0,
        talk_s: float | None = None,
        during: Sequence[During] = (),
    ) -> Phone:
        """Let a phone wait for calls. See `sip_scenario.uas`."""
        return self._begin(Phone(self.asterisk, exten, answer, ring_s, talk_s, during))

    def trunk(
        self, answer: str = "ok", ring_s: float = 1.0, talk_s: float | None = None
    ) -> TrunkSide:
        """Let the provider wait for our calls out."""
        return self._begin(TrunkSide(self.asterisk, answer, ring_s, talk_s))

    def transferrer(self, exten: str, consult: str) -> Transferrer:
        """Let a phone wait for a call that it will hand over to another, asking first."""
        return self._begin(Transferrer(self.asterisk, exten, consult))

    def inbound(
        self,
        to: str,
        caller: Caller = JANE,
        cancel_s: float | None = None,
        talk_s: float | None = None,
        during: Sequence[During] = (),
    ) -> Call:
        """Begin a call from outside to an internal extension's public number."""
        return self._begin(trunk_call(self.asterisk, caller, DID + to, cancel_s, talk_s, during))

    def desk(
        self,
        exten: str,
        to: str,
        cancel_s: float | None = None,
        talk_s: float | None = None,
        during: Sequence[During] = (),
    ) -> Call:
        """Begin a call that a user dials on the phone `exten`."""
        return self._begin(desk_call(self.asterisk, exten, to, cancel_s, talk_s, during))

    def address(self, exten: str) -> str:
        """Return an extension's address at Asterisk, for `During.refer_to`."""
        return f"{exten}@{HOST}:{self.asterisk.sip_port}"

    def originate(
        self, channel: str, exten: str, context: str = "from-internal", **headers: str
    ) -> str:
        """Click-to-call: let Asterisk call a channel and connect it to an extension. Return the
        ChannelId given.
        """
        channel_id = str(uuid.uuid4())
        action = {
            "Action": "Originate",
            "Channel": channel,
            "Exten": exten,
            "Context": context,
            "Priority": "1",
        }
        more = {
            "Async": "true",
            "ChannelId": channel_id,
            "OtherChannelId": f"{channel_id}-2",
            "Timeout": "30000",
        }
        self.ami.send(action | more | headers)
        return channel_id

    def channels(self) -> list[str]:
        """Return the names of the channels that are up now."""
        lines = self.asterisk.cli("core show channels concise").splitlines()
        return [line.split("!")[0] for line in lines if "!" in line]

    def wait_event(self, name: str, timeout_s: float = 60.0, **headers: str) -> dict[str, str]:
        """Wait for an AMI event with these headers, return the first. Raise NotReadyError."""
        found: list[dict[str, str]] = []

        def seen() -> bool:
            found[:] = [
                event for event in self.ami.events(name) if headers.items() <= event.items()
            ]
            return bool(found)

        wait_until(seen, f"AMI event {name} {headers}", timeout_s, log=self.asterisk.full_log)
        return found[0]

    def wait_idle(self, timeout_s: float = IDLE_S) -> None:
        """Wait until Asterisk has no channel."""
        wait_until(
            lambda: not self.channels(), "no channel left", timeout_s, log=self.asterisk.full_log
        )

    def faults(self) -> list[str]:
        """Return what went otherwise than the parties' scenarios say."""
        return [f"{party.name}: {fault}" for party in self._parties for fault in party.faults()]

    def messages(self) -> dict[str, list[SipMessage]]:
        """Return what each phone inside (by its extension) sent and received so far."""
        seen: dict[str, list[SipMessage]] = {}
        for party in self._parties:
            kind, _, exten = party.name.partition("-")
            if kind in ("phone", "desk", "transferrer"):
                seen.setdefault(exten, []).extend(party.messages())
        return seen

    def clear(self) -> None:
        """Take all phones and calls away."""
        while self._parties:
            party = self._parties.pop()
            party.stop()
            if isinstance(party, Sipp):
                party.give_back()

    def _begin(self, party: P) -> P:
        self._parties.append(party)
        party.start()
        return party
