"""Whom no evidence bans: the machine itself, Odoo, the trunks, the name servers, the allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from asterisk_agent.firewall.source import Network, covers, overlap


class Protected:
    """Networks by the reason why they are protected; each group is replaced as a whole."""

    def __init__(self) -> None:
        self._groups: dict[str, tuple[Network, ...]] = {}

    def set(self, why: str, networks: Iterable[Network]) -> bool:
        """Replace a group; tell whether that changed anything."""
        found = tuple(sorted(set(networks), key=lambda n: (n.version, n)))
        changed = self._groups.get(why, ()) != found
        self._groups[why] = found
        return changed

    def touched(self, network: Network) -> str:
        """Tell why evidence must not ban a network; empty when it may.

        A network that has a protected address in it is spared as a whole: our own /64 holds our
        telephones.
        """
        return self._why(lambda one: overlap(one, network))

    def holding(self, network: Network) -> str:
        """Tell why even a person can't ban a network: all of it is protected.

        Of a larger network the kernel lets the protected part in.
        """
        return self._why(lambda one: covers(one, network))

    def networks(self) -> list[Network]:
        """Return all of them."""
        return [network for networks in self._groups.values() for network in networks]

    def _why(self, hit: Callable[[Network], bool]) -> str:
        for why, networks in self._groups.items():
            if any(hit(one) for one in networks):
                return why
        return ""
