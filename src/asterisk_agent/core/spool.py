"""Events on disk while they can't go on: in order, across restarts, bounded by who fills it.

One thread at a time. Every call may wait for the disk: never call it from the reader.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from asterisk_agent.core.database import Database, beside, disk_errors
from asterisk_agent.core.errors import SpoolError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event
    (pos INTEGER PRIMARY KEY, boot TEXT NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL,
     rows TEXT NOT NULL, body TEXT NOT NULL);
"""
_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)"
_READ = "SELECT pos, boot, seq, name, rows, body FROM event WHERE pos > ? ORDER BY pos LIMIT ?"
_MEASURE = (
    "SELECT count(*), coalesce(sum(length(body) + length(rows) + 64), 0), coalesce(min(pos), 0),"
    " coalesce(max(pos), 0) FROM event WHERE pos <= ?"
)
_ALL = (1 << 63) - 1


@dataclass(slots=True, eq=False)
class Record:
    """One event on its way: ``pos`` orders all of them, ``(boot, seq)`` is its identity."""

    pos: int
    boot: str
    seq: int
    name: str
    rows: str
    body: str
    saved: bool = False

    @property
    def size(self) -> int:
        """Tell the bytes that it counts for."""
        return len(self.body) + len(self.rows) + 64


class Spool:
    """A file of records. ``count`` and ``bytes`` tell how much is in it.

    ``first_pos`` is the oldest of them, 0 when there is none; ``last_pos`` the newest ever kept.
    """

    def __init__(self, path: Path) -> None:
        self.count = self.bytes = self.first_pos = self.last_pos = 0
        #: How often a damaged file was put aside, since ``open``.
        self.damaged = 0
        self._path = path
        self._database = Database(path, _SCHEMA)
        self._lock: TextIO | None = None

    def open(self) -> None:
        """Open or make the file. Raise ``SpoolError``; put a damaged file aside and begin anew."""
        self._take_lock()
        self.damaged += not self._database.open()
        self._measure()

    def close(self) -> None:
        """Close; never raises."""
        self._database.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def start_anew(self) -> None:
        """Put a damaged file aside and begin with an empty one."""
        self.damaged += 1
        self._database.start_anew()
        self._measure()

    def append(self, records: Sequence[Record]) -> None:
        """Keep records, all or none, each once. Raise ``SpoolError``."""
        rows = [(r.pos, r.boot, r.seq, r.name, r.rows, r.body) for r in records]
        self._database.insert(_INSERT, rows)
        self.count += len(records)
        self.bytes += sum(record.size for record in records)
        positions = [record.pos for record in records]
        self.first_pos = min(self.first_pos or positions[0], *positions)
        self.last_pos = max(self.last_pos, *positions)

    def read(self, after: int, limit: int) -> list[Record]:
        """Return the oldest records behind a position. Raise ``SpoolError``."""
        records = [Record(*row) for row in self._database.query(_READ, after, limit)]
        for record in records:
            record.saved = True
        return records

    def forget(self, upto: int) -> None:
        """Forget the records up to a position; give the room back when none is left."""
        gone, size, _, _ = self._database.query(_MEASURE, upto)[0]
        self._database.query("DELETE FROM event WHERE pos <= ?", upto)
        self.count -= gone
        self.bytes -= size
        oldest = self._database.query("SELECT coalesce(min(pos), 0) FROM event")
        self.first_pos = int(oldest[0][0])
        if not self.count:
            self._database.give_back()

    def boots(self) -> list[str]:
        """Name the starts of the agent of which records are kept, oldest first."""
        query = "SELECT boot FROM event GROUP BY boot ORDER BY min(pos)"
        return [str(boot) for (boot,) in self._database.query(query)]

    def _measure(self) -> None:
        count, size, first, last = self._database.query(_MEASURE, _ALL)[0]
        self.count, self.bytes, self.first_pos = int(count), int(size), int(first)
        self.last_pos = max(self.last_pos, int(last))

    def _take_lock(self) -> None:
        with disk_errors():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
            self._lock = os.fdopen(os.open(beside(self._path, ".lock"), flags, 0o600), "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            self._lock.close()
            self._lock = None
            raise SpoolError(
                "another agent uses the spool", "give each agent an AGENT_NAME of its own"
            ) from exc
