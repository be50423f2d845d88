"""``events.parked_list``, ``events.parked_replay``, ``events.parked_drop``: for Odoo's admin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from asterisk_agent.rpc.functions import Functions, Prepared, invalid, without_arguments

#: So many are listed at most; Odoo shows a page of them.
MAX_LISTED = 500


class ParkedQueue(Protocol):
    """What these need of the queue."""

    def listed(self, limit: int) -> list[dict[str, Any]]:
        """List parked events, oldest first."""

    def replay(self) -> int:
        """Deliver all of them again; return how many."""

    def drop(self) -> int:
        """Drop all of them; return how many."""


def add_parked(functions: Functions, queue: ParkedQueue) -> None:
    """Put the three on the list."""

    def prepare_list(args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float) -> Prepared:
        del budget_s
        limit = _limit(args, kwargs)
        return lambda: queue.listed(limit)

    functions.add("events.parked_list", prepare_list)
    functions.add("events.parked_replay", without_arguments(lambda: queue.replay()))
    functions.add("events.parked_drop", without_arguments(lambda: queue.drop()))


def _limit(args: Sequence[Any], kwargs: Mapping[str, Any]) -> int:
    if args:
        raise invalid("args")
    if set(kwargs) - {"limit"}:
        raise invalid("kwargs")
    limit = kwargs.get("limit", MAX_LISTED)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_LISTED:
        raise invalid("value")
    return limit
