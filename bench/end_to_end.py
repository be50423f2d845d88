"""From the AMI socket to the committed rows: ours beside pyst2, a Nameko handler and odoorpc.

The same Odoo, RabbitMQ, handlers and calls; each has a strict AMI server of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from lab.cast import AGENT_LOGIN
from lab.office import Office
from lab.process import wait_until

from bench.between import AMI_SECRET, FakeAsterisk, fake_asterisk
from bench.company import company, gateway
from bench.recorded_call import connected, parts, say, wait_ended
from bench.rounds import Goal, Result, clock_time, interleave, ratios

CHAIN = "pyst2 + nameko + odoorpc"
GOALS = {CHAIN: Goal(10)}
ROUNDS = 5
#: Calls of a turn: both last some seconds.
OURS, THEIRS = 60, 3


@contextmanager
def program(job: str, settings: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a part of the chain."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.plain_chain", job]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdin is not None  # noqa: S101 (a pipe was asked for)
        process.stdin.write(json.dumps(settings).encode())
        process.stdin.close()
        yield process
    finally:
        process.kill()
        process.wait(20)


@contextmanager
def chain(office: Office) -> Iterator[FakeAsterisk]:
    """Give an Asterisk to which the straightforward chain listens."""
    with fake_asterisk() as asterisk:
        settings = {
            "rows": gateway(office).get_events_map()[1],
            "uri": office.rabbitmq.uri,
            "ami_port": asterisk.port,
            "ami_secret": AMI_SECRET,
            "odoo_port": office.odoo.port,
            "database": office.database,
            "login": AGENT_LOGIN,
            "password": office.agent_password,
        }
        with program("handle", settings) as handler, program("read", settings):
            assert handler.stdout is not None  # noqa: S101 (a pipe was asked for)
            if handler.stdout.readline() != b"ready\n":
                raise ValueError("the handler did not start")
            wait_until(lambda: bool(asterisk.logged_in()), "pyst2's login", 30)
            yield asterisk


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock, calls at once, until Odoo holds each as ended."""
    before, after = parts()
    marks = count(1)
    with company() as office, connected(office) as mine, chain(office) as its:

        def turn(asterisk: FakeAsterisk, number: int) -> Callable[[], float]:
            def run() -> float:
                turn_mark = f"turn{next(marks)}"

                def calls() -> None:
                    for call in range(number):
                        say(asterisk, before + after, f"{turn_mark}-{call}")
                    wait_ended(office, turn_mark, number)

                return clock_time(calls, number)

            return run

        costs = interleave({"ours": turn(mine, OURS), CHAIN: turn(its, THEIRS)}, rounds)
    rates = {name: 1 / sorted(each)[len(each) // 2] for name, each in costs.items()}
    told = [f"{name}: {rate:.2f} calls a second, here and now" for name, rate in rates.items()]
    return Result("end_to_end", ratios(costs, "ours"), GOALS, told)
