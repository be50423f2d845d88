"""How Asterisk stamps its events on one connection: what lacks the stamp is none of its own.

A caller's number may hold CR LF CR LF, and a whole event behind it, in 79 bytes (channel.h:
AST_CHANNEL_NAME): too few for one that also tells the time (timestampevents=yes) and the system's
name (systemname in asterisk.conf), which a stranger does not know.
"""

from __future__ import annotations

import re

#: manager.c: "Timestamp: %ld.%06lu" and "SystemName: %s" follow an event's Privilege.
_STAMP = re.compile(rb"Timestamp: \d{10}\.\d{6}(?![^\r])(?:\r\nSystemName: ([^\r\n]+))?")
#: Sent to a connection that has just logged in, and the only event without a stamp.
_UNSTAMPED = b"Event: FullyBooted\r\n"
#: So many events in a row without a stamp: somebody has reloaded manager.conf without it.
PATIENCE = 20


class Stamp:
    """Learnt from the connection's first event, which is that of our own login."""

    def __init__(self) -> None:
        #: Every event shall be shown to ``look``, wanted or not.
        self.looks = True
        self._known = self._stamped = False
        self._system: bytes | None = None
        self._lacking = 0

    def look(self, block: bytes) -> None:
        """Learn from an event that begins with its Privilege."""
        if not self._known:
            self._learn(block)
        elif self._has(block):
            self._lacking, self.looks = 0, False

    def fits(self, block: bytes) -> bool:
        """Tell whether an event that begins with its Privilege can be Asterisk's own."""
        if not self._stamped or block.startswith(_UNSTAMPED) or self._has(block):
            return True
        self._lacking, self.looks = self._lacking + 1, True
        if self._lacking < PATIENCE:
            return False
        self._learn(block)
        return True

    def _learn(self, block: bytes) -> None:
        if not block.startswith(_UNSTAMPED):
            found = _read(block)
            self._known, self._stamped, self._lacking = True, found is not None, 0
            self._system, self.looks = found[1] if found else None, False

    def _has(self, block: bytes) -> bool:
        found = _read(block)
        return found is not None and found[1] == self._system


def _read(block: bytes) -> re.Match[bytes] | None:
    return _STAMP.match(block, block.find(b"\r\n", block.find(b"\r\n") + 2) + 2)
