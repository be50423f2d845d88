"""Rounds in which all contestants run in turn, and what they give: ratios, never times."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

#: Does some work once, and returns what one unit of it cost, in seconds.
Contestant = Callable[[], float]
#: Fewer give no median worth the name.
MIN_ROUNDS = 5


@dataclass(frozen=True)
class Goal:
    """A bound for the median of one peer's ratio."""

    bound: float
    at_most: bool = False

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.bound:g}"

    def is_met(self, ratio: float) -> bool:
        return ratio <= self.bound if self.at_most else ratio >= self.bound


@dataclass
class Result:
    """What one bench found: ``ratios`` are [min, median, max] by peer; ``told`` is for people.

    ``error`` says why there are none.
    """

    name: str
    ratios: dict[str, list[float]]
    goals: Mapping[str, Goal]
    told: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def ok(self) -> bool:
        met = (goal.is_met(self.ratios[peer][1]) for peer, goal in self.goals.items())
        return not self.error and all(met)

    def line(self) -> dict[str, Any]:
        """Return the JSON of the bench's last line."""
        reach = {peer: str(goal) for peer, goal in self.goals.items()}
        line = {"bench": self.name, "ratios": self.ratios, "reach": reach, "ok": self.ok}
        return line | {"error": self.error} if self.error else line


def interleave(contestants: Mapping[str, Contestant], rounds: int) -> dict[str, list[float]]:
    """Run each contestant once a round, another one first each time; return the costs by name.

    One round before the first is not counted: imports, caches, a cold processor.
    """
    names = list(contestants)
    costs: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-1, max(rounds, MIN_ROUNDS)):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            cost = contestants[name]()
            if number >= 0:
                costs[name].append(cost)
    return costs


def ratios(
    costs: Mapping[str, list[float]], ours: str, *, cost: bool = False
) -> dict[str, list[float]]:
    """Return [min, median, max] of the rounds' ratios to each peer.

    How many times as fast as the peer ours is; with ``cost``, how many times as dear.
    """
    found = {}
    for peer, values in costs.items():
        if peer == ours:
            continue
        pairs = zip(costs[ours], values, strict=True)
        each = sorted(mine / its if cost else its / mine for mine, its in pairs)
        found[peer] = [round(value, 3) for value in (each[0], median(each), each[-1])]
    return found


def processor_time(work: Callable[[], int]) -> float:
    """Return the processor's seconds for each of the units that ``work`` says it did."""
    began = time.process_time()
    units = work()
    return (time.process_time() - began) / units


def clock_time(work: Callable[[], object], units: int) -> float:
    """Return the clock's seconds for each unit: for what waits for others, as its peers do."""
    began = time.monotonic()
    work()
    return (time.monotonic() - began) / units
