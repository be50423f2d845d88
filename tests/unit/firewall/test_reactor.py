"""Everything joined, on a kernel that only remembers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from asterisk_agent.core.errors import (
    BanRefusedError,
    FirewallError,
    FirewallSlowError,
    FirewallUnavailableError,
)
from asterisk_agent.firewall import reactor as reactor_module
from asterisk_agent.firewall import report
from asterisk_agent.firewall.access_rules import AccessRule
from asterisk_agent.firewall.backend import Backend, Traffic
from asterisk_agent.firewall.dry_run import DryRun
from asterisk_agent.firewall.kernel import LOOK_S, Kernel
from asterisk_agent.firewall.kernel_sets import Change, Sets
from asterisk_agent.firewall.offences import BanTimes
from asterisk_agent.firewall.policy import Thresholds
from asterisk_agent.firewall.protected import Group, Protected
from asterisk_agent.firewall.reactor import Reactor
from asterisk_agent.firewall.ruleset import PRESSURE
from asterisk_agent.firewall.state import State
from asterisk_agent.firewall.store import Store
from fakes.clock import FakeClock
from unit.firewall.facts import net, sample


class Recorder(DryRun):
    """A kernel that says what it was told, sheds floods, and fails, as a test likes."""

    def __init__(self) -> None:
        super().__init__(lambda text: self.told.append(text))
        self.told: list[str] = []
        self.shed = 0
        self.fault: FirewallError | None = None

    def commit(self, changes: Sequence[Change]) -> None:
        if self.fault is not None:
            raise self.fault
        super().commit(changes)

    def counters(self) -> dict[str, int]:
        return {PRESSURE: self.shed}


class Desk:
    """A reactor with a fake clock."""

    def __init__(self, backend: Backend | None = None, path: Path | None = None) -> None:
        self.clock = FakeClock()
        self.backend = backend or Recorder()
        self.kernel = Kernel(self.backend, lambda: "rules", self.clock)
        state = State(Store(path), BanTimes(), 604_800.0, self.clock.time())
        self.reactor = Reactor(Thresholds(), self.kernel, state, self.clock)
        self.reactor.work()

    def attack(self, address: str, tries: int = 5, **changes: str) -> None:
        family = "IPV6" if ":" in address else "IPV4"
        for number in range(tries):
            event = sample(RemoteAddress=f"{family}/UDP/{address}/5060", SessionID=str(number))
            self.reactor.take(event | changes)
        self.reactor.work()

    def scan(self, address: str, tries: int = 5) -> None:
        self.attack(address, tries, AccountID="<unknown>")

    def held(self, name: str) -> list[str]:
        return [str(network) for network in self.backend.collect()[name]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_kernel_is_told_at_once_and_again_when_it_is_over(desk: Desk) -> None:
    desk.attack("192.0.2.1")
    assert desk.held("ban4") == ["192.0.2.1/32"]
    (row,) = desk.reactor.banned()
    assert row == {
        "address": "192.0.2.1",
        "timeout": 600,
        "packets": 0,
        "bytes": 0,
        "comment": "for 600 s: wrong password, 5 tries, accounts 101",
        "kind": "observed",  # this kernel only remembers
        "reason": "wrong password",
        "accounts": ["101"],
        "tries": 5,
        "since": desk.clock.time(),
        "until": desk.clock.time() + 600,
        "bans": 1,
    }
    desk.clock.now += 600
    desk.reactor.work()
    assert desk.reactor.banned() == []


def test_a_ban_waits_for_no_reading_of_the_kernel() -> None:
    reading, go_on = threading.Event(), threading.Event()

    class Slow(Recorder):
        def collect(self) -> Sets:
            reading.set()
            assert go_on.wait(20)
            return super().collect()

    slow = Slow()
    go_on.set()
    desk = Desk(slow)
    go_on.clear()
    reading.clear()
    desk.kernel.distrust()
    keeper = threading.Thread(target=desk.reactor.keep)
    keeper.start()
    assert reading.wait(20)
    for number in range(5):
        desk.reactor.take(sample(SessionID=str(number)))
    desk.reactor.judge()
    assert [text.split()[-1] for text in slow.told] == ["10.66.0.2"]
    go_on.set()
    keeper.join(20)
    assert desk.held("ban4") == ["10.66.0.2/32"]


def test_a_kernel_that_a_flood_makes_slow_still_takes_bans() -> None:
    class Flooded(Recorder):
        def counters(self) -> dict[str, int]:
            raise FirewallSlowError("nft did not end")

    desk = Desk(Flooded())
    desk.clock.now += LOOK_S
    desk.reactor.keep()
    assert desk.kernel.pressed
    assert desk.kernel.problem is None
    desk.attack("192.0.2.1")
    assert desk.held("ban4") == ["192.0.2.1/32"]


def test_what_changed_while_the_kernel_was_read_is_compared_again() -> None:
    class Distracted(Recorder):
        readings = 0

        def collect(self) -> Sets:
            self.readings += 1
            if self.readings == 2:
                desk.kernel.distrust()
            return super().collect()

    backend = Distracted()
    desk = Desk(backend)
    desk.kernel.distrust()
    for _ in range(3):
        desk.reactor.keep()
    assert backend.readings == 3


def test_a_strangers_text_stays_text(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    evil = '"; touch /tmp/p; "'
    desk.attack("192.0.2.1", AccountID=evil)
    (row,) = desk.reactor.banned()
    assert evil in row["comment"]
    assert desk.held("ban4") == ["192.0.2.1/32"]


def test_five_sources_ban_their_subnet_but_never_over_a_customer(desk: Desk) -> None:
    for number in range(5):
        desk.attack(f"192.0.2.{number}")
    assert desk.held("net4") == ["192.0.2.0/24"]
    desk.attack("198.51.100.200", 1, Event="SuccessfulAuth")
    for number in range(5):
        desk.attack(f"198.51.100.{number}")
    assert desk.held("net4") == ["192.0.2.0/24"]
    assert desk.held("known4") == ["198.51.100.200/32"]


def test_who_is_protected_is_spared_even_in_its_64(desk: Desk) -> None:
    trunk = Group("it is a trunk", (net("192.0.2.1"), net("2001:db8::5")))
    dns = Group("it is a name server", (net("192.0.2.3"),), admitted=False)
    desk.reactor.protect([trunk, dns])
    for address in ("192.0.2.1", "2001:db8::9", "192.0.2.2", "192.0.2.3"):
        desk.attack(address, 50)
    assert (desk.held("ban4"), desk.held("ban6")) == (["192.0.2.2/32"], [])
    with pytest.raises(BanRefusedError, match="a trunk"):
        desk.reactor.ban(net("192.0.2.1"), "by hand")
    # A person may: of a larger network the kernel lets the protected part in.
    desk.reactor.ban(net("192.0.2.0/24"), "by hand")
    assert desk.held("net4") == ["192.0.2.0/24"]
    assert desk.held("allow4") == ["192.0.2.1/32"]


def test_who_turns_out_to_be_protected_is_let_in(desk: Desk) -> None:
    desk.attack("192.0.2.1")
    desk.reactor.protect([Group("it is a trunk", (net("192.0.2.1"),))])
    desk.reactor.work()
    assert desk.held("ban4") == []


def test_the_access_list_is_what_the_kernel_holds(desk: Desk) -> None:
    desk.attack("10.1.2.3")
    rules = [AccessRule(net("10.0.0.0/8"), "allow"), AccessRule(net("203.0.113.0/24"), "deny")]
    desk.reactor.set_rules(rules)
    assert (desk.held("allow4"), desk.held("deny4")) == (["10.0.0.0/8"], ["203.0.113.0/24"])
    assert desk.held("ban4") == []
    desk.reactor.set_rules([])
    assert (desk.held("allow4"), desk.held("deny4")) == ([], [])
    found = desk.reactor.explain(net("10.1.2.3"))
    assert (found["banned"], found["access_list"], found["protected"]) == ("", "", "")


def test_explain_says_why(desk: Desk) -> None:
    desk.attack("192.0.2.1")
    desk.reactor.set_rules([AccessRule(net("192.0.2.0/24"), "deny", "a bad house")])
    found = desk.reactor.explain(net("192.0.2.1"))
    assert found["banned"] == "for 600 s: wrong password, 5 tries, accounts 101"
    assert found["seconds_left"] == 600
    assert found["access_list"] == "deny 192.0.2.0/24 a bad house"
    assert found["bans_so_far"] == 1


def test_in_a_flood_forged_addresses_are_not_banned(desk: Desk) -> None:
    assert isinstance(desk.backend, Recorder)
    desk.clock.now += 3
    desk.reactor.work()
    desk.backend.shed = 500
    desk.clock.now += 3
    desk.reactor.work()
    desk.scan("192.0.2.1")
    desk.attack("192.0.2.2")
    assert desk.held("ban4") == ["192.0.2.2/32"]
    desk.clock.now += 60
    desk.reactor.work()
    desk.scan("192.0.2.1")
    assert desk.held("ban4") == ["192.0.2.2/32", "192.0.2.1/32"]


def test_weak_bans_are_capped_and_counted(desk: Desk) -> None:
    for number in range(70):
        desk.scan(f"10.0.{number}.1")
    assert len(desk.held("ban4")) == 60
    assert desk.reactor.counts["too many bans"] == 10


def test_forged_and_surplus_events_are_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reactor.take({"Event": "ChallengeResponseFailed"})
    assert desk.reactor.counts["untrusted"] == 1
    monkeypatch.setattr(reactor_module, "MAX_INBOX", 3)
    for _ in range(3):
        desk.reactor.take(sample())
    desk.reactor.take(sample(Event="InvalidAccountID"))
    assert desk.reactor.counts["overflow"] == 1


def test_without_the_right_it_is_said_once_and_the_rest_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Forbidden(Recorder):
        def install(self, rules: str) -> None:
            raise FirewallUnavailableError("the kernel's rules may not be changed")

    desk = Desk(Forbidden())
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            desk.clock.now += 120
            desk.attack(f"10.{number}.0.1")
    assert len([r for r in caplog.records if "firewall.unavailable" in r.message]) == 1
    assert len(desk.reactor.banned()) == 5
    assert desk.held("ban4") == []


def test_a_kernel_that_fails_now_and_then_gets_everything_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    backend = Recorder()
    desk = Desk(backend)
    backend.fault = FirewallError("nft failed")
    desk.attack("192.0.2.1")
    desk.reactor.unban([net("192.0.2.9")])
    desk.attack("192.0.2.2")
    assert desk.held("ban4") == []
    assert len([r for r in caplog.records if "nft failed" in r.message]) == 1
    backend.fault = None
    desk.clock.now += 60
    desk.reactor.work()
    assert desk.held("ban4") == ["192.0.2.1/32", "192.0.2.2/32"]


def test_a_list_of_bans_is_never_endless(desk: Desk) -> None:
    desk.attack("192.0.2.1")
    flood = [
        Traffic(net(f"10.{n >> 8}.{n & 255}.1"), 1, 1, 60.0, automatic=True) for n in range(11_000)
    ]
    bans = [desk.reactor.ban(net("192.0.2.2"), "by hand")]
    rows = report.banned(bans, flood, desk.clock.time())
    assert (len(rows), rows[0]["address"]) == (10_000, "192.0.2.2")


def test_the_same_protected_addresses_in_another_order_are_no_change() -> None:
    protected, two = Protected(), (net("192.0.2.1"), net("192.0.2.2"))
    assert protected.set(Group("a trunk", two))
    assert not protected.set(Group("a trunk", two[::-1]))
    assert protected.set(Group("a trunk", two, admitted=False))
    assert protected.set(Group("a trunk", two[:1], admitted=False))


def test_observing_says_whom_it_would_shut_out() -> None:
    desk = Desk()
    assert isinstance(desk.backend, Recorder)
    desk.attack("192.0.2.1")
    assert desk.backend.told == ["observing: would shut out 192.0.2.1"]
