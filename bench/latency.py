"""From Asterisk's word to the committed row and the pop-up, at 1, 10 and 50 calls a second.

A strict AMI server says recorded calls; RabbitMQ, Odoo, nginx and the agent are real.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from statistics import median

from lab.errors import LabError
from lab.office import Office
from lab.process import wait_until

from bench.between import FakeAsterisk
from bench.clients import percentile
from bench.company import company
from bench.moments import Moments, Way, watched
from bench.recorded_call import connected, parts, say, wait_ended
from bench.rounds import Goal, Result, interleave

ROW_S, RATE = 0.150, 10
REACH = f"{ROW_S * 1000:.0f} ms: row at {RATE} calls a second, p99"
GOALS = {REACH: Goal(1, at_most=True)}
#: Calls of a turn, by calls a second.
RATES = {1: 6, RATE: 60, 50: 100}
ROUNDS = 5
#: A call is not over before Odoo hears of it, unless Odoo is that far behind.
TALK_S = 5.0
GRACE_S = 3.0
#: What takes no agent and no broker: a record made by a request.
CREATE = "one create"

Said = dict[str, float]
#: Of each call of a turn, its parts in seconds.
Calls = list[dict[str, float]]


def play(asterisk: FakeAsterisk, mark: str, rate: int, number: int) -> Said:
    """Say so many calls at a pace, each ended soon; return when each was begun."""
    before, after = parts()
    started = time.monotonic() + 0.1
    todo = [(started + n / rate, n, before) for n in range(number)]
    said = {}
    while todo:
        due, n, text = heapq.heappop(todo)
        time.sleep(max(0.0, due - time.monotonic()))
        now = say(asterisk, text, f"{mark}-{n}")
        if text is before:
            said[f"{mark}-{n}"] = now
            heapq.heappush(todo, (time.monotonic() + TALK_S, n, after))
    return said


def split(said: float, way: Way) -> dict[str, float]:
    """Return the parts of a call's way in seconds, and both sums; no pop-up if there was none."""
    parts = {
        "row": way.row - said,
        "reader, publisher, RabbitMQ": way.broker - said,
        "forwarder and request": way.began - way.broker,
        "Odoo's transaction": way.row - way.began,
    }
    if way.popup is not None:
        parts |= {"pop-up": way.popup - said, "bus to the browser": way.popup - way.row}
    return parts


def of_calls(moments: Moments, mark: str, said: Said) -> Calls:
    """Return the parts of each call. Raise ``ValueError`` when one is missing."""
    ways = {"-".join(key.split("-")[:2]): way for key, way in moments.ways(mark).items()}
    if ways.keys() != said.keys():
        raise ValueError(f"{len(ways)} of {len(said)} calls have a row")
    return [split(moment, ways[key]) for key, moment in said.items()]


def in_words(rate: int, calls: Calls) -> str:
    """Return p50 and p99 of each part, for people."""
    told = []
    for part in dict.fromkeys(name for call in calls for name in call):
        each = sorted(call[part] for call in calls if part in call)
        middle, slow = (percentile(each, n) * 1000 for n in (50, 99))
        told.append(f"{part} {middle:.0f} / {slow:.0f}")
    late = sum("pop-up" not in call for call in calls)
    words = f"{rate} calls a second, p50 / p99 in ms of {len(calls)}: {', '.join(told)}"
    return f"{words}; {late} were over before Odoo heard of them" if late else words


def creates(office: Office, took: list[float]) -> Callable[[], float]:
    """Return a turn of plain requests, each of which makes a record."""
    admin = office.admin()

    def run() -> float:
        each = []
        for number in range(RATES[RATE]):
            began = time.monotonic()
            admin.create("res.partner", {"name": f"Nobody {number}"})
            each.append(time.monotonic() - began)
        took.extend(each)
        return percentile(sorted(each), 99)

    return run


def bench(rounds: int = ROUNDS) -> Result:
    """Measure by the clock; the ratio is of a round's p99 of the row to what is to be reached."""
    marks, seen, took = count(), {rate: list[Calls]() for rate in RATES}, list[float]()
    with company() as office, watched(office) as moments, connected(office) as asterisk:

        def turn(rate: int, number: int) -> Callable[[], float]:
            def run() -> float:
                mark = f"turn{next(marks)}"
                said = play(asterisk, mark, rate, number)
                wait_ended(office, mark, number)
                # A browser's poll comes back some time after the commit.
                with suppress(LabError):
                    told = lambda: all("pop-up" in c for c in of_calls(moments, mark, said))  # noqa: E731
                    wait_until(told, "the last pop-ups", GRACE_S)
                calls = of_calls(moments, mark, said)
                seen[rate].append(calls)
                return percentile(sorted(call["row"] for call in calls), 99)

            return run

        contestants = {str(rate): turn(rate, number) for rate, number in RATES.items()}
        costs = interleave(contestants | {CREATE: creates(office, took)}, rounds)
    return told_of(costs, seen, took)


def told_of(
    costs: Mapping[str, list[float]], seen: Mapping[int, list[Calls]], took: list[float]
) -> Result:
    """Make the result: what is reached, and p99 of the row beside a plain request's."""
    its = sorted(cost / ROW_S for cost in costs[str(RATE)])
    found = {REACH: its}
    for rate in RATES:
        pairs = zip(costs[str(rate)], costs[CREATE], strict=True)
        found[f"{CREATE}, p99, at {rate}"] = sorted(ours / plain for ours, plain in pairs)
    ratios = {
        name: [round(value, 3) for value in (each[0], median(each), each[-1])]
        for name, each in found.items()
    }
    told = [
        in_words(rate, [call for calls in turns[1:] for call in calls])
        for rate, turns in seen.items()
    ]
    middle, slow = (percentile(sorted(took), n) * 1000 for n in (50, 99))
    told.append(f"{CREATE} by a request, one after the other: {middle:.0f} / {slow:.0f} ms")
    return Result("latency", ratios, GOALS, told)
