"""The cheap benches against the ratios that were last accepted: half as good is a fault.

Medians of processor time's ratios move by a quarter when others want the machine too (a load of
ten on two cores); what fails here has lost its speed. `scripts/bench guard --accept` writes new
ones. What still reaches its goal is no fault, and nothing is said of peers whose own speed varies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from bench.rounds import Result

ACCEPTED = Path(__file__).with_name("accepted.json")
#: How many times as bad a median may be.
MARGIN = 2.0
#: Fewer than a bench's own, where a round takes long.
ROUNDS = {"parse": 5, "parse_full": 5}
#: pyst2's three threads, and a read that does nothing, vary too much.
PEERS = ("asterisk-ami", "panoramisk", "python function")


def accept(results: Iterable[Result]) -> None:
    """Write down the medians as what later runs are compared with."""
    medians = {
        one.name: {peer: one.ratios[peer][1] for peer in PEERS if peer in one.goals}
        for one in results
    }
    ACCEPTED.write_text(json.dumps(medians, indent=2, sort_keys=True) + "\n")


def regressions(result: Result, accepted: dict[str, dict[str, float]]) -> list[str]:
    """Return a line for each ratio that is worse than it was by more than the margin."""
    found = []
    for peer, was in accepted.get(result.name, {}).items():
        median, goal = result.ratios[peer][1], result.goals[peer]
        lost = median > was * MARGIN if goal.at_most else median < was / MARGIN
        if lost and not goal.is_met(median):
            found.append(f"{result.name}: {median} against {peer}, it was {was}")
    return found


def last_accepted() -> dict[str, dict[str, float]]:
    """Return the medians by bench and peer."""
    found: dict[str, dict[str, float]] = json.loads(ACCEPTED.read_text())
    return found
