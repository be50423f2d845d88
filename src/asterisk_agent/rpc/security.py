"""``asterisk.update_access_rules``, ``get_banned``, ``ban_address`` and
``remove_banned_addresses``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from asterisk_agent.core.errors import BanRefusedError, RefusedError
from asterisk_agent.rpc.functions import Functions, Prepared, invalid
from asterisk_agent.rpc.refusals import INVALID_PARAMS, SECURITY_OFF

#: Far more than anybody keeps by hand.
MAX_ROWS = 10_000
MAX_ADDRESSES = 10_000
MAX_REASON = 200
#: As long as a list of an administrator's lives, and no longer.
MAX_SECONDS = 365 * 86_400


class Guard(Protocol):
    """What these need of the security reactor."""

    def update_access_rules(self, rows: Sequence[Any]) -> Sequence[tuple[int, str]]:
        """Apply the good rows; return the places and faults of the others."""

    def banned(self) -> list[dict[str, Any]]:
        """List the bans."""

    def ban(self, address: str, reason: str, seconds: float | None) -> None:
        """Ban an address or a network. Raise ``BanRefusedError``."""

    def unban(self, addresses: Sequence[str]) -> None:
        """End bans."""


class SecurityFunctions:
    """The four functions; each is refused while the reactor is off (``guard`` is ``None``)."""

    def __init__(self, guard: Guard | None) -> None:
        self._guard = guard

    def add_to(self, functions: Functions) -> None:
        """Put them on the list."""
        functions.add("asterisk.update_access_rules", self.update_access_rules)
        functions.add("asterisk.get_banned", self.get_banned)
        functions.add("asterisk.ban_address", self.ban_address)
        functions.add("asterisk.remove_banned_addresses", self.remove_banned_addresses)

    def update_access_rules(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to replace the access list by a full list of rows."""
        del budget_s
        rows = _one(args, kwargs, "rules", "rows", MAX_ROWS)
        return lambda: self._update(rows)

    def get_banned(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to list who is shut out."""
        del budget_s
        if args:
            raise invalid("args")
        if kwargs:
            raise invalid("kwargs")
        return lambda: self._on().banned()

    def ban_address(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to ban one address or network: ``(address, reason, seconds)``; 0 seconds: as
        long as its past asks for.
        """
        del budget_s
        if kwargs:
            raise invalid("kwargs")
        if len(args) != 3:
            raise invalid("args")
        address, reason, seconds = args
        if not isinstance(address, str) or not _is_network(address):
            raise invalid("address")
        if not isinstance(reason, str) or not reason.isprintable() or len(reason) > MAX_REASON:
            raise invalid("reason")
        if type(seconds) is not int or not 0 <= seconds <= MAX_SECONDS:
            raise invalid("seconds")
        return lambda: self._ban(address, reason, seconds or None)

    def remove_banned_addresses(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Prepare to end bans; all addresses must be some."""
        del budget_s
        addresses = _one(args, kwargs, "addresses", "addresses", MAX_ADDRESSES)
        if not all(isinstance(text, str) and _is_network(text) for text in addresses):
            raise invalid("addresses")
        return lambda: self._remove(addresses)

    def _update(self, rows: Sequence[Any]) -> bool:
        errors = self._on().update_access_rules(rows)
        if errors:
            raise RefusedError(INVALID_PARAMS, "rows", rows=errors)
        return True

    def _ban(self, address: str, reason: str, seconds: int | None) -> bool:
        try:
            self._on().ban(address, reason, seconds)
        except BanRefusedError as exc:
            raise invalid("protected") from exc
        return True

    def _remove(self, addresses: Sequence[str]) -> bool:
        self._on().unban(addresses)
        return True

    def _on(self) -> Guard:
        if self._guard is None:
            raise RefusedError(SECURITY_OFF)
        return self._guard


def _one(
    args: Sequence[Any], kwargs: Mapping[str, Any], name: str, reason: str, most: int
) -> list[Any]:
    """Return the only argument, a list."""
    if len(args) + len(kwargs) != 1:
        raise invalid("args")
    if kwargs and name not in kwargs:
        raise invalid("kwargs")
    found = args[0] if args else kwargs[name]
    if not isinstance(found, list) or len(found) > most:
        raise invalid(reason)
    return found


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return text.isascii() and "%" not in text
