"""What is kept of recordings over a restart: whose they are, and which are in Odoo already.

The files themselves are the queue: one that is there waits. So nothing is lost with this file but
the links to calls whose name does not stand in the file's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from asterisk_agent.core.database import Database
from asterisk_agent.recordings.folder import Look

_SCHEMA = """
CREATE TABLE IF NOT EXISTS note
    (stem TEXT PRIMARY KEY, uniqueid TEXT NOT NULL, linkedid TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS message
    (stem TEXT PRIMARY KEY, channel TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS kept
    (name TEXT PRIMARY KEY, inode INTEGER NOT NULL, size INTEGER NOT NULL,
     mtime_ns INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value REAL NOT NULL);
"""
_NOTE = "INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?)"
#: A recording that is not there after so long was moved away, or never begun.
FORGET_S = 30 * 86_400.0


class Note(NamedTuple):
    """Asterisk said: this channel's recording goes there. ``stem`` is its name, no extension."""

    stem: str
    uniqueid: str
    linkedid: str
    at: float


class LeftMessage(NamedTuple):
    """A mailbox said: this channel left it, then (Unix seconds)."""

    channel: str
    at: float


class Notes:
    """A small file; without a path it is memory. Every call may wait for the disk."""

    def __init__(self, path: Path | None) -> None:
        self._database = Database(path, _SCHEMA)

    def open(self, now: float) -> None:
        """Open or make the file. Raise ``SpoolError``."""
        self._database.open()
        self._database.query("INSERT OR IGNORE INTO fact VALUES ('since', ?)", now)
        self._database.query("DELETE FROM note WHERE at < ?", now - FORGET_S)
        self._database.query("DELETE FROM message WHERE at < ?", now - FORGET_S)

    def close(self) -> None:
        """Close; never raises."""
        self._database.close()

    @property
    def since(self) -> float:
        """Tell since when (Unix seconds) recordings are collected: older ones are left alone."""
        return float(self._database.query("SELECT value FROM fact WHERE name = 'since'")[0][0])

    def add(self, notes: Sequence[Note]) -> None:
        """Keep what Asterisk said."""
        self._database.insert(_NOTE, notes)

    def of(self, name: str) -> Note | None:
        """Return what is known of a file: a post-command may have given it another extension."""
        query = "SELECT stem, uniqueid, linkedid, at FROM note WHERE stem = ?"
        rows = self._database.query(query, stem_of(name))
        return Note(*rows[0]) if rows else None

    def add_message(self, name: str, channel: str, at: float) -> None:
        """Keep which channel left a message, and when (Unix seconds)."""
        row = stem_of(name), channel, at
        self._database.query("INSERT OR REPLACE INTO message VALUES (?, ?, ?)", *row)

    def message_of(self, name: str) -> LeftMessage | None:
        """Return what is known of a message, by its copy's name."""
        query = "SELECT channel, at FROM message WHERE stem = ?"
        rows = self._database.query(query, stem_of(name))
        return LeftMessage(*rows[0]) if rows else None

    def keep(self, name: str, look: Look) -> None:
        """Note that Odoo has a file that stays here."""
        self._database.query("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", name, *look)

    def is_kept(self, name: str, look: Look) -> bool:
        """Tell whether Odoo has this file."""
        query = "SELECT inode, size, mtime_ns FROM kept WHERE name = ?"
        return self._database.query(query, name) == [tuple(look)]


def stem_of(name: str) -> str:
    """Return a file's name without its extension."""
    stem, dot, extension = name.rpartition(".")
    return stem if dot and stem and "/" not in extension else name
