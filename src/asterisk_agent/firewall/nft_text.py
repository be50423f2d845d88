"""Changes of sets as text for nft (nft(8), ELEMENT COMMANDS): half the work of its JSON.

nft resolves host names in elements, so none of a stranger's texts may come near it: what stands
in a command was written by ``ipaddress``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from asterisk_agent.firewall.kernel_sets import Change, is_interval
from asterisk_agent.firewall.ruleset import FAMILY, TABLE
from asterisk_agent.firewall.source import Network


def commands(changes: Iterable[Change]) -> str:
    """Return the changes as one transaction for ``nft -f``."""
    return "".join(line for change in changes for line in _commands(change))


def _commands(change: Change) -> Iterator[str]:
    name = change.name
    if change.replace:
        yield f"flush set {FAMILY} {TABLE} {name}\n"
    # The kernel ends a time-out by itself, so what is to be deleted may be gone, and that would
    # fail the whole transaction: add, then delete. The same makes a new time-out count, which
    # old kernels ignore for an element that they have.
    stale = {} if is_interval(name) else dict.fromkeys([*change.delete, *change.renew])
    yield from _elements("add", name, stale)
    yield from _elements("delete", name, stale)
    yield from _elements("add", name, {**change.renew, **change.add})


def _elements(verb: str, name: str, elements: Mapping[Network, float | None]) -> Iterator[str]:
    if elements:
        interval = is_interval(name)
        rows = ", ".join([_element(n, left, interval) for n, left in elements.items()])
        yield f"{verb} element {FAMILY} {TABLE} {name} {{ {rows} }}\n"


def _element(network: Network, left_s: float | None, interval: bool) -> str:
    address = str(network if interval else network.network_address)
    return address if left_s is None else f"{address} timeout {max(1, round(left_s))}s"
