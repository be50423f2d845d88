"""The events map: which events Odoo wants, and for which of its rows.

A row that is wrong disables itself alone, and its fault is told to Odoo's administrator.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from asterisk_agent.calls.conditions import Condition
from asterisk_agent.core.errors import ConditionError

#: A day: what waits longer than that is a job for Odoo's own scheduler.
MAX_DELAY_S = 86_400.0


class Match(NamedTuple):
    """A row that wants an event: ``[row id, delay, keep_order]`` of the contract."""

    row: int
    delay_s: float
    keep_order: bool


class _Row(NamedTuple):
    match: Match
    condition: Condition | None


class EventMap:
    """A map as Odoo's ``get_events_map`` gave it; never changes but for ``errors``."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], version: str = "") -> None:
        self.version = version
        self._errors: dict[int, str] = {}
        self._rows: dict[str, list[_Row]] = {}
        for row in rows:
            self._add(row)

    def __repr__(self) -> str:
        count = sum(map(len, self._rows.values()))
        return f"<EventMap {self.version}: {count} rows, {len(self._errors)} errors>"

    @property
    def wanted_names(self) -> frozenset[str]:
        """Tell the names of the events that some row wants."""
        return frozenset(self._rows)

    def wanted_lines(self) -> dict[str, tuple[str, ...]]:
        """Tell, by name, the lines of which every wanted event has one; names without are absent.

        A line is the beginning of ``Header: text``. The reader looks for it among the bytes, and
        need not parse what no row can want.
        """
        found = {}
        for name, rows in self._rows.items():
            required = [row.condition.required if row.condition else None for row in rows]
            texts = [one for one in required if one]
            if len(texts) == len(rows):
                pairs = sorted(frozenset().union(*texts))
                found[name] = tuple(f"{header}: {text}" for header, text in pairs)
        return found

    @property
    def errors(self) -> list[dict[str, Any]]:
        """List the faults, as ``report_event_errors`` takes them; one of each row."""
        return [{"id": row, "error": text} for row, text in self._errors.items()]

    def match(self, event: Mapping[str, Any]) -> list[Match]:
        """Given a flat event, list the rows that want it, in the map's order. Never raises."""
        found = []
        for row in self._rows.get(event["Event"], ()):
            if row.condition is None or self._holds(row, row.condition, event):
                found.append(row.match)
        return found

    def _holds(self, row: _Row, condition: Condition, event: Mapping[str, Any]) -> bool:
        try:
            return condition.holds(event)
        except ConditionError as exc:
            self._errors.setdefault(row.match.row, f"the condition {exc}")
            return False

    def _add(self, row: Mapping[str, Any]) -> None:
        row_id = row.get("id")
        if row.get("source", "AMI") != "AMI":
            return
        if not isinstance(row_id, int) or isinstance(row_id, bool):
            # Without an id there is nobody to whom the fault could be told.
            return
        try:
            name, parsed = _parse_row(row_id, row)
        except ConditionError as exc:
            self._errors[row_id] = f"the condition {exc}"
        except ValueError as exc:
            self._errors[row_id] = str(exc)
        else:
            self._rows.setdefault(name, []).append(parsed)


def _parse_row(row_id: int, row: Mapping[str, Any]) -> tuple[str, _Row]:
    name, text = row.get("name"), row.get("condition") or ""
    if not isinstance(name, str) or not name or not name.isprintable() or " " in name:
        raise ValueError("the name is no event's name")
    delay_s = row.get("delay") or 0.0
    if not isinstance(delay_s, (int, float)) or not math.isfinite(delay_s):
        raise ValueError("the delay is no number")
    if not 0 <= delay_s <= MAX_DELAY_S:
        raise ValueError(f"the delay is not between 0 and {MAX_DELAY_S:.0f} seconds")
    condition = Condition(str(text)) if str(text).strip() else None
    keep_order = bool(row.get("keep_order", True))
    return name, _Row(Match(row_id, float(delay_s), keep_order), condition)
