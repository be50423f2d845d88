"""A thousand calls at once, and a hundred a second for a minute: does anything fall behind or fill?

A strict AMI server says recorded calls at Asterisk's pace and cuts who does not read; RabbitMQ is
real, Odoo a strict fake, so that the agent and the broker are what is loaded.
"""

from __future__ import annotations

import re
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from lab.process import wait_until

from asterisk_agent.calls.event_map import EventMap
from bench.between import Between, agent
from bench.publish import rabbitmq
from bench.rounds import MIN_ROUNDS, Goal, Result
from bench.stream import fifty_calls, map_rows, simply_read

#: Real Asterisk's worst second of a thousand calls at once, and of a hundred each second.
AT_ONCE_PER_S, STEADY_PER_S = 39_500, 11_400
GROUP = 50
AT_ONCE, STEADY = 1_000, 6_000
LAG_S = 1.0
LAG_ONCE, LAG_STEADY = f"{AT_ONCE} calls at once: lag / 1 s", "100 calls/s for a minute: lag / 1 s"
CUTS = "connections that Asterisk cut"
GOALS = {
    LAG_ONCE: Goal(1, at_most=True),
    LAG_STEADY: Goal(1, at_most=True),
    CUTS: Goal(0, at_most=True),
}
ROUNDS = 5
SLICE_S = 0.01
LOOK_S = 0.2
DRAIN_S = 300.0
_PRIVILEGE = re.compile(rb"Privilege: [^\r]*")
#: Of the only group of fifty calls (bench/stream.py puts its number before each id).
_ID = re.compile(rb"\b1(?=17953936\d\d\.)")


def blocks() -> list[bytes]:
    """Return fifty calls' events with marks for their calls and their time, as
    ``timestampevents=yes`` has it."""
    each = fifty_calls(1).split(b"\r\n\r\n")
    whole = (one.lstrip(b"\r\n") for one in each)
    marked = (_ID.sub(rb"@call@", one) for one in whole if one.startswith(b"Event: "))
    return [_PRIVILEGE.sub(rb"\g<0>\r\nTimestamp: @time@", one, 1) + b"\r\n\r\n" for one in marked]


def mixed(told: Sequence[bytes], groups: range) -> Iterator[bytes]:
    """Yield the events of so many groups of calls side by side: each event of each in turn."""
    for text in told:
        for group in groups:
            yield text.replace(b"@call@", b"%d" % (group + 1))


def in_turn(told: Sequence[bytes], groups: range) -> Iterator[bytes]:
    """Yield the events of a group of calls after the other."""
    for group in groups:
        for text in told:
            yield text.replace(b"@call@", b"%d" % (group + 1))


def say(place: Between, events: Iterator[bytes], per_s: int) -> int:
    """Say events at a pace, each with the time at which it is said; return how many."""
    count, started, size = 0, time.monotonic(), int(per_s * SLICE_S)
    while part := b"".join(islice(events, size)):
        time.sleep(max(0.0, started + count / per_s - time.monotonic()))
        place.asterisk.send_raw(part.replace(b"@time@", b"%.6f" % time.time()))
        count += part.count(b"\r\n\r\n")
    return count


def wanted_of_a_group() -> int:
    """Return how many events of fifty calls the shipped map wants, by a second reader."""
    events_map = EventMap(map_rows())
    return sum(bool(events_map.match(event)) for event in simply_read(fifty_calls(1)))


class Watch(threading.Thread):
    """The worst of what the agent says of itself, every two seconds (services/health.py), and of
    what has not reached Odoo."""

    def __init__(self, place: Between) -> None:
        super().__init__(daemon=True)
        self._place, self._done, self._since = place, threading.Event(), time.time()
        self.lag_s = 0.0
        self.waiting = self.memory_mb = self.overflowed = 0

    def run(self) -> None:
        while not self._done.wait(LOOK_S):
            self._look()

    def _look(self) -> bool:
        """Take a picture in; tell whether it is one of ours."""
        status = self._place.status()
        if status.get("at", 0) < self._since:
            return False
        self.lag_s = max(self.lag_s, status["lag_s"])
        self.waiting = max(self.waiting, status["waiting"])
        self.memory_mb = max(self.memory_mb, status["memory_mb"])
        self.overflowed = status["overflowed"]
        return True

    def end(self) -> None:
        """Wait for a last picture of what has been, and end."""
        self._done.set()
        self.join()
        self._since = time.time()
        wait_until(self._look, "the agent's last picture", 30)


