"""What must outlive a restart, in one SQLite file: bans, offences, known sources, the access list.

The command line writes to the same file while the agent runs, or does not: each side writes only
what it changed, and ``changed`` tells the other.
"""

from __future__ import annotations

import ipaddress
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from asterisk_agent.core.errors import StateFileError
from asterisk_agent.firewall.access_rules import AccessRule
from asterisk_agent.firewall.banlist import Ban
from asterisk_agent.firewall.offences import Offence
from asterisk_agent.firewall.source import Network

#: How long one side waits while the other writes.
BUSY_S = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS ban (network TEXT PRIMARY KEY, since REAL, until REAL, reason TEXT,
                                accounts TEXT, tries INTEGER, count INTEGER);
CREATE TABLE IF NOT EXISTS offence (network TEXT PRIMARY KEY, count INTEGER, last REAL,
                                    weak INTEGER);
CREATE TABLE IF NOT EXISTS known (network TEXT PRIMARY KEY, until REAL);
CREATE TABLE IF NOT EXISTS rule (place INTEGER PRIMARY KEY, network TEXT, access TEXT,
                                 comment TEXT);
CREATE TABLE IF NOT EXISTS word (name TEXT PRIMARY KEY, value TEXT);
"""


class Store:
    """The file. Texts of strangers go in as parameters, never into a statement."""

    def __init__(self, path: Path | None) -> None:
        """Open or make the file, mode 600; ``None`` keeps everything in memory only.

        Raise ``StateFileError``.
        """
        self._path = path
        with self._mapped():
            if path is not None:
                make_private(path)
            self._db = sqlite3.connect(
                path or ":memory:", timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            # A killed process loses nothing; a power cut at most the last moments.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        self._version = self._data_version()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def changed(self) -> bool:
        """Tell whether somebody else wrote since this was asked last."""
        before, self._version = self._version, self._data_version()
        return self._version != before

    def bans(self) -> list[Ban]:
        """Read the bans."""
        rows = self._rows("SELECT network, since, until, reason, accounts, tries, count FROM ban")
        return [
            Ban(_network(network), since, until, reason, tuple(json.loads(accounts)), tries, count)
            for network, since, until, reason, accounts, tries, count in rows
        ]

    def offences(self) -> dict[Network, Offence]:
        """Read the past."""
        rows = self._rows("SELECT network, count, last, weak FROM offence")
        return {_network(n): Offence(count, last, bool(weak)) for n, count, last, weak in rows}

    def known(self) -> dict[Network, float]:
        """Read the known sources, oldest first."""
        rows = self._rows("SELECT network, until FROM known ORDER BY until")
        return {_network(network): until for network, until in rows}

    def rules(self) -> list[AccessRule]:
        """Read the access list."""
        rows = self._rows("SELECT network, access, comment FROM rule ORDER BY place")
        return [AccessRule(_network(n), access, comment) for n, access, comment in rows]

    def word(self, name: str) -> str:
        """Read a named word; empty when there is none."""
        rows = self._rows("SELECT value FROM word WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def put_bans(self, bans: Iterable[Ban], offences: Mapping[Network, Offence]) -> None:
        """Keep bans, and the offences that belong to them."""
        with self._writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO ban VALUES (?, ?, ?, ?, ?, ?, ?)", map(_ban_row, bans)
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO offence VALUES (?, ?, ?, ?)",
                [(str(n), o.count, o.last, int(o.weak)) for n, o in offences.items()],
            )

    def drop_bans(self, networks: Iterable[Network], *, forgive: bool) -> None:
        """Forget bans; ``forgive``: and that they ever were."""
        names = [(str(network),) for network in networks]
        with self._writing():
            self._db.executemany("DELETE FROM ban WHERE network = ?", names)
            if forgive:
                self._db.executemany("DELETE FROM offence WHERE network = ?", names)

    def put_known(self, known: Mapping[Network, float]) -> None:
        """Keep known sources."""
        rows = [(str(network), until) for network, until in known.items()]
        with self._writing():
            self._db.executemany("INSERT OR REPLACE INTO known VALUES (?, ?)", rows)

    def drop_known(self, sources: Iterable[Network]) -> None:
        """Forget known sources."""
        with self._writing():
            self._db.executemany(
                "DELETE FROM known WHERE network = ?", [(str(s),) for s in sources]
            )

    def set_rules(self, rules: Sequence[AccessRule]) -> None:
        """Replace the access list."""
        rows = [(i, str(r.network), r.access, r.comment) for i, r in enumerate(rules)]
        with self._writing():
            self._db.execute("DELETE FROM rule")
            self._db.executemany("INSERT INTO rule VALUES (?, ?, ?, ?)", rows)

    def set_word(self, name: str, value: str) -> None:
        """Keep a named word."""
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO word VALUES (?, ?)", (name, value))

    def sweep(self, now: float, memory_s: float) -> None:
        """Delete what is over."""
        with self._writing():
            self._db.execute("DELETE FROM ban WHERE until <= ?", (now,))
            self._db.execute("DELETE FROM known WHERE until <= ?", (now,))
            self._db.execute("DELETE FROM offence WHERE last < ?", (now - memory_s,))

    def _data_version(self) -> int:
        return int(self._rows("PRAGMA data_version")[0][0])

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._mapped():
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._mapped():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as exc:
            raise StateFileError(
                f"{self._path} can't be used: {exc}",
                "let STATE_DIRECTORY name a folder that the agent may write",
            ) from exc


def make_private(path: Path) -> None:
    """Make the file with mode 600, and its folder. Root's command may come before the agent: what
    it makes belongs to the owner of the folder around it.
    """
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True)
        _give(path.parent)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        _give(path)
    path.chmod(0o600)


def _give(path: Path) -> None:
    if os.geteuid() == 0:
        owner = path.parent.stat()
        # Root in a container may lack that right; then it is root's agent, too.
        with suppress(PermissionError):
            os.chown(path, owner.st_uid, owner.st_gid)


def _ban_row(ban: Ban) -> tuple[Any, ...]:
    accounts = json.dumps(list(ban.accounts))
    return (str(ban.network), ban.since, ban.until, ban.reason, accounts, ban.tries, ban.count)


def _network(text: str) -> Network:
    return ipaddress.ip_network(text)
