"""Our rules in a real kernel, in network namespaces of the test: read back, and packets sent.

`world` is the internet with as many addresses as a test likes, `pbx` the machine with our rules.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from lab.netns import Namespace, cable, give
from lab.process import wait_until

from asterisk_agent.core.errors import FirewallTableGoneError, FirewallUnavailableError
from asterisk_agent.firewall import kernel_sets
from asterisk_agent.firewall.access_rules import AccessRule
from asterisk_agent.firewall.kernel import Kernel
from asterisk_agent.firewall.kernel_sets import Change, Sets, difference
from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.offences import BanTimes
from asterisk_agent.firewall.policy import Thresholds
from asterisk_agent.firewall.ports import Ports
from asterisk_agent.firewall.reactor import Reactor
from asterisk_agent.firewall.ruleset import KernelLimits, render
from asterisk_agent.firewall.state import State
from asterisk_agent.firewall.store import Store
from fakes.clock import FakeClock
from unit.firewall.facts import net, sample

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("unshare"),
    reason="needs root, nft and unshare for namespaces of its own",
)

SOURCE = Path(__file__).resolve().parents[2] / "src"
PBX4, PBX6 = "10.99.0.1", "fd99::1"
RULES = render(Ports())
SIP = b"OPTIONS sip:x@pbx SIP/2.0\r\nCall-ID: 1\r\n\r\n"
#: None of Asterisk's.
MARK_PORT = 9999
WAIT_S = 30.0
REFUSAL = b"SIP/2.0 401 Unauthorized\r\n\r\n"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy for half a minute makes no difference."""
    monkeypatch.setattr(kernel_sets, "TOLERANCE_S", 30.0)


