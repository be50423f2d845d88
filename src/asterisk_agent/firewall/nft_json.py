"""What nft lists as JSON: sets as networks, counters (libnftables-json(5))."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from asterisk_agent.firewall.kernel_sets import is_interval
from asterisk_agent.firewall.source import IPV6_SOURCE_PREFIX, Network


class Element(NamedTuple):
    """One listed element; a range that is no network gives several."""

    networks: list[Network]
    left_s: float | None
    packets: int
    bytes: int


def objects(text: str, kind: str) -> Iterator[dict[str, Any]]:
    """Given nft's output, yield its objects of one kind. Raise ``ValueError``."""
    found = json.loads(text)
    items: Sequence[Any] = found.get("nftables", []) if isinstance(found, dict) else []
    for item in items:
        if isinstance(item, dict) and isinstance(item.get(kind), dict):
            yield item[kind]


def elements_of(listed: Mapping[str, Any]) -> list[Element]:
    """Given a listed set, return its elements. Raise ``ValueError``."""
    interval = is_interval(str(listed.get("name", "")))
    return [_read(row, interval=interval) for row in listed.get("elem", [])]


def _read(row: Any, *, interval: bool) -> Element:
    fields: dict[str, Any] = {"val": row}
    if isinstance(row, dict) and isinstance(row.get("elem"), dict):
        fields = row["elem"]
    counter = fields.get("counter") or {}
    left = fields.get("expires", fields.get("timeout"))
    return Element(
        networks=_networks(fields["val"], interval=interval),
        left_s=None if left is None else float(left),
        packets=int(counter.get("packets", 0)),
        bytes=int(counter.get("bytes", 0)),
    )


def _networks(value: Any, *, interval: bool) -> list[Network]:
    if isinstance(value, dict) and "prefix" in value:
        return [ipaddress.ip_network(f"{value['prefix']['addr']}/{value['prefix']['len']}")]
    if isinstance(value, dict) and "range" in value:
        first, last = (ipaddress.ip_address(text) for text in value["range"])
        return list(ipaddress.summarize_address_range(first, last))
    address = ipaddress.ip_address(value)
    if address.version == 6 and not interval:
        return [ipaddress.ip_network((address, IPV6_SOURCE_PREFIX), strict=False)]
    return [ipaddress.ip_network(address)]
