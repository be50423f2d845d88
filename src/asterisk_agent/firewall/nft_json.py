"""nft's JSON, both ways: changes as commands, listed sets as networks (libnftables-json(5)).

nft resolves host names in elements, so none of a stranger's texts may come near it: what stands
in a command was written by ``ipaddress``.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from asterisk_agent.firewall.kernel_sets import Change, is_interval
from asterisk_agent.firewall.ruleset import FAMILY, TABLE
from asterisk_agent.firewall.source import IPV6_SOURCE_PREFIX, Network

#: So many elements in one command: longer lines gain nothing (5 microseconds an element).
CHUNK = 1_000


class Element(NamedTuple):
    """One listed element; a range that is no network gives several."""

    networks: list[Network]
    left_s: float | None
    packets: int
    bytes: int


def commands(changes: Iterable[Change]) -> str:
    """Return the changes as one transaction."""
    return json.dumps({"nftables": [command for c in changes for command in _commands(c)]})


def _commands(change: Change) -> Iterator[dict[str, Any]]:
    name, interval = change.name, is_interval(change.name)
    if change.replace:
        yield {"flush": {"set": {"family": FAMILY, "table": TABLE, "name": name}}}
    # The kernel ends a time-out by itself, so what is to be deleted may be gone, and that would
    # fail the whole transaction: add, then delete. The same makes a new time-out count, which
    # old kernels ignore for an element that they have.
    stale: list[Network] = [] if interval else [*change.delete, *change.renew]
    yield from _elements("add", name, dict.fromkeys(stale), interval=interval)
    yield from _elements("delete", name, dict.fromkeys(stale), interval=interval)
    yield from _elements("add", name, {**change.renew, **change.add}, interval=interval)


def _elements(
    verb: str, name: str, elements: Mapping[Network, float | None], *, interval: bool
) -> Iterator[dict[str, Any]]:
    rows = [_element(network, left, interval=interval) for network, left in elements.items()]
    for start in range(0, len(rows), CHUNK):
        place = {"family": FAMILY, "table": TABLE, "name": name}
        yield {verb: {"element": {**place, "elem": rows[start : start + CHUNK]}}}


def _element(network: Network, left_s: float | None, *, interval: bool) -> Any:
    address = str(network.network_address)
    single = not interval or network.num_addresses == 1
    value = address if single else {"prefix": {"addr": address, "len": network.prefixlen}}
    if left_s is None:
        return value
    return {"elem": {"val": value, "timeout": max(1, round(left_s))}}


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
