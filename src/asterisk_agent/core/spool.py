"""Events on disk while they can't go on: in order, across restarts, bounded by who fills it.

SQLite in WAL mode. A process that is killed loses no batch that ``append`` returned from, and one
that was torn is as if never begun (the WAL's checksums). ``synchronous=NORMAL``: the disk is waited
for at checkpoints only, so a power cut may take the last moment, and never damages what is older.
Events hold personal data: the file is its owner's alone, and what is deleted is overwritten.

One thread at a time. Every call may wait for the disk: never call it from the reader.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from asterisk_agent.core.errors import SpoolDamagedError, SpoolError

_SCHEMA = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS event
    (pos INTEGER PRIMARY KEY, boot TEXT NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL,
     rows TEXT NOT NULL, body TEXT NOT NULL);
"""
_CURE = "give STATE_DIRECTORY a folder on a disk with room that the agent may write"


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
        self.path = path
        self.count = self.bytes = self.first_pos = self.last_pos = 0
        #: What could not be read again, since ``open``.
        self.unreadable = 0
        self._db: sqlite3.Connection | None = None
        self._lock: TextIO | None = None

    def open(self) -> None:
        """Open or make the file. Raise ``SpoolError``; put a damaged file aside and begin anew."""
        with _errors():
            private_folder(self.path.parent)
            self._take_lock()
            try:
                self._connect()
            except SpoolDamagedError:
                self.start_anew()

    def close(self) -> None:
        """Close; never raises."""
        if self._db is not None:
            self._db.close()
            self._db = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def start_anew(self) -> None:
        """Put a damaged file aside, for whoever wants to look, and begin with an empty one."""
        if self._db is not None:
            self._db.close()
            self._db = None
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self.path.replace(self.path.with_name(self.path.name + ".damaged"))
        self.unreadable += max(1, self.count)
        self._connect()

    def append(self, records: Sequence[Record]) -> None:
        """Keep records, all or none, each once. Raise ``SpoolError``."""
        rows = [(r.pos, r.boot, r.seq, r.name, r.rows, r.body) for r in records]
        with self._change() as db:
            db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", rows)
        self.count += len(records)
        self.bytes += sum(record.size for record in records)
        positions = [record.pos for record in records]
        self.first_pos = min(self.first_pos or positions[0], *positions)
        self.last_pos = max(self.last_pos, *positions)

    def read(self, after: int, limit: int) -> list[Record]:
        """Return the oldest records behind a position. Raise ``SpoolError``."""
        with _errors():
            found = self._open_db().execute(
                "SELECT pos, boot, seq, name, rows, body FROM event WHERE pos > ?"
                " ORDER BY pos LIMIT ?",
                (after, limit),
            )
            records = [Record(*row) for row in found]
        for record in records:
            record.saved = True
        return records

    def forget(self, upto: int) -> None:
        """Forget the records up to a position; give the room back when none is left."""
        gone, size, _ = self._measured("<=", upto)
        with self._change() as db:
            db.execute("DELETE FROM event WHERE pos <= ?", (upto,))
        self.count -= gone
        self.bytes -= size
        with _errors():
            oldest = "SELECT coalesce(min(pos), 0) FROM event"
            self.first_pos = int(self._open_db().execute(oldest).fetchone()[0])
        if not self.count:
            with _errors():
                self._open_db().execute("PRAGMA incremental_vacuum").fetchall()
                self._open_db().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def boots(self) -> list[str]:
        """Name the starts of the agent of which records are kept, oldest first."""
        with _errors():
            query = "SELECT boot FROM event GROUP BY boot ORDER BY min(pos)"
            found = self._open_db().execute(query)
            return [str(boot) for (boot,) in found]

    def _connect(self) -> None:
        # The owner's alone from the first moment; SQLite gives its other files the same mode.
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        self.path.chmod(0o600)
        with _errors():
            # Another thread may call than opened it: one at a time.
            self._db = sqlite3.connect(self.path, timeout=5, check_same_thread=False)
            self._db.executescript(_SCHEMA)
            problem = str(self._db.execute("PRAGMA quick_check(1)").fetchone()[0])
            if problem != "ok":
                raise SpoolDamagedError(f"the spool is damaged: {problem}")
            last = self._db.execute("SELECT coalesce(max(pos), 0) FROM event").fetchone()[0]
        self.count, self.bytes, self.first_pos = self._measured(">", 0)
        self.last_pos = max(self.last_pos, int(last))

    def _take_lock(self) -> None:
        file = os.open(f"{self.path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self._lock = os.fdopen(file, "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            self._lock.close()
            self._lock = None
            raise SpoolError(
                "another agent uses the spool", "give each agent an AGENT_NAME of its own"
            ) from exc

    def _measured(self, sign: str, pos: int) -> tuple[int, int, int]:
        """Count the records on one side of a position, their bytes, and tell the oldest."""
        query = (
            "SELECT count(*), coalesce(sum(length(body) + length(rows) + 64), 0),"  # noqa: S608
            f" coalesce(min(pos), 0) FROM event WHERE pos {sign} ?"
        )
        with _errors():
            count, size, first = self._open_db().execute(query, (pos,)).fetchone()
        return int(count), int(size), int(first)

    def _open_db(self) -> sqlite3.Connection:
        if self._db is None:
            raise SpoolError("the spool is closed")
        return self._db

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with _errors():
            db = self._open_db()
            with db:
                yield db


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as exc:
        # Full, read-only, locked, gone: what is in the file is well.
        raise SpoolError(f"the spool can't be used: {exc}", _CURE) from exc
    except sqlite3.DatabaseError as exc:
        raise SpoolDamagedError(f"the spool is damaged: {exc}") from exc
    except OSError as exc:
        raise SpoolError(f"the spool can't be used: {exc.strerror or 'no reason'}", _CURE) from exc


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner reads; leave one that is there as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
