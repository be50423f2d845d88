"""The last events map on disk: an agent that starts while Odoo is away forwards by it at once.

It is believed only if it is whole and was given by the very Odoo, to the very user, of the
settings; anything else counts as none.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.core.state_folder import write_private

_log = logging.getLogger(__name__)

#: Far more than a map has; a file beyond it is not ours.
MAX_BYTES = 16 << 20
FORMAT = 1


class MapCache:
    """One file. ``source`` says whose map it is: Odoo's address, database and user."""

    def __init__(self, path: Path, source: Sequence[str]) -> None:
        self._path = path
        self._source = list(source)

    def load(self) -> EventMap | None:
        """Return the map that was saved last; None when there is none to be believed."""
        try:
            return self._read(json.loads(self._text()))
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError, ValueError, RecursionError) as exc:
            _log.warning("the saved events map is not used: %s", type(exc).__name__)
            return None

    def _text(self) -> str:
        if self._path.stat().st_size > MAX_BYTES:
            raise ValueError("too big")
        return self._path.read_text(encoding="utf-8")

    def _read(self, saved: Mapping[str, Any]) -> EventMap:
        content = saved["content"]
        if saved["check"] != _check(content) or content["format"] != FORMAT:
            raise ValueError("damaged")
        if content["source"] != self._source:
            raise ValueError("another server's")
        return EventMap(content["rows"], str(content["version"]))

    def save(self, version: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep a map. A disk that takes nothing is told, and no reason to stop."""
        content = {
            "format": FORMAT,
            "source": self._source,
            "version": version,
            "rows": [dict(row) for row in rows],
        }
        try:
            write_private(self._path, json.dumps({"check": _check(content), "content": content}))
        except OSError as exc:
            _log.warning("the events map could not be saved: %s", exc.strerror)


def _check(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
