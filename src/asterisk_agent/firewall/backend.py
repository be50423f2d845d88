"""What carries out decisions. Six methods; the kernel's is ``nftables``, nobody's ``dry_run``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from asterisk_agent.firewall.kernel_sets import Change, Sets
from asterisk_agent.firewall.source import Network


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a shut-out network sent meanwhile. ``left_s`` is ``None`` for one shut out for good."""

    network: Network
    packets: int
    bytes: int
    left_s: float | None
    #: Shut out by the kernel's own limits, not by a decision of the agent.
    automatic: bool = False


class Backend(Protocol):
    """All methods raise ``FirewallUnavailableError`` when it can't work here at all, and
    ``FirewallError`` when it failed this time.
    """

    def install(self, rules: str) -> None:
        """Put the rules in place; the same rules again change nothing, and sets are kept."""

    def collect(self) -> Sets:
        """Read the sets back. Raise ``FirewallTableGoneError`` when they are not there."""

    def commit(self, changes: Sequence[Change]) -> None:
        """Carry out changes, all or none."""

    def counters(self) -> dict[str, int]:
        """Read the packet counters. Raise ``FirewallTableGoneError``."""

    def traffic(self) -> list[Traffic]:
        """Tell what the shut-out networks sent. Raise ``FirewallTableGoneError``."""

    def remove(self) -> None:
        """Take everything of ours away; nothing of ours there is all right too."""