@pytest.fixture(autouse=True)
def one_processor() -> Iterator[None]:
    """Send everything on one processor: its queue of packets is one line, and keeps their order."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture
def pbx() -> Iterator[Namespace]:
    with Namespace() as made:
        yield made


@pytest.fixture
def world(pbx: Namespace) -> Iterator[Namespace]:
    with Namespace() as made:
        cable(pbx, made)
        give(pbx, f"{PBX4}/8", f"{PBX6}/8")
        give(made, *(f"10.66.0.{n}/8" for n in range(1, 6)))
        give(made, *(f"fd66:0:0:{n}::{host}/8" for n in (1, 2) for host in (1, 2)))
        yield made


@pytest.fixture
def backend(pbx: Namespace) -> Nftables:
    return Nftables(pbx.nft)


class Phone:
    """One address of the world, and how much of what it sends arrives at a port of the PBX."""

    def __init__(self, world: Namespace, pbx: Namespace, address: str, port: int = 5060) -> None:
        target = PBX6 if ":" in address else PBX4
        self.near = world.open(socket.SOCK_DGRAM, address)
        self.far = pbx.open(socket.SOCK_DGRAM, target, port)
        # Of several phones each hears its own packets only.
        self.far.connect(self.near.getsockname())
        self.target = (target, port)
        self.marked = pbx.open(socket.SOCK_DGRAM, target, MARK_PORT)
        self.marked.connect(self.near.getsockname())
        self.marked.settimeout(WAIT_S)

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *exc: object) -> None:
        self.marked.close()
        self.far.close()
        self.near.close()

    def arrives(self, packet: bytes = SIP) -> bool:
        """Send one packet, and behind it another, to a port at which nobody looks: a cable loses
        nothing and keeps the order, so that when that one has come, the first is there or not.
        """
        self.near.sendto(packet, self.target)
        self.near.sendto(b"mark", (self.target[0], MARK_PORT))
        self.marked.recv(100)
        self.far.setblocking(False)
        try:
            self.far.recv(4096)
        except BlockingIOError:
            return False
        return True

    def asked(self) -> bool:
        """Send a request that Asterisk refuses; tell whether it still came that far."""
        if not self.arrives():
            return False
        self.far.send(REFUSAL)
        return True


def sets(**elements: Sequence[tuple[str, float | None]]) -> Sets:
    return {name: {net(text): left for text, left in found} for name, found in elements.items()}


FULL = sets(
    ban4=[("10.66.0.1", 600.0), ("10.66.0.2", 86_400.0)],
    ban6=[("fd66:0:0:1::/64", 600.0)],
    net4=[("192.0.2.0/24", 3600.0), ("192.0.3.0/24", 3600.0), ("10.0.0.0/9", 60.0)],
    net6=[("fd01::/48", 3600.0)],
    known4=[("10.66.0.5", 604_800.0)],
    known6=[("fd66:0:0:2::/64", 604_800.0)],
    allow4=[("10.1.1.1", None), ("10.1.1.2", None), ("10.2.0.0/16", None)],
    allow6=[("fd02::1", None)],
    deny4=[("203.0.113.0/24", None), ("10.7.7.7", None)],
    deny6=[("fd03::/32", None)],
)


def test_what_is_committed_is_read_back_and_then_nothing_is_left_to_do(
    backend: Nftables,
) -> None:
    backend.install(RULES)
    assert difference({}, backend.collect()) == []
    backend.commit(difference(FULL, backend.collect()))
    assert difference(FULL, backend.collect()) == []
    fewer = {name: dict(list(found.items())[1:]) for name, found in FULL.items()}
    changes = difference(fewer, backend.collect())
    assert {change.name for change in changes} == set(FULL)
    backend.commit(changes)
    assert difference(fewer, backend.collect()) == []


def test_the_difference_touches_only_what_differs(backend: Nftables) -> None:
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    longer = FULL | sets(ban4=[("10.66.0.1", 3600.0), ("10.66.0.2", 86_400.0)])
    assert difference(longer, backend.collect()) == [
        Change("ban4", renew={net("10.66.0.1"): 3600.0})
    ]
    backend.commit(difference(longer, backend.collect()))
    assert difference(longer, backend.collect()) == []


def test_rules_applied_three_times_are_the_same_and_keep_the_sets(
    pbx: Namespace, backend: Nftables
) -> None:
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    once = pbx.run("nft", "-s", "list", "table", "inet", "asterisk_agent").stdout
    backend.install(RULES)
    backend.install(RULES)
    thrice = pbx.run("nft", "-s", "list", "table", "inet", "asterisk_agent").stdout
    assert [line for line in once.splitlines() if "expires" not in line] == [
        line for line in thrice.splitlines() if "expires" not in line
    ]
    assert difference(FULL, backend.collect()) == []


def test_nothing_outside_our_table_is_touched_and_off_leaves_nothing(
    pbx: Namespace, backend: Nftables
) -> None:
    hosts = (
        "table ip host {\n set s {\n type ipv4_addr\n elements = { 10.0.0.9 }\n }\n"
        " chain c {\n type filter hook input priority 0\n ip saddr @s drop\n }\n}\n"
        "table inet asterisk_agent_of_mine {\n chain c {\n }\n}\n"
    )
    assert pbx.nft(["-f", "-"], hosts) == (0, "", "")
    before = pbx.ruleset()
    assert "10.0.0.9" in before
    backend.remove()
    assert pbx.ruleset() == before
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    assert pbx.ruleset().startswith(before)
    backend.remove()
    assert pbx.ruleset() == before
    assert not backend.exists()


def test_a_table_of_another_version_makes_room(pbx: Namespace, backend: Nftables) -> None:
    pbx.nft(["-f", "-"], "table inet asterisk_agent { set ban4 { type inet_service; } }")
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    assert difference(FULL, backend.collect()) == []


def test_without_the_right_it_says_so(pbx: Namespace) -> None:
    def weak(args: Sequence[str], text: str) -> tuple[int, str, str]:
        command = ("capsh", "--drop=cap_net_admin", "--", "-c", 'nft "$@"', "nft")
        done = pbx.run(*command, *args, text=text)
        return done.returncode, done.stdout, done.stderr

    backend = Nftables(weak)
    for step in (lambda: backend.install(RULES), backend.remove, backend.exists, backend.counters):
        with pytest.raises(FirewallUnavailableError, match="CAP_NET_ADMIN"):
            step()
    assert pbx.ruleset() == ""


def test_only_that_one_right_is_needed(pbx: Namespace) -> None:
    def plain_user(args: Sequence[str], text: str) -> tuple[int, str, str]:
        user = ("setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all,+net_admin")
        caps = ("--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin")
        # nft opens its standard input by name: the pipe must be that user's own.
        done = pbx.run(*user, *caps, "sh", "-c", 'cat | nft "$@"', "nft", *args, text=text)
        return done.returncode, done.stdout, done.stderr

    backend = Nftables(plain_user)
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    assert difference(FULL, backend.collect()) == []


def test_a_table_that_is_gone_is_told_apart(backend: Nftables) -> None:
    for step in (backend.collect, backend.counters, backend.traffic):
        with pytest.raises(FirewallTableGoneError):
            step()


# --- packets ------------------------------------------------------------------------------------


def test_a_ban_shuts_out_one_address_from_asterisks_ports_only(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    backend.install(RULES)
    with (
        Phone(world, pbx, "10.66.0.1") as banned,
        Phone(world, pbx, "10.66.0.1", 9000) as elsewhere,
    ):
        assert banned.arrives()
        backend.commit([Change("ban4", add={net("10.66.0.1"): 60.0})])
        assert not banned.arrives()
        assert elsewhere.arrives()
        (seen,) = backend.traffic()
        assert (seen.network, seen.packets, seen.bytes) == (net("10.66.0.1"), 1, len(SIP) + 28)
        backend.commit([Change("ban4", delete=(net("10.66.0.1"),))])
        assert banned.arrives()
    with Phone(world, pbx, "10.66.0.2") as other:
        backend.commit([Change("ban4", add={net("10.66.0.1"): 60.0})])
        assert other.arrives()


def test_an_ipv6_ban_is_of_the_64(world: Namespace, pbx: Namespace, backend: Nftables) -> None:
    backend.install(RULES)
    backend.commit([Change("ban6", add={net("fd66:0:0:1::/64"): 60.0})])
    arrived = {}
    for address in ("fd66:0:0:1::1", "fd66:0:0:1::2", "fd66:0:0:2::1"):
        with Phone(world, pbx, address) as phone:
            arrived[address] = phone.arrives()
    assert list(arrived.values()) == [False, False, True]


def test_networks_allowed_and_denied(world: Namespace, pbx: Namespace, backend: Nftables) -> None:
    backend.install(RULES)
    wanted = sets(
        net4=[("10.66.0.0/29", 60.0)],
        allow4=[("10.66.0.3", None)],
        deny6=[("fd66:0:0:1::1", None)],
        ban6=[("fd66:0:0:2::/64", 60.0)],
        allow6=[("fd66:0:0:2::1", None)],
    )
    backend.commit(difference(wanted, backend.collect()))
    arrived = []
    for address in (
        *("10.66.0.2", "10.66.0.3"),
        *("fd66:0:0:1::1", "fd66:0:0:1::2", "fd66:0:0:2::1", "fd66:0:0:2::2"),
    ):
        with Phone(world, pbx, address) as phone:
            arrived.append(phone.arrives())
    assert arrived == [False, True, False, True, True, False]


def test_a_ban_ends_by_itself(world: Namespace, pbx: Namespace, backend: Nftables) -> None:
    backend.install(RULES)
    with Phone(world, pbx, "10.66.0.1") as phone:
        began = time.monotonic()
        backend.commit([Change("ban4", add={net("10.66.0.1"): 1.0})])
        assert not phone.arrives() or time.monotonic() - began >= 1.0
        wait_until(phone.arrives, "the packet", WAIT_S)
    # To delete what has ended meanwhile is no error.
    backend.commit([Change("ban4", delete=(net("10.66.0.1"),))])


def test_a_source_far_over_its_budget_is_shut_out_by_the_kernel_alone(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    """No agent, no event: a known customer has room for what bans a stranger."""
    limits = KernelLimits(stranger=(5, 10), stranger_auto=(20, 40))
    backend.install(render(Ports(), limits))
    backend.commit([Change("known4", add={net("10.66.0.5"): 600.0})])
    with Phone(world, pbx, "10.66.0.1") as stranger, Phone(world, pbx, "10.66.0.2") as other:
        # Up to the first packet that is dropped.
        assert not all(stranger.arrives() for _ in range(3000))
        assert not any(seen.automatic for seen in backend.traffic())
        # A slow machine refills the budget meanwhile, and still it is soon over.
        for _ in range(3000):
            stranger.arrives()
        assert [seen.network for seen in backend.traffic() if seen.automatic] == [net("10.66.0.1")]
        assert other.arrives()
    with Phone(world, pbx, "10.66.0.5") as known:
        assert all(known.arrives() for _ in range(300))


def test_who_gets_too_many_refusals_is_shut_out_though_no_event_tells_of_him(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    limits = KernelLimits(stranger=(10_000, 10_000), unauthorized=(10_000, 10_000))
    backend.install(render(Ports(), limits))
    with Phone(world, pbx, "10.66.0.1") as guesser:
        answered = sum(guesser.asked() for _ in range(400))
        assert 180 <= answered <= 210
        assert not guesser.arrives()
    (seen,) = [seen for seen in backend.traffic() if seen.automatic]
    assert seen.network == net("10.66.0.1")
    assert seen.left_s is not None
    assert 500 < seen.left_s <= 600


def test_after_some_refusals_a_stranger_waits_until_the_agent_has_decided(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    backend.install(render(Ports(), KernelLimits(unauthorized=(1, 4), pause_ms=60_000)))
    with Phone(world, pbx, "10.66.0.1") as guesser, Phone(world, pbx, "10.66.0.2") as other:
        began = time.monotonic()
        assert 5 <= sum(guesser.asked() for _ in range(40)) <= 8 + time.monotonic() - began
        assert other.arrives()
        # No ban: nobody is told of it, and a customer's success ends it.
        assert backend.traffic() == []
        backend.commit([Change("known4", add={net("10.66.0.1"): 600.0})])
        assert all(guesser.asked() for _ in range(40))
    assert backend.counters()["c_pause"] > 0


def test_who_waits_gets_no_refusal_of_what_he_sent_before(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    backend.install(render(Ports(), KernelLimits(unauthorized=(1, 4), pause_ms=60_000)))
    with Phone(world, pbx, "10.66.0.1") as guesser:
        assert sum(guesser.arrives() for _ in range(30)) == 30
        began = time.monotonic()
        answered = sum(_refuse(guesser) for _ in range(30))
        took_s = time.monotonic() - began
        # What is no refusal comes through: a call may be on.
        guesser.far.send(b"SIP/2.0 200 OK\r\n\r\n")
    assert 5 <= answered <= 8 + took_s


def _refuse(guesser: Phone) -> bool:
    try:
        guesser.far.send(REFUSAL)
    except PermissionError:
        return False
    return True


def test_what_the_kernel_can_not_read_is_slowed_down_for_strangers_only(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    backend.install(render(Ports(), KernelLimits(sealed=(1, 6))))
    big, small = b"x" * 300, b"x" * 40
    listener = pbx.open(socket.SOCK_STREAM, PBX4, 5061)
    listener.listen(2)
    stranger, customer = (world.open(socket.SOCK_STREAM, f"10.66.0.{n}") for n in (1, 2))
    backend.commit([Change("known4", add={net("10.66.0.2"): 600.0})])
    with listener, stranger, customer:
        for near in (stranger, customer):
            near.settimeout(WAIT_S)
            near.connect((PBX4, 5061))
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            far, _ = listener.accept()
            with far:
                began = time.monotonic()
                for packet in [small] * 5 + [big] * 20:
                    near.send(packet)
                least = 20 if near is customer else 6
                heard = (_came(far, 5 * 40 + least * 300) - 5 * 40) // 300
            # TCP sends again what was dropped, up to five requests in one packet a second.
            assert least <= heard <= max(least, 9 + 5 * (time.monotonic() - began))
    assert backend.counters()["c_sealed"] > 0


def _came(sock: socket.socket, least: int) -> int:
    """Wait for so many bytes; return how many have come by then."""
    found = 0
    sock.settimeout(WAIT_S)
    while found < least:
        found += len(sock.recv(least - found))
    sock.setblocking(False)
    try:
        return found + len(sock.recv(65536))
    except BlockingIOError:
        return found


def test_who_is_banned_gets_no_answer_to_what_he_sent_before(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    backend.install(RULES)
    with Phone(world, pbx, "10.66.0.1") as guesser:
        assert guesser.arrives()
        backend.commit([Change("ban4", add={net("10.66.0.1"): 600.0})])
        with pytest.raises(PermissionError):
            guesser.far.send(REFUSAL)
    assert backend.counters()["c_reply"] == 1


def test_junk_is_dropped_and_keep_alives_are_not(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    backend.install(RULES)
    with Phone(world, pbx, "10.66.0.1") as phone:
        words = [b"\x00" * 40, b"HELO there and so on", b"\r\n\r\n", b"REGISTER x", b"SIP/2.0 200"]
        assert [phone.arrives(word) for word in words] == [False, False, True, True, True]
    assert backend.counters()["c_junk"] == 2


def test_a_flood_of_many_sources_leaves_the_known_and_the_patient(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    """Beyond what all strangers may send together, the second packet of a source passes."""
    limits = KernelLimits(strangers_together=(1, 1), second_chance=(1000, 1000))
    backend.install(render(Ports(), limits))
    backend.commit([Change("known4", add={net("10.66.0.5"): 600.0})])
    with Phone(world, pbx, "10.66.0.1") as first, Phone(world, pbx, "10.66.0.5") as known:
        for _ in range(20):
            first.arrives()
        # Strangers have a packet a second: once more with another, if this machine took one.
        for address in ("10.66.0.2", "10.66.0.3", "10.66.0.4"):
            began = time.monotonic()
            first.arrives()
            with Phone(world, pbx, address) as phone:
                passed = [phone.arrives(), phone.arrives()]
            if time.monotonic() - began < 1.0:
                break
        assert passed == [False, True]
        assert known.arrives()
    assert backend.counters()["c_pressure"] >= 2


def test_idle_connections_of_strangers_dont_lock_the_manager_out(
    world: Namespace, pbx: Namespace, backend: Nftables
) -> None:
    backend.install(render(Ports(), KernelLimits(connects=(1000, 1000))))
    held = []
    with pbx.open(socket.SOCK_STREAM, PBX4, 5038) as manager:
        manager.listen(100)

        def connects(address: str) -> bool:
            refused = backend.counters()["c_conn"]
            sock = world.open(socket.SOCK_STREAM, address)
            sock.setblocking(False)
            sock.connect_ex((PBX4, 5038))
            while not _is_open(sock):
                if backend.counters()["c_conn"] > refused:
                    # Not to ask again: that would be counted, too.
                    sock.close()
                    return False
            held.append(sock)
            return True

        try:
            assert [connects("10.66.0.1") for _ in range(6)] == [True] * 5 + [False]
            # All of them together stay below authlimit, or the agent would stand outside.
            assert [connects("10.66.0.2") for _ in range(5)] == [True] * 3 + [False] * 2
        finally:
            for sock in held:
                sock.close()


def _is_open(sock: socket.socket) -> bool:
    look = select.poll()
    look.register(sock, select.POLLOUT)
    return bool(look.poll(50))


# --- the reactor on it ----------------------------------------------------------------------------


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


def test_ten_thousand_bans_are_read_back(backend: Nftables) -> None:
    backend.install(RULES)
    many = {net(f"10.{n >> 8}.{n & 255}.1"): 600.0 for n in range(10_000)}
    backend.commit(difference({"ban4": many}, backend.collect()))
    assert difference({"ban4": many}, backend.collect()) == []
    assert len(json.dumps([str(seen.network) for seen in backend.traffic()])) > 100_000


def test_the_library_does_what_the_program_does(pbx: Namespace, backend: Nftables) -> None:
    """In the agent single bans take this way; elsewhere it is only tried, and the program works."""
    backend.install(RULES)
    code = (
        "from asterisk_agent.firewall import libnftables, nft_text\n"
        "from asterisk_agent.firewall.kernel_sets import Change\n"
        "from asterisk_agent.firewall.source import parse_network as net\n"
        "quick = libnftables.load()\n"
        "ban4 = Change('ban4', add={net('10.66.0.1'): 600.0, net('10.66.0.2'): 60.0})\n"
        "ban6 = Change('ban6', add={net('fd66::/64'): 600.0})\n"
        'print(quick(nft_text.commands([ban4, ban6])), quick("add x\\n"))\n'
    )
    done = pbx.run("env", f"PYTHONPATH={SOURCE}", sys.executable, "-c", code)
    assert (done.stdout, done.stderr) == ("True False\n", "")
    wanted = sets(ban4=[("10.66.0.1", 600.0), ("10.66.0.2", 60.0)], ban6=[("fd66::/64", 600.0)])
    assert difference(wanted, backend.collect()) == []


def test_what_the_library_can_not_do_the_program_does(pbx: Namespace) -> None:
    asked: list[str] = []
    backend = Nftables(pbx.nft, quick=lambda text: bool(asked.append(text)))
    backend.install(RULES)
    backend.commit([Change("ban4", add={net("10.66.0.1"): 60.0})])
    backend.commit([Change("ban4", delete=(net("10.66.0.1"),))])
    many = {net(f"10.1.{n}.1"): 60.0 for n in range(200)}
    backend.commit([Change("ban4", add=many)])
    assert len(asked) == 1
    assert difference({"ban4": many}, backend.collect()) == []
