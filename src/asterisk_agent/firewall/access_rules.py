"""The access list that an administrator keeps in Odoo: who is always let in, who never.

Rows come as Odoo sends them; a wrong row is named and left out, the others count.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from asterisk_agent.firewall.source import MAX_CHARS, Network, covers, parse_network

Access = Literal["allow", "deny"]

MAX_COMMENT = 200


class RowError(NamedTuple):
    """What is wrong with one row: its place in the list, counted from 0, and a fixed word."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One rule. ``comment`` is a person's text."""

    network: Network
    access: Access
    comment: str = ""


class AccessRules:
    """All rules. Where an allowed and a denied network overlap, the allowed one wins."""

    def __init__(self, rules: Sequence[AccessRule] = ()) -> None:
        self.rules = tuple(rules)

    def networks(self, access: Access) -> list[Network]:
        """Return the networks of one kind, those within others left out."""
        return collapse(rule.network for rule in self.rules if rule.access == access)

    def find(self, network: Network, access: Access) -> AccessRule | None:
        """Return the rule of one kind that holds a whole network."""
        found = (r for r in self.rules if r.access == access and covers(r.network, network))
        return next(found, None)


def read_rows(rows: Iterable[Any]) -> tuple[list[AccessRule], list[RowError]]:
    """Read ``{address, netmask, comment, address_type, access_type}`` rows: rules, and faults."""
    rules: list[AccessRule] = []
    errors: list[RowError] = []
    for number, row in enumerate(rows):
        try:
            rules.append(_read(row))
        except _WrongRowError as exc:
            errors.append(RowError(number, str(exc)))
    return rules, errors


def collapse(networks: Iterable[Network]) -> list[Network]:
    """Return the same addresses as few networks: IPv4 first, ascending."""
    found = set(networks)
    v4 = [n for n in found if isinstance(n, ipaddress.IPv4Network)]
    v6 = [n for n in found if isinstance(n, ipaddress.IPv6Network)]
    return [*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6)]


class _WrongRowError(ValueError):
    """A row that can't be a rule; its text is one of a few fixed words."""


def _read(row: Any) -> AccessRule:
    if not isinstance(row, Mapping):
        raise _WrongRowError("row")
    access = row.get("access_type")
    if access not in ("allow", "deny"):
        raise _WrongRowError("access_type")
    comment = row.get("comment") or ""
    if not isinstance(comment, str):
        raise _WrongRowError("comment")
    return AccessRule(_network(row), access, comment[:MAX_COMMENT])


def _network(row: Mapping[str, Any]) -> Network:
    kind, address = row.get("address_type"), row.get("address")
    if kind not in ("ip", "net"):
        raise _WrongRowError("address_type")
    if not isinstance(address, str) or (kind == "ip" and "/" in address):
        raise _WrongRowError("address")
    text = address.strip()
    if kind == "net" and "/" not in text:
        text = f"{text}/{_netmask(row.get('netmask'))}"
    try:
        network = parse_network(text)
    except ValueError as exc:
        raise _WrongRowError("netmask" if _is_address(address) else "address") from exc
    if network.prefixlen == 0:
        # A rule for everybody is no rule: it would switch the protection off, or the telephones.
        raise _WrongRowError("netmask")
    return network


def _netmask(mask: Any) -> str:
    text = str(mask).strip() if isinstance(mask, str | int) and not isinstance(mask, bool) else ""
    if not text or len(text) > MAX_CHARS:
        raise _WrongRowError("netmask")
    return text


def _is_address(text: str) -> bool:
    try:
        parse_network(text.partition("/")[0].strip())
    except ValueError:
        return False
    return True
