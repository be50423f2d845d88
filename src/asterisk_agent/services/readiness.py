"""Which parts are connected, and the one line that says that all are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

_log = logging.getLogger("asterisk_agent.ready")

PARTS = ("asterisk", "publisher", "forwarder", "odoo", "rpc")


class Readiness:
    """Collects the state of the parts; logs ``ready: …`` when the last of them is connected."""

    def __init__(self, describe: Callable[[], str], parts: Sequence[str] = PARTS) -> None:
        self._describe = describe
        self._up = dict.fromkeys(parts, False)
        self._seen: set[str] = set()
        self.stopping = False

    @property
    def ready(self) -> bool:
        """Tell whether all parts are connected."""
        return all(self._up.values())

    @property
    def missing(self) -> list[str]:
        """Name the parts that are not connected."""
        return [part for part, up in self._up.items() if not up]

    def was_up(self, part: str) -> bool:
        """Tell whether a part was ever connected."""
        return part in self._seen

    def tell(self, part: str, *, up: bool) -> None:
        """Note a part's state; one that is not of ours does not count."""
        if part not in self._up:
            return
        before = self.ready
        self._up[part] = up
        if up:
            self._seen.add(part)
        if self.ready and not before:
            _log.info("ready: %s", self._describe())
        elif before and not self.ready and not self.stopping:
            _log.warning("not ready: %s is not connected", part)
