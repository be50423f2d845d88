"""The reactor on a real kernel: bans over a kill, a reboot, a flush, and off and on again."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.netns import Namespace

from asterisk_agent.firewall.access_rules import AccessRule
from asterisk_agent.firewall.kernel import Kernel
from asterisk_agent.firewall.kernel_sets import difference
from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.offences import BanTimes
from asterisk_agent.firewall.policy import Thresholds
from asterisk_agent.firewall.reactor import Reactor
from asterisk_agent.firewall.state import State
from asterisk_agent.firewall.store import Store
from fakes.clock import FakeClock
from integration.firewall.world import (
    NEEDS,
    RULES,
)
from unit.firewall.facts import net, sample

pytestmark = NEEDS


class Machine:
    """A reactor on a kernel, as it is after each start of the agent."""

    def __init__(self, pbx: Namespace, file: Path) -> None:
        self.clock = FakeClock()
        self.backend = Nftables(pbx.nft)
        self.file = file
        self.start()

    def start(self) -> None:
        """Begin as after a kill: nothing was said to the one before."""
        kernel = Kernel(self.backend, lambda: RULES, self.clock)
        state = State(Store(self.file), BanTimes(), 604_800.0, self.clock.time())
        self.reactor = Reactor(Thresholds(), kernel, state, self.clock)
        self.reactor.work()

    def attack(self, address: str, tries: int = 5, **changes: str) -> None:
        family = "IPV6" if ":" in address else "IPV4"
        for _ in range(tries):
            remote = f"{family}/UDP/{address}/5060"
            self.reactor.take(sample(RemoteAddress=remote, **changes))
        self.reactor.work()

    def held(self, name: str) -> dict[str, float]:
        return {str(n): left or -1 for n, left in self.backend.collect()[name].items()}


@pytest.fixture
def machine(pbx: Namespace, tmp_path: Path) -> Machine:
    return Machine(pbx, tmp_path / "s.db")


def test_bans_survive_a_kill_and_a_reboot_with_their_remaining_time(
    machine: Machine, pbx: Namespace
) -> None:
    machine.attack("10.66.0.1")
    machine.attack("fd66:0:0:1::1")
    machine.attack("10.66.0.2", tries=4)
    machine.reactor.set_rules([AccessRule(net("203.0.113.0/24"), "deny")])
    assert list(machine.held("ban4")) == ["10.66.0.1/32"]
    before = machine.backend.collect()
    machine.start()
    assert difference(before, machine.backend.collect()) == []
    # A reboot: the kernel is empty, and five minutes are over.
    pbx.nft(["flush", "ruleset"], "")
    machine.clock.now += 300
    machine.start()
    assert 270 <= machine.held("ban4")["10.66.0.1/32"] <= 300
    assert 270 <= machine.held("ban6")["fd66:0:0:1::/64"] <= 300
    assert machine.held("deny4") == {"203.0.113.0/24": -1}


def test_rules_that_somebody_flushed_come_back(machine: Machine, pbx: Namespace) -> None:
    machine.attack("10.66.0.1")
    pbx.nft(["flush", "ruleset"], "")
    for _ in range(3):
        machine.clock.now += 3
        machine.reactor.work()
    assert list(machine.held("ban4")) == ["10.66.0.1/32"]


def test_the_kill_switch_takes_everything_away_and_back(machine: Machine, pbx: Namespace) -> None:
    machine.attack("10.66.0.1")
    command = State(Store(machine.file), BanTimes(), 1.0, machine.clock.time())
    command.set_off(True)
    machine.reactor.work()
    assert pbx.ruleset() == ""
    machine.attack("10.66.0.2")
    assert pbx.ruleset() == ""
    command.set_off(False)
    machine.reactor.work()
    assert set(machine.held("ban4")) == {"10.66.0.1/32", "10.66.0.2/32"}


def test_an_unban_also_ends_the_kernels_own_and_what_it_counted(
    machine: Machine, pbx: Namespace
) -> None:
    machine.attack("10.66.0.1")
    pbx.nft(["-f", "-"], "add element inet asterisk_agent auto4 { 10.66.0.1 timeout 60s }")
    assert [row["address"] for row in machine.reactor.banned()] == ["10.66.0.1"]
    assert len(machine.reactor.unban([net("10.66.0.1")])) == 1
    assert machine.reactor.banned() == []
    machine.attack("10.66.0.1", tries=4)
    assert machine.reactor.banned() == []


def test_who_is_allowed_is_unbanned_and_stays_so(machine: Machine) -> None:
    machine.attack("10.66.0.1")
    machine.reactor.set_rules([AccessRule(net("10.66.0.0/24"), "allow")])
    assert machine.held("ban4") == {}
    machine.attack("10.66.0.1", tries=50)
    assert machine.held("ban4") == {}
    assert list(machine.held("allow4")) == ["10.66.0.0/24"]
