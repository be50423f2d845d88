"""What is delivered to Odoo: messages off the broker, items for Odoo, and what Odoo said of each.

Values only; the order in which they go is ``forwarder``'s affair. The shapes on the wire stand in
docs/reference/agent-odoo.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Event = Mapping[str, Any]
Status = Literal["done", "duplicate", "skipped", "failed", "held"]

#: The pseudo event that tells which channels live; every other item keeps its side of it.
RECONCILE = "Reconcile"
RECONCILE_ROW = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the events map that wanted an event: how long to wait, and in which order."""

    id: int
    delay_s: float = 0.0
    keep_order: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """One event off the broker's queue, with the rows that wanted it when it was read.

    ``tag`` is the broker's delivery tag, by which the message is acked.
    """

    tag: int
    boot: str
    seq: int
    event: Event
    rows: Sequence[Row]

    @property
    def name(self) -> str:
        """Tell the event's name; empty when it has none."""
        return str(self.event.get("Event", ""))


@dataclass(frozen=True, slots=True)
class Item:
    """One event for one row. ``(boot, seq, row)`` identifies it within the server."""

    boot: str
    seq: int
    row: int
    event: Event

    @property
    def key(self) -> tuple[str, int, int]:
        """Tell the item's identity."""
        return self.boot, self.seq, self.row

    def as_dict(self) -> dict[str, Any]:
        """Return the item as it stands in a ``deliver`` request."""
        return {"boot": self.boot, "seq": self.seq, "row": self.row, "event": dict(self.event)}


@dataclass(frozen=True, slots=True)
class Result:
    """What Odoo says became of one item."""

    status: Status
    error: str = ""


@dataclass(frozen=True, slots=True)
class Parked:
    """An item that was tried often enough, and the error of its last try."""

    item: Item
    error: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Later:
    """An item that is to come back after some seconds."""

    item: Item
    row: Row
    wait_s: int


@dataclass(slots=True)
class Outcome:
    """What the caller must do now: ack these tags, put these items into the parked queue."""

    acks: list[int] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)


def order_keys(event: Event) -> frozenset[str]:
    """Name the calls and legs that an event tells of; events that share one keep their order.

    Every header that ends in ``Linkedid`` or ``Uniqueid`` counts (``DestLinkedid``, Cdr's
    ``UniqueID``, CEL's ``LinkedID``, ``BridgeUniqueid``): a transfer or a bridge makes one call of
    two. An event that tells of no call keeps its order among those of its own name.
    """
    keys = {
        str(value)
        for name, value in event.items()
        if value and name.lower().endswith(("linkedid", "uniqueid"))
    }
    return frozenset(keys or {f"event {event.get('Event', '')}"})
