"""What Linux tells of this machine."""

from __future__ import annotations

from pathlib import Path

from asterisk_agent.firewall import host
from unit.firewall.facts import net

FIB = """Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 192.0.2.0/24 2 0 2
        |-- 192.0.2.0
           /24 link UNICAST
        |-- 192.0.2.5
           /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
"""
IF6 = "20010db8000000010000000000000005 02 40 00 80     eth0\n"
ROUTE = (
    "Iface\tDestination\tGateway\tFlags\n"
    "eth0\t00000000\t010200C0\t0003\neth0\t000200C0\t00000000\t0001\n"
)
ROUTE6 = f"{'0' * 32} 00 {'0' * 32} 00 fe800000000000000000000000000001 00000400 1 0 3 eth0\n"


def test_addresses_gateways_and_name_servers(tmp_path: Path) -> None:
    files = {"fib_trie": FIB, "if_inet6": IF6, "route": ROUTE, "ipv6_route": ROUTE6}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "resolv.conf").write_text(
        "# dns\nnameserver 192.0.2.3\nnameserver fe80::1%eth0\nx\n"
    )
    own = [net("127.0.0.0/8"), net("::1"), net("192.0.2.5"), net("2001:db8:0:1::5")]
    assert host.own_addresses(tmp_path) == own
    assert host.gateways(tmp_path) == [net("192.0.2.1"), net("fe80::1")]
    assert host.name_servers(tmp_path / "resolv.conf") == [net("192.0.2.3"), net("fe80::1")]


def test_a_machine_that_tells_nothing_has_loopback(tmp_path: Path) -> None:
    assert host.own_addresses(tmp_path) == [net("127.0.0.0/8"), net("::1")]
    assert host.gateways(tmp_path) == host.name_servers(tmp_path / "x") == []


def test_this_very_machine_is_read() -> None:
    assert net("127.0.0.1").subnet_of(host.own_addresses()[0])  # type: ignore[arg-type]
