"""An agent with nothing to do: memory, wake-ups, connections, beside two plain Nameko services."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from lab.component import random_secret

from bench.between import agent
from bench.plain_nameko import nameko
from bench.processes import Idle, look
from bench.publish import rabbitmq
from bench.rounds import Goal, Result, interleave, ratios

NAMEKO = "nameko, two services"
GOALS: dict[str, Goal] = {}
ROUNDS = 5
LOOK_S = 5.0


def bench(rounds: int = ROUNDS) -> Result:
    """Look at each in turn; ours has Asterisk, RabbitMQ and Odoo, Nameko RabbitMQ alone."""
    seen: dict[str, list[Idle]] = {"ours": [], NAMEKO: []}
    with (
        tempfile.TemporaryDirectory() as folder,
        rabbitmq() as uri,
        nameko(uri, random_secret()) as peer,
        agent(uri, Path(folder)) as ours,
    ):
        pids = {"ours": ours.process.pid, NAMEKO: peer.pid}

        def turn(name: str) -> Callable[[], float]:
            def run() -> float:
                seen[name].append(look(pids[name], LOOK_S))
                return seen[name][-1].rss_mb

            return run

        costs = interleave({name: turn(name) for name in pids}, rounds)
    wakeups = {name: [max(one.wakeups_per_s, 0.1) for one in its[1:]] for name, its in seen.items()}
    found = ratios(costs, "ours", cost=True)
    found = {f"{NAMEKO}: memory": found[NAMEKO]}
    found[f"{NAMEKO}: wake-ups"] = ratios(wakeups, "ours", cost=True)[NAMEKO]
    told = [
        f"{name}: {median(one.rss_mb for one in its):.0f} MB, "
        f"{median(one.wakeups_per_s for one in its):.1f} wake-ups a second, "
        f"{its[-1].connections} TCP connections"
        for name, its in seen.items()
    ]
    return Result("idle", found, GOALS, told)
