"""What is banned: one IPv4 address, one IPv6 /64, or a larger network."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: A subscriber gets at least a /64 (RFC 6177) and may take another address of it for each packet.
IPV6_SOURCE_PREFIX = 64
#: The longest text of an IPv6 network: 45 characters of address, a slash, three digits.
MAX_CHARS = 49


def parse_address(text: str) -> Address:
    """Read an address; an IPv4 one that is mapped into IPv6 is IPv4. Raise ``ValueError``."""
    if not text.isascii() or "%" in text or len(text) > MAX_CHARS:
        raise ValueError("no address")
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def parse_network(text: str) -> Network:
    """Read an address or a network, host bits ignored. Raise ``ValueError``."""
    if not text.isascii() or "%" in text or len(text) > MAX_CHARS:
        raise ValueError("no network")
    if "/" not in text:
        return ipaddress.ip_network(parse_address(text))
    return ipaddress.ip_network(text, strict=False)


def source_of(address: Address) -> Network:
    """Return what counts as one source: the address itself, or the /64 around it."""
    prefix = IPV6_SOURCE_PREFIX if address.version == 6 else 32
    return ipaddress.ip_network((address, prefix), strict=False)


def bannable(network: Network) -> Network:
    """Return the network that a ban of this one bans: never less than a source."""
    if network.version == 6 and network.prefixlen > IPV6_SOURCE_PREFIX:
        return network.supernet(new_prefix=IPV6_SOURCE_PREFIX)
    return network


def is_source(network: Network) -> bool:
    """Tell whether a network is exactly one source."""
    return network.prefixlen == (IPV6_SOURCE_PREFIX if network.version == 6 else 32)


def show(network: Network) -> str:
    """Write a network; one that is a single address without its prefix."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def covers(outer: Network, inner: Network) -> bool:
    """Tell whether ``inner`` lies within ``outer``, whatever their families."""
    if isinstance(outer, ipaddress.IPv4Network) and isinstance(inner, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, ipaddress.IPv6Network) and isinstance(inner, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def overlap(one: Network, other: Network) -> bool:
    """Tell whether two networks have an address in common."""
    return covers(one, other) or covers(other, one)
