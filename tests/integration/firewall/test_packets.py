"""What our rules do to packets, in a real kernel: who is shut out, who waits, who passes."""

from __future__ import annotations

import select
import socket
import time

import pytest
from lab.netns import Namespace
from lab.process import wait_until

from asterisk_agent.firewall.kernel_sets import Change, difference
from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.ports import Ports
from asterisk_agent.firewall.ruleset import KernelLimits, render
from integration.firewall.world import (
    NEEDS,
    PBX4,
    REFUSAL,
    RULES,
    SIP,
    WAIT_S,
    Phone,
    sets,
)
from unit.firewall.facts import net

pytestmark = NEEDS


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
