"""A small SQLite file of the agent's own: private, crash-safe, put aside when it is damaged.

WAL mode. A process that is killed loses nothing that was committed, and what was torn is as if
never begun (the WAL's checksums). ``synchronous=NORMAL``: the disk is waited for at checkpoints
only, so a power cut may take the last moment, and never damages what is older. What is deleted is
overwritten: these files hold personal data.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asterisk_agent.core.errors import SpoolDamagedError, SpoolError

_PRAGMAS = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
"""
_CURE = "give STATE_DIRECTORY a folder on a disk with room that the agent may write"


class Database:
    """One file, or none: without a path everything is in memory. Every call may wait for the disk.

    Statements may come from any thread, several at a time; ``transaction`` is for one at a time.
    """

    def __init__(self, path: Path | None, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._db: sqlite3.Connection | None = None

    def open(self) -> bool:
        """Open or make the file. Return False when a damaged one was put aside.

        Raise ``SpoolError``.
        """
        try:
            self._connect()
        except SpoolDamagedError:
            self.start_anew()
            return False
        return True

    def close(self) -> None:
        """Close; never raises."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def start_anew(self) -> None:
        """Put a damaged file aside, for whoever wants to look, and begin with an empty one."""
        self.close()
        if self._path is not None:
            with disk_errors():
                for suffix in ("-wal", "-shm"):
                    beside(self._path, suffix).unlink(missing_ok=True)
                self._path.replace(beside(self._path, ".damaged"))
        self._connect()

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows. Raise ``SpoolError``."""
        with disk_errors():
            return self._opened().execute(statement, values).fetchall()

    def insert(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement for each row: all of them or none. Raise ``SpoolError``."""
        with disk_errors():
            db = self._opened()
            db.execute("BEGIN")
            try:
                db.executemany(statement, rows)
                db.execute("COMMIT")
            except sqlite3.Error:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def give_back(self) -> None:
        """Return the room of deleted rows to the disk."""
        self.query("PRAGMA incremental_vacuum")
        self.query("PRAGMA wal_checkpoint(TRUNCATE)")

    def _connect(self) -> None:
        with disk_errors():
            if self._path is not None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                # Its owner's alone from the first moment; SQLite gives its other files the same.
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
                self._path.chmod(0o600)
            self._db = sqlite3.connect(
                self._path or ":memory:", timeout=5, check_same_thread=False, isolation_level=None
            )
            self._db.executescript(_PRAGMAS + self._schema)
        problem = str(self.query("PRAGMA quick_check(1)")[0][0])
        if problem != "ok":
            raise SpoolDamagedError(f"{self._path} is damaged: {problem}")

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            raise SpoolError("the file is closed")
        return self._db


@contextmanager
def disk_errors() -> Iterator[None]:
    """Let nothing of SQLite or the system out: raise ``SpoolError`` or ``SpoolDamagedError``."""
    try:
        yield
    except sqlite3.OperationalError as exc:
        # Full, read-only, locked, gone: what is in the file is well.
        raise SpoolError(f"STATE_DIRECTORY can't be used: {exc}", _CURE) from exc
    except sqlite3.DatabaseError as exc:
        raise SpoolDamagedError(f"a file in STATE_DIRECTORY is damaged: {exc}") from exc
    except OSError as exc:
        reason = exc.strerror or "no reason"
        raise SpoolError(f"STATE_DIRECTORY can't be used: {reason}", _CURE) from exc


def beside(path: Path, suffix: str) -> Path:
    """Name a file beside another."""
    return path.with_name(path.name + suffix)
