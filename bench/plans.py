"""How PostgreSQL carried out each query of some requests, in its own words (auto_explain)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.office import Office
from lab.process import wait_until

#: So many rows are read sooner than any index.
FEW = 1_000
_LIBRARY = "session_preload_libraries"
_SETTINGS = {
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
}
#: A message of several lines goes on behind a tab (elog.c: append_with_tabs).
_PLAN = re.compile(r"duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)")

Node = dict[str, Any]


@dataclass(frozen=True)
class Scan:
    """A table that was read from its beginning: its name, how many rows, and for which query."""

    table: str
    rows: int
    query: str


def plans(log: str) -> list[Node]:
    """Return the plans that a server's log tells of."""
    return [json.loads(found) for found in _PLAN.findall(log)]


def nodes(plan: Node) -> Iterator[Node]:
    """Yield a plan's nodes."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def without_index(told: list[Node], few: int = FEW) -> list[Scan]:
    """Return the scans of whole tables that read more than a few rows."""
    found = []
    for one in told:
        for node in nodes(one["Plan"]):
            if node["Node Type"] != "Seq Scan":
                continue
            each = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
            if (rows := each * node.get("Actual Loops", 1)) > few:
                found.append(Scan(node["Relation Name"], rows, one["Query Text"]))
    return found


def in_short(told: list[Node], table: str) -> list[str]:
    """Return how a table was read, each way once."""
    found = dict.fromkeys(
        f"{node['Node Type']} {node.get('Index Name', '')}".strip()
        for one in told
        for node in nodes(one["Plan"])
        if node.get("Relation Name") == table or table in node.get("Index Name", "")
    )
    return list(found)


def of(office: Office, ask: Callable[[], object]) -> list[Node]:
    """Return the plans of all queries that Odoo makes while ``ask`` runs; then all is as before."""
    sql, database = office.postgres.sql, office.database
    # The library last: somebody may connect at any time.
    for name, value in {**_SETTINGS, _LIBRARY: "auto_explain"}.items():
        sql(f"alter database {database} set {name} = '{value}'")
    try:
        _connect_anew(office)
        start = office.postgres.log.stat().st_size
        ask()
        mark = uuid.uuid4().hex
        sql(f"select '{mark}'", database)
        told = lambda: _since(office, start)  # noqa: E731
        wait_until(lambda: mark in told(), "the last plan", 30)
        return [one for one in plans(told()) if mark not in one["Query Text"]]
    finally:
        for name in (_LIBRARY, *_SETTINGS):
            sql(f"alter database {database} reset {name}")
        _connect_anew(office)


def _since(office: Office, start: int) -> str:
    with office.postgres.log.open("rb") as log:
        log.seek(start)
        return log.read().decode(errors="replace")


def _connect_anew(office: Office) -> None:
    """End Odoo's idle connections, which Odoo notices (sql_db.py: ConnectionPool.borrow)."""
    idle = f"from pg_stat_activity where datname = '{office.database}' and state = 'idle'"
    office.postgres.sql(f"select pg_terminate_backend(pid) {idle}")
