"""Calls at random (seeded), a new one about every second, several at a time, whatever happens."""

import itertools
import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from lab.asterisk import Asterisk
from lab.chaos.windows import Span
from lab.errors import LabError
from lab.progress import say
from lab.sip import Call, Phone, Sipp, TrunkSide, desk_call, trunk_call
from lab.sip_scenario import Caller
from lab.stage import DID

EVERY_S = (0.3, 1.3)
IN_FLIGHT = 14
#: A call of sipp's ends by itself long before: what Asterisk does not answer is given up.
END_S = 60.0
DESKS = ("101", "102")
# A phone, a ring group, a queue, an IVR, one phone after the other, Local/, an IVR and then a
# phone, an echo test.
NUMBERS = ("101", "101", "102", "103", "600", "601", "602", "605", "606", "612", "614")


@dataclass(frozen=True)
class Plan:
    """One call: `number` is the outside party's, unlike in every other call."""

    number: str
    to: str  # who is called; empty: a call out to `number`
    desk: str  # the phone that calls; empty: a call in from `number`
    cancel_s: float
    talk_s: float
    after_s: float  # since the call before


def plans(seed: int, first: int = 1, every_s: Span = EVERY_S) -> Iterator[Plan]:
    """Yield the calls of a seed, without end; their numbers count from `first`, and each comes so
    many seconds after the one before.
    """
    chance = random.Random(f"calls {seed}")  # noqa: S311 - no secret
    for number in itertools.count(first):
        out = chance.random() < 0.2
        yield Plan(
            f"+32470{number:06}",
            "" if out else chance.choice(NUMBERS),
            chance.choice(DESKS) if out else "",
            chance.choice((7.0, 7.0, 7.0, chance.uniform(0.3, 2))),
            chance.uniform(0.5, 5),
            chance.uniform(*every_s),
        )


class Traffic:
    """Keep calling until `stop`. The phones stay up to the end."""

    def __init__(
        self, asterisk: Asterisk, seed: int, first: int = 1, every_s: Span = EVERY_S
    ) -> None:
        self._asterisk, self._plans = asterisk, plans(seed, first, every_s)
        self.made: list[tuple[Plan, Call]] = []
        self.parties: dict[str, Sipp] = {
            "PJSIP/101": Phone(asterisk, "101", "ok", 0.6, 9),
            "PJSIP/102": Phone(asterisk, "102", "ok", 1.2, 3),
            "PJSIP/103": Phone(asterisk, "103", "486 Busy Here", 0.5),
            "PJSIP/trunk": TrunkSide(asterisk, "183,ok", 0.8, 4),
        }
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Let the phones wait, and begin to call."""
        for party in self.parties.values():
            party.start()
        self._thread.start()

    def stop(self) -> None:
        """Begin no more calls, and wait until those in flight have ended."""
        self._stopping.set()
        self._thread.join()
        for _, call in self.made:
            self._reap(call, END_S)

    def close(self) -> None:
        """Take the phones away, the others too when one does not go."""
        with ExitStack() as leaving:
            for party in self.parties.values():
                leaving.callback(party.give_back)
                leaving.callback(party.stop)

    def in_flight(self) -> int:
        """Return how many callers are at it."""
        return sum(call.process is not None and call.process.alive for _, call in self.made)

    def _run(self) -> None:
        for plan in self._plans:
            if self._stopping.wait(plan.after_s):
                return
            if self.in_flight() < IN_FLIGHT:
                self._begin(plan)
            for _, call in self.made[:-IN_FLIGHT]:
                if call.process is not None and not call.process.alive:
                    self._reap(call, 0)

    def _begin(self, plan: Plan) -> None:
        asterisk, cancel_s, talk_s = self._asterisk, plan.cancel_s, plan.talk_s
        if plan.desk:
            call = desk_call(asterisk, plan.desk, plan.number, cancel_s, talk_s)
        else:
            call = trunk_call(asterisk, Caller(plan.number), DID + plan.to, cancel_s, talk_s)
        try:
            call.start()
        except (LabError, OSError) as problem:
            say(f"chaos: no call {plan.number}: {problem}")
            call.give_back()
            return
        self.made.append((plan, call))

    @staticmethod
    def _reap(call: Call, timeout_s: float) -> None:
        """End a caller's process, and give its ports to others."""
        if call.process is None:
            return
        if timeout_s:
            call.process.end_within(timeout_s)
        call.process.kill()
        call.process = None
        call.give_back()
