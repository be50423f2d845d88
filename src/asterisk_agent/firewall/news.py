"""What Odoo has still to be told of the reactor, in one SQLite file: nothing of it is lost while
Odoo is away, and it has an end. The command line writes to the same file.

Every item has a number that never comes again, and the file a name of its own: so a second
telling of the same items is recognised (docs/reference/agent-odoo.md, ``security_news``).
"""

from __future__ import annotations

import ipaddress
import json
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from asterisk_agent.core.database import Database
from asterisk_agent.core.errors import SpoolError
from asterisk_agent.firewall.source import Network
from asterisk_agent.firewall.store import make_private

_log = logging.getLogger("asterisk_agent.security")

#: Some hours of the worst flood that gets through the limit on new bans. Then the oldest go.
MAX_ITEMS = 20_000
BATCH = 200
ATTEMPTS = "attempts"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS attempt (day TEXT, kind TEXT, count INTEGER, PRIMARY KEY (day, kind));
CREATE TABLE IF NOT EXISTS login (account TEXT, network TEXT, at REAL,
                                  PRIMARY KEY (account, network));
CREATE TABLE IF NOT EXISTS word (name TEXT PRIMARY KEY, value TEXT);
"""


class News:
    """The file. No call raises: what can't be told is logged once, and the ban stands anyway."""

    def __init__(self, path: Path | None, wake: Callable[[], None] = lambda: None) -> None:
        """Open or make the file; without a path, or when it can't be used, keep it in memory."""
        self._wake = wake
        self._lock = threading.RLock()
        self._complaint = ""
        self._db = _opened(path)
        self._db.query(
            "INSERT OR IGNORE INTO word VALUES ('store', ?)", secrets.token_hex(8)
        )  # of two that begin at once one wins, and both read its name
        self.store = str(self._db.query("SELECT value FROM word WHERE name = 'store'")[0][0])

    def put(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take an item. Texts in it are data, whoever chose them."""

        def step() -> None:
            self._insert(kind, body)
            self._db.query(
                "DELETE FROM item WHERE seq <= (SELECT max(seq) FROM item) - ?", MAX_ITEMS
            )

        self._safely(step)
        self._wake()

    def count(self, day: str, counts: Mapping[str, int]) -> None:
        """Add to the failed tries of a day (UTC, ``YYYY-MM-DD``)."""
        statement = (
            "INSERT INTO attempt VALUES (?, ?, ?) "
            "ON CONFLICT (day, kind) DO UPDATE SET count = count + excluded.count"
        )
        rows = [(day, kind, count) for kind, count in counts.items()]
        self._safely(lambda: self._db.insert(statement, rows))
        self._wake()

    def batch(self) -> list[dict[str, Any]]:
        """Return the oldest items: each its body with ``seq`` and ``kind``; empty: all is told."""

        def step() -> list[dict[str, Any]]:
            self._close_counts()
            rows = self._db.query("SELECT seq, kind, body FROM item ORDER BY seq LIMIT ?", BATCH)
            return [{**json.loads(body), "seq": seq, "kind": kind} for seq, kind, body in rows]

        return self._safely(step) or []

    def told(self, seq: int) -> None:
        """Forget the items up to this one: Odoo has them."""
        self._safely(lambda: self._db.query("DELETE FROM item WHERE seq <= ?", seq))

    def logins(self) -> list[tuple[str, Network]]:
        """Return from which networks accounts logged in, oldest first."""
        rows = self._safely(
            lambda: self._db.query("SELECT account, network FROM login ORDER BY at")
        )
        return [(account, ipaddress.ip_network(network)) for account, network in rows or []]

    def remember(self, account: str, network: Network, at: float) -> None:
        """Keep that an account logged in from a network (Unix seconds)."""
        statement = "INSERT OR REPLACE INTO login VALUES (?, ?, ?)"
        self._safely(lambda: self._db.query(statement, account, str(network), at))

    def forget_logins(self, before: float) -> None:
        """Forget what was not seen since (Unix seconds)."""
        self._safely(lambda: self._db.query("DELETE FROM login WHERE at < ?", before))

    def _insert(self, kind: str, body: Mapping[str, Any]) -> None:
        text = json.dumps(body)
        self._db.query("INSERT INTO item (kind, body) VALUES (?, ?)", kind, text)

    def _close_counts(self) -> None:
        """Make one item of the counts, unless one still waits: what is on its way never changes."""
        if self._db.query("SELECT 1 FROM item WHERE kind = ? LIMIT 1", ATTEMPTS):
            return
        self._db.query("BEGIN IMMEDIATE")
        try:
            rows = self._db.query("SELECT day, kind, count FROM attempt ORDER BY day, kind")
            if rows:
                days: dict[str, dict[str, int]] = {}
                for day, kind, count in rows:
                    days.setdefault(day, {})[kind] = count
                self._insert(ATTEMPTS, {"days": days})
                self._db.query("DELETE FROM attempt")
            self._db.query("COMMIT")
        except SpoolError:
            self._db.query("ROLLBACK")
            raise

    def _safely(self, step: Callable[[], Any]) -> Any:
        try:
            with self._lock:
                found = step()
        except SpoolError as exc:
            if str(exc) != self._complaint:
                self._complaint = str(exc)
                _log.error("%s: %s; Odoo is not told of all bans", exc.code, exc)
            return None
        self._complaint = ""
        return found


def _opened(path: Path | None) -> Database:
    database = Database(path, _SCHEMA)
    try:
        if path is not None:
            make_private(path)
        database.open()
    except (SpoolError, OSError) as exc:
        _log.error("%s; what Odoo has to be told of bans is kept in memory", exc)
        database = Database(None, _SCHEMA)
        database.open()
    return database
