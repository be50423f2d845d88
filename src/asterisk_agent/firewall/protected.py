"""Whom no evidence bans: the machine itself, Odoo, the trunks, the name servers, the allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asterisk_agent.firewall.source import Network, covers, overlap


@dataclass(frozen=True)
class Group:
    """Networks that are protected for one reason.

    ``admitted``: they also pass the kernel's limits. Not so a name server: its address is no
    secret, and anybody can write it on a packet.
    """

    why: str
    networks: tuple[Network, ...]
    admitted: bool = True


class Protected:
    """All groups; each is replaced as a whole."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}

    def set(self, group: Group) -> bool:
        """Put a group in the place of the one with the same reason; tell whether it is another."""
        before = self._groups.get(group.why)
        self._groups[group.why] = group
        # Name servers give the same addresses in another order each time.
        same = before is not None and before.admitted == group.admitted
        return not (same and before and set(before.networks) == set(group.networks))

    def touched(self, network: Network) -> str:
        """Tell why evidence must not ban a network; empty when it may.

        A network that has a protected address in it is spared as a whole: our own /64 holds our
        telephones.
        """
        return self._why(lambda one: overlap(one, network))

    def holding(self, network: Network) -> str:
        """Tell why even a person can't ban a network: all of it is protected.

        Of a larger network the kernel lets the admitted part in.
        """
        return self._why(lambda one: covers(one, network))

    def admitted(self) -> list[Network]:
        """Return the networks that the kernel lets pass."""
        return [n for group in self._groups.values() if group.admitted for n in group.networks]

    def _why(self, hit: Callable[[Network], bool]) -> str:
        for group in self._groups.values():
            if any(hit(one) for one in group.networks):
                return group.why
        return ""
