"""A backend that only says what it would do: for observing, and where the kernel is not ours."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from asterisk_agent.firewall.backend import Traffic
from asterisk_agent.firewall.kernel_sets import NAMES, Change, Sets
from asterisk_agent.firewall.source import show

_log = logging.getLogger(__name__)


class DryRun:
    """Remembers what a kernel would hold, and writes shut-outs to the log."""

    def __init__(self, tell: Callable[[str], None] = _log.info) -> None:
        self._tell = tell
        self._sets: Sets = {name: {} for name in NAMES}

    def install(self, rules: str) -> None:
        """Do nothing."""
        del rules

    def collect(self) -> Sets:
        """Return what was committed; time does not pass here."""
        return {name: dict(self._sets[name]) for name in NAMES}

    def commit(self, changes: Sequence[Change]) -> None:
        """Remember, and say who would be shut out."""
        for change in changes:
            held = self._sets.setdefault(change.name, {})
            if change.replace:
                held.clear()
            for network in change.delete:
                held.pop(network, None)
            for network, left in {**change.renew, **change.add}.items():
                if network not in held and change.name[:-1] in ("ban", "net", "deny"):
                    self._tell(f"observing: would shut out {show(network)}")
                held[network] = left

    def counters(self) -> dict[str, int]:
        """Count nothing."""
        return {}

    def traffic(self) -> list[Traffic]:
        """Know of no packets."""
        return []

    def remove(self) -> None:
        """Forget everything."""
        self._sets = {name: {} for name in NAMES}
