"""Callbacks: owed from the moment a job is taken, told until Odoo has been told, also when late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asterisk_agent.core.errors import (
    AgentError,
    OdooAccessError,
    OdooServerError,
    OdooUnreachableError,
    RefusedError,
)
from asterisk_agent.rpc import outbox as outbox_module
from asterisk_agent.rpc.outbox import EXPIRES_S, Callback, Outbox
from asterisk_agent.rpc.postman import TELL_TRIES, Postman
from fakes.clock import FakeClock

LOST = {"error": {"code": -32023, "message": "lost"}}


class Odoo:
    """Notes what it is told; ``faults`` holds what it raises, by method."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any, Any]] = []
        self.faults: dict[str, list[AgentError]] = {}

    def callback(self, model: str, method: str, result: Any, pass_back: Any) -> None:
        if self.faults.get(method):
            raise self.faults[method].pop(0)
        self.told.append((method, result, pass_back))


def opened(path: Path | None = None, clock: FakeClock | None = None) -> Outbox:
    outbox = Outbox(path, clock or FakeClock())
    outbox.open()
    return outbox


def test_one_that_failed_is_told_in_the_next_round_and_once() -> None:
    outbox, odoo = opened(), Odoo()
    postman = Postman(outbox, odoo)
    odoo.faults["x"] = [OdooUnreachableError("away")]
    outbox.owe("j1", "m", "x", {"a": 1})
    outbox.ended("j1", True)
    postman.tell(Callback("j1", "m", "x", True, {"a": 1}))
    assert (odoo.told, outbox.news.is_set()) == ([], True)
    assert postman._round() == 0
    assert postman._round() == 0
    assert odoo.told == [("x", True, {"a": 1})]
    assert len(outbox) == 0


def test_odoo_away_keeps_all_of_them_in_order() -> None:
    clock, odoo = FakeClock(), Odoo()
    outbox = opened(clock=clock)
    for number in range(3):
        outbox.owe(f"j{9 - number}", "m", "x", number)
        outbox.ended(f"j{9 - number}", True)
        clock.sleep(1)
    postman = Postman(outbox, odoo)
    odoo.faults["x"] = [OdooUnreachableError("away")] * 20
    assert all(postman._round() > 0 for _ in range(20))
    assert postman._round() == 0
    assert [number for _, _, number in odoo.told] == [0, 1, 2]


def test_one_whose_code_raises_holds_nobody_and_is_given_up() -> None:
    outbox, odoo = opened(), Odoo()
    for job, method in (("j1", "broken"), ("j2", "x")):
        outbox.owe(job, "m", method, None)
        outbox.ended(job, True)
    odoo.faults["broken"] = [OdooServerError("ValueError")] * 99
    postman = Postman(outbox, odoo)
    assert postman._round() > 0
    assert [method for method, _, _ in odoo.told] == ["x"]
    rounds = 1
    while postman._round():
        rounds += 1
    assert rounds == TELL_TRIES - 1
    assert len(odoo.faults["broken"]) == 99 - TELL_TRIES
    assert len(outbox) == 0


def test_what_waiting_does_not_heal_is_tried_once() -> None:
    outbox, odoo = opened(), Odoo()
    outbox.owe("j1", "m", "x", None)
    odoo.faults["x"] = [OdooAccessError("no")] * 9
    Postman(outbox, odoo).tell(Callback("j1", "m", "x", True, None))
    assert (len(odoo.faults["x"]), len(outbox)) == (8, 0)


def test_a_job_that_ended_with_the_agent_is_told_to_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "callbacks.sqlite"
    before = opened(path)
    before.owe("j1", "m", "x", 1)
    before.owe("j2", "m", "x", 2)
    before.ended("j2", [{"Response": "Success"}])
    # Killed: nothing is closed.
    after, odoo = Outbox(path, FakeClock()), Odoo()
    assert after.open() == 1
    assert len(after) == 2
    assert Postman(after, odoo)._round() == 0
    assert odoo.told == [("x", LOST, 1), ("x", [{"Response": "Success"}], 2)]
    assert Outbox(path, FakeClock()).open() == 0
    before.close()
    after.close()


def test_one_that_is_told_just_now_is_not_told_twice() -> None:
    outbox = opened()
    outbox.owe("j1", "m", "x", None)
    outbox.ended("j1", True)

    class Slow(Odoo):
        def callback(self, model: str, method: str, result: Any, pass_back: Any) -> None:
            super().callback(model, method, result, pass_back)
            assert postman._round() == 0

    odoo = Slow()
    postman = Postman(outbox, odoo)
    postman.tell(Callback("j1", "m", "x", True, None))
    assert len(odoo.told) == 1


def test_they_are_bounded_and_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MAX_OWED", 2)
    clock = FakeClock()
    outbox = opened(clock=clock)
    outbox.owe("j1", "m", "x", None)
    outbox.owe("j2", "m", "x", None)
    with pytest.raises(RefusedError, match="busy"):
        outbox.owe("j3", "m", "x", None)
    outbox.ended("j1", True)
    clock.sleep(EXPIRES_S + 1)
    assert outbox.due() == []
    assert len(outbox) == 0
