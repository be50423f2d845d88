"""Which parts are connected, and the one line that says that all are."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

_log = logging.getLogger("asterisk_agent.ready")

PARTS = ("asterisk", "publisher", "forwarder", "odoo", "rpc")


class Readiness:
    """Collects the state of the parts; logs ``ready: …`` when the last of them is connected."""

    def __init__(self, describe: Callable[[], str], parts: Sequence[str] = PARTS) -> None:
        self._describe = describe
        self._up = dict.fromkeys(parts, False)
        #: How often each became connected.
        self.connections: Counter[str] = Counter()
        self.stopping = False

    @property
    def ready(self) -> bool:
        """Tell whether all parts are connected."""
        return all(self._up.values())

    @property
    def parts(self) -> Mapping[str, bool]:
        """Tell of each part whether it is connected."""
        return self._up

    @property
    def missing(self) -> list[str]:
        """Name the parts that are not connected."""
        return [part for part, up in self._up.items() if not up]

    def was_up(self, part: str) -> bool:
        """Tell whether a part was ever connected."""
        return self.connections[part] > 0

    def tell(self, part: str, *, up: bool) -> None:
        """Note a part's state; one that is not of ours does not count."""
        if part not in self._up:
            return
        before = self.ready
        if up and not self._up[part]:
            self.connections[part] += 1
        self._up[part] = up
        if self.ready and not before:
            _log.info("ready: %s", self._describe())
        elif before and not self.ready and not self.stopping:
            _log.warning("not ready: %s is not connected", part)
