"""``agent.health``: what the agent knows of its own state, in numbers and names of its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from asterisk_agent.rpc.functions import Functions, Prepared, invalid


def add_health(functions: Functions, look: Callable[[], dict[str, object]]) -> None:
    """Put it on the list. ``look`` returns what is told; it must not wait for anything."""

    def prepare(args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float) -> Prepared:
        del budget_s
        if args:
            raise invalid("args")
        if kwargs:
            raise invalid("kwargs")
        return look

    functions.add("agent.health", prepare)
