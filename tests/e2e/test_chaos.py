"""The chaos runner: three minutes of it, and that it finds the faults that it is there to find."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import count

import pytest
from lab.agent import Agent
from lab.chaos.fault import KINDS, Fault
from lab.chaos.report import Report
from lab.chaos.runner import Run
from lab.chaos.site import Site
from lab.paths import CHECKOUT

pytestmark = pytest.mark.lab
MINUTES = os.environ.get("CHAOS_MINUTES", "3")
SEED = os.environ.get("CHAOS_SEED", "1")
SHORT_S = 12.0
# What brings each mutant of tests/mutants/agent.py to light.
SHORT = {
    # Odoo is away when the agent is killed: what it holds must come again from RabbitMQ.
    "ack_before_commit": (Fault(3.0, "stop", "odoo", 4.0), Fault(6.0, "kill", "agent", 4.0)),
    # Wrong without any.
    "newest_first": (),
    # Killed with calls up.
    "no_reconciliation": (Fault(8.0, "kill", "asterisk", 0.0),),
}
_firsts = count(1, 1000)


def mutant(name: str) -> type[Agent]:
    """Return the agent with a fault of tests/mutants/agent.py."""

    class Mutant(Agent):
        def command(self) -> Sequence[str]:
            return [sys.executable, str(CHECKOUT / "tests/mutants/agent.py"), name, "run"]

    return Mutant


def play(site: Site, agent: type[Agent], faults: Sequence[Fault]) -> Report:
    """Play a short schedule with an agent."""
    site.employ(agent)
    run = Run(site, 1, SHORT_S / 60, next(_firsts))
    report = run.play(faults)
    print(json.dumps(report.as_dict()), *report.problems, *report.findings, sep="\n")  # noqa: T201
    return report


def test_no_fault_is_found_where_there_is_none(site: Site) -> None:
    faults = [fault for faults in SHORT.values() for fault in faults]
    report = play(site, Agent, sorted(faults, key=lambda fault: fault.at_s))
    assert not report.bad, "\n".join(map(str, [*report.problems, *report.findings]))
    assert report.reconciled, "no call was up when Asterisk was killed: this shows nothing"


@pytest.mark.parametrize("name", SHORT)
def test_a_fault_of_the_agent_is_found(site: Site, name: str) -> None:
    try:
        report = play(site, mutant(name), SHORT[name])
    finally:
        site.employ(Agent)
    assert report.findings


def test_chaos() -> None:
    """SCENARIOS C together: CHAOS_MINUTES and CHAOS_SEED give another run."""
    command = [str(CHECKOUT / "scripts/chaos"), "--minutes", MINUTES, "--seed", SEED, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    counts = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    assert counts["calls"] >= 30 * float(MINUTES)
    assert min(counts["faults"][kind] for kind in KINDS) >= 2 * float(MINUTES)
