"""What the planner holds: messages off the broker, their items, and the batch that is out."""

from __future__ import annotations

from dataclasses import dataclass, field

from asterisk_agent.calls.delivery import RECONCILE_ROW, Item, Row


@dataclass(slots=True, eq=False)
class Unacked:
    """A message that the broker has not been told the end of."""

    tag: int
    boot: str
    seq: int
    open_items: int


@dataclass(slots=True, eq=False)
class Entry:
    """One item of it, with its place in the line."""

    item: Item
    row: Row
    message: Unacked
    keys: frozenset[str]
    due: float
    serial: int
    attempts: int = 0
    error: str = ""
    #: How many requests had succeeded when Odoo last raised around this item alone.
    suspected_at: int = -1

    @property
    def is_barrier(self) -> bool:
        """Tell whether everything else keeps its side of it."""
        return self.item.row == RECONCILE_ROW


@dataclass(frozen=True, slots=True)
class Batch:
    """Items for one ``deliver`` request, in the order in which they must be applied."""

    items: tuple[Item, ...]
    settled: dict[str, int]
    entries: tuple[Entry, ...] = field(repr=False)