@dataclass(frozen=True)
class Burst:
    """What came of it."""

    events: int
    lag_s: float
    waiting: int
    memory_mb: int
    drained_s: float
    cuts: int

    def __str__(self) -> str:
        return (
            f"{self.events:,} events, {self.lag_s:.2f} s behind at worst, at most {self.waiting:,} "
            f"waited in the agent, {self.memory_mb} MB, all with Odoo {self.drained_s:.1f} s "
            f"later, {self.cuts} times cut"
        )


def play(place: Between, events: Iterator[bytes], per_s: int, expected: int) -> Burst:
    """Say a burst, and wait until all of it is with Odoo, once. Raise ``ValueError`` for a loss."""
    applied, connections = place.odoo.applied, len(place.asterisk.connections)
    applied.clear()
    watch = Watch(place)
    watch.start()
    count = say(place, events, per_s)
    ended = time.monotonic()
    cuts = len(place.asterisk.connections) - connections
    # What Asterisk does not say is nobody's loss but the calls': a cut is the bench's result.
    expected = 0 if cuts else expected
    if not place.odoo.wait_for(lambda: len(applied) >= expected, DRAIN_S):
        raise ValueError(f"{len(applied)} of {expected} events reached Odoo")
    drained_s = time.monotonic() - ended
    watch.end()
    if not cuts:
        must_be_in_order([item["event"] for item in applied], expected)
    if watch.overflowed or place.odoo.violations:
        raise ValueError(f"{watch.overflowed} lost; {place.odoo.violations[:1]}")
    return Burst(count, watch.lag_s, watch.waiting, watch.memory_mb, drained_s, cuts)


def must_be_in_order(events: Sequence[Mapping[str, Any]], expected: int) -> None:
    """Raise ``ValueError`` unless so many came, each channel's in the order of their times."""
    last: dict[str, float] = {}
    for event in events:
        moment, channel = float(event["EventTime"]), event.get("Uniqueid", "")
        if moment < last.get(channel, 0.0):
            raise ValueError(f"{event['Event']} of {channel} came late")
        last[channel] = moment
    if len(events) != expected:
        raise ValueError(f"{len(events)} events, expected {expected}")


def bench(rounds: int = ROUNDS) -> Result:
    """Play the burst again and again, one time uncounted, and the minute once."""
    told_once, each = blocks(), wanted_of_a_group()
    with (
        tempfile.TemporaryDirectory() as folder,
        rabbitmq() as uri,
        agent(uri, Path(folder), map_rows()) as place,
    ):
        bursts = []
        for number in range(max(rounds, MIN_ROUNDS) + 1):
            first = number * AT_ONCE // GROUP
            groups = range(first, first + AT_ONCE // GROUP)
            expected = each * len(groups)
            bursts.append(play(place, mixed(told_once, groups), AT_ONCE_PER_S, expected))
        groups = range(1_000, 1_000 + STEADY // GROUP)
        minute = play(place, in_turn(told_once, groups), STEADY_PER_S, each * len(groups))
    lags = sorted(one.lag_s / LAG_S for one in bursts[1:])
    cuts = sum(one.cuts for one in (*bursts, minute))
    found = {
        LAG_ONCE: [round(value, 3) for value in (lags[0], median(lags), lags[-1])],
        LAG_STEADY: [round(minute.lag_s / LAG_S, 3)] * 3,
        CUTS: [float(cuts)] * 3,
    }
    told = [f"{AT_ONCE} calls at once: {one}" for one in bursts[1:]]
    told.append(f"100 calls a second for a minute: {minute}")
    return Result("burst", found, GOALS, told)
