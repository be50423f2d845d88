"""Parked events for Odoo's admin: what may be asked, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from asterisk_agent.core.errors import RefusedError
from asterisk_agent.rpc.functions import Functions
from asterisk_agent.rpc.parked import MAX_LISTED, add_parked


class Queue:
    def __init__(self) -> None:
        self.limits: list[int] = []

    def listed(self, limit: int) -> list[dict[str, Any]]:
        self.limits.append(limit)
        return [{"event": "Cdr"}]

    def replay(self) -> int:
        return 3

    def drop(self) -> int:
        return 2


@pytest.fixture
def functions() -> Functions:
    found = Functions()
    add_parked(found, Queue())
    return found


def test_each_does_its_work() -> None:
    queue, functions = Queue(), Functions()
    add_parked(functions, queue)
    assert functions.prepare("events.parked_list", [], {}, 5)() == [{"event": "Cdr"}]
    assert functions.prepare("events.parked_list", [], {"limit": 7}, 5)() == [{"event": "Cdr"}]
    assert queue.limits == [MAX_LISTED, 7]
    assert functions.prepare("events.parked_replay", [], {}, 5)() == 3
    assert functions.prepare("events.parked_drop", [], {}, 5)() == 2


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "reason"),
    [
        ("parked_list", [5], {}, "args"),
        ("parked_list", [], {"queue": "asterisk.forward.other"}, "kwargs"),
        *[("parked_list", [], {"limit": n}, "value") for n in (0, -1, 501, True, 1.5, "9", None)],
        ("parked_replay", ["asterisk.parked.other"], {}, "args"),
        ("parked_replay", [], {"boot": "b"}, "kwargs"),
        ("parked_drop", [1], {}, "args"),
        ("parked_drop", [], {"really": True}, "kwargs"),
    ],
)
def test_anything_else_is_refused(
    functions: Functions, name: str, args: list[Any], kwargs: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        functions.prepare(f"events.{name}", args, kwargs, 5)
    assert (caught.value.refusal.code, caught.value.reason) == (-32602, reason)
