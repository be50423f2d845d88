"""What this machine is and whom it needs: its addresses, its gateways, its name servers."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from pathlib import Path

from asterisk_agent.firewall.source import Network, parse_address

PROC = Path("/proc/net")
RESOLV = Path("/etc/resolv.conf")


def own_addresses(proc: Path = PROC) -> list[Network]:
    """Return the addresses of this machine's interfaces; loopback's whole network."""
    found: list[Network] = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1")]
    found += [ipaddress.ip_network(text) for text in _local4(_lines(proc / "fib_trie"))]
    for line in _lines(proc / "if_inet6"):
        found.append(ipaddress.ip_network(int(line.split()[0], 16).to_bytes(16, "big")))
    return list(dict.fromkeys(found))


def gateways(proc: Path = PROC) -> list[Network]:
    """Return the routers: behind one that rewrites addresses everybody is the router."""
    found: list[Network] = []
    for line in _lines(proc / "route")[1:]:
        fields = line.split()
        # route(8): numbers are hexadecimal, as this machine orders bytes.
        if len(fields) > 2 and fields[2] != "00000000":
            packed = struct.pack("=L", int(fields[2], 16))
            found.append(ipaddress.ip_network(packed))
    for line in _lines(proc / "ipv6_route"):
        fields = line.split()
        if len(fields) > 4 and int(fields[4], 16):
            found.append(ipaddress.ip_network(int(fields[4], 16).to_bytes(16, "big")))
    return list(dict.fromkeys(found))


def name_servers(resolv: Path = RESOLV) -> list[Network]:
    """Return the name servers: without them Asterisk stands still (resolv.conf(5))."""
    found = []
    for line in _lines(resolv):
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(ipaddress.ip_network(parse_address(words[1].partition("%")[0])))
            except ValueError:
                continue
    return found


def _local4(lines: list[str]) -> Iterator[str]:
    """Read fib_trie: an address stands on the line before `/32 host LOCAL`."""
    last = ""
    for line in lines:
        words = line.split()
        if len(words) == 2 and words[0] == "|--":
            last = words[1]
        elif words == ["/32", "host", "LOCAL"]:
            yield last


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
