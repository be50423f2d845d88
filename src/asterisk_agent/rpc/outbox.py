"""Callbacks that are owed to Odoo: kept from the moment a job is taken until Odoo has been told.

They survive the agent: a job that its end cut short is told to be lost. Whether its action ran
nobody knows then; what Asterisk did of it comes as events.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.database import Database
from asterisk_agent.core.errors import RefusedError
from asterisk_agent.rpc.refusals import BUSY, LOST, error_object

#: Odoo away for a day is a day's clicks at most; what is more finds the agent busy.
MAX_OWED = 5_000
#: A callback that comes a day late helps nobody.
EXPIRES_S = 86_400.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS callback
    (job TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, method TEXT NOT NULL,
     pass_back TEXT NOT NULL, result TEXT, tries INTEGER NOT NULL DEFAULT 0);
"""
_DUE = (
    "SELECT job, model, method, result, pass_back, tries FROM callback"
    " WHERE result IS NOT NULL ORDER BY at, job LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Callback:
    """What Odoo is to be told of one job, and how often its code has raised at it."""

    job: str
    model: str
    method: str
    result: Any
    pass_back: Any
    tries: int = 0


class Outbox:
    """The callbacks; on disk, or in memory without a path.

    ``offload`` runs a function in a thread that may wait for the disk.
    """

    def __init__(
        self,
        path: Path | None,
        clock: Clock,
        offload: Callable[..., Any] = lambda function, *args: function(*args),
    ) -> None:
        self._database = Database(path, _SCHEMA)
        self._clock = clock
        self._offload = offload
        self._count = 0
        self.news = threading.Event()

    def __len__(self) -> int:
        """Tell how many callbacks are owed."""
        return self._count

    def open(self) -> int:
        """Open, and note that what ran at the last end is lost; return how many. ``SpoolError``."""
        self._database.open()
        query = "SELECT count(*) FROM callback WHERE result IS NULL"
        lost = int(self._database.query(query)[0][0])
        error = json.dumps({"error": error_object(RefusedError(LOST))})
        self._database.query("UPDATE callback SET result = ? WHERE result IS NULL", error)
        self._count = int(self._database.query("SELECT count(*) FROM callback")[0][0])
        return lost

    def close(self) -> None:
        """Close; never raises."""
        self._database.close()

    def owe(self, job: str, model: str, method: str, pass_back: Any) -> None:
        """Note that a job was taken. Raise ``RefusedError`` (busy), ``SpoolError``."""
        if self._count >= MAX_OWED:
            raise RefusedError(BUSY)
        values = (job, self._clock.time(), model, method, json.dumps(pass_back))
        statement = (
            "INSERT INTO callback (job, at, model, method, pass_back) VALUES (?, ?, ?, ?, ?)"
        )
        self._run(statement, *values)
        self._count += 1

    def ended(self, job: str, result: Any) -> None:
        """Note what a job came to: its callback is due."""
        self._run("UPDATE callback SET result = ? WHERE job = ?", json.dumps(result), job)

    def due(self, limit: int = 100) -> list[Callback]:
        """List the callbacks that can be told, oldest first; those too old are dropped."""
        oldest = self._clock.time() - EXPIRES_S
        self._delete("at < ?", oldest)
        return [
            Callback(job, model, method, json.loads(result), json.loads(pass_back), tries)
            for job, model, method, result, pass_back, tries in self._run(_DUE, limit)
        ]

    def tried(self, job: str) -> None:
        """Note that Odoo's code raised at it."""
        self._run("UPDATE callback SET tries = tries + 1 WHERE job = ?", job)

    def drop(self, job: str) -> None:
        """Note that Odoo was told, or never will be."""
        self._delete("job = ?", job)

    def _delete(self, where: str, value: Any) -> None:
        # No RETURNING: SQLite of Debian 11 has none.
        found = self._run(f"SELECT count(*) FROM callback WHERE {where}", value)  # noqa: S608
        self._run(f"DELETE FROM callback WHERE {where}", value)  # noqa: S608
        self._count -= int(found[0][0])

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._offload(self._database.query, statement, *values)
        return rows
