"""Jobs: bounded, told to Odoo with capped tries, never an exception's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asterisk_agent.core.errors import (
    AgentError,
    AmiNotConnectedError,
    OdooUnreachableError,
    RefusedError,
)
from asterisk_agent.rpc.jobs import TELL_TRIES, Job, JobPool, notice_of
from asterisk_agent.rpc.outbox import Outbox
from asterisk_agent.rpc.postman import Postman
from fakes.clock import FakeClock


class Odoo:
    """Notes what it is told; fails as often as it is asked to."""

    def __init__(self) -> None:
        self.callbacks: list[tuple[str, str, Any, Any]] = []
        self.notices: list[tuple[int, str, str, bool]] = []
        self.faults: list[AgentError] = []
        self.notice_faults: list[AgentError] = []

    def callback(self, model: str, method: str, result: Any, pass_back: Any) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.callbacks.append((model, method, result, pass_back))

    def notify_user(self, uid: int, *, title: str, message: str, warning: bool) -> None:
        if self.notice_faults:
            raise self.notice_faults.pop(0)
        self.notices.append((uid, title, message, warning))


class Spawner:
    """Keeps threads until the test lets them run."""

    def __init__(self) -> None:
        self.threads: list[Callable[[], None]] = []

    def __call__(self, thread: Callable[[], None]) -> None:
        self.threads.append(thread)

    def run(self) -> None:
        while self.threads:
            self.threads.pop(0)()


def pool_of(
    odoo: Odoo, *, workers: int = 2, max_waiting: int = 3
) -> tuple[JobPool, Spawner, FakeClock]:
    spawner, clock = Spawner(), FakeClock()
    outbox = Outbox(None, clock)
    outbox.open()
    postman = Postman(outbox, odoo)
    pool = JobPool(spawner, odoo, clock, outbox, postman, workers=workers, max_waiting=max_waiting)
    return pool, spawner, clock


def raise_(exc: Exception) -> Any:
    raise exc


def test_the_callback_gets_result_and_pass_back() -> None:
    odoo = Odoo()
    pool, spawner, _ = pool_of(odoo)
    job_id = pool.submit(Job("test.ping", lambda: True, "m.x", "done", pass_back={"a": 1}))
    assert len(job_id) >= 12
    assert odoo.callbacks == []
    spawner.run()
    assert odoo.callbacks == [("m.x", "done", True, {"a": 1})]
    assert len(pool) == 0


def test_a_failed_job_gives_its_callback_a_fixed_error() -> None:
    odoo = Odoo()
    pool, spawner, _ = pool_of(odoo)
    pool.submit(Job("f", lambda: raise_(AmiNotConnectedError("secret")), "m", "x"))
    pool.submit(Job("f", lambda: raise_(ValueError("secret")), "m", "x"))
    spawner.run()
    assert [result for _, _, result, _ in odoo.callbacks] == [
        {"error": {"code": -32020, "message": "asterisk not connected"}},
        {"error": {"code": -32603, "message": "internal error"}},
    ]


def test_the_user_is_notified() -> None:
    odoo = Odoo()
    pool, spawner, _ = pool_of(odoo)
    answer = [{"Response": "Error", "Message": "No such channel"}]
    pool.submit(Job("f", lambda: answer, res_notify_uid=3, res_notify_title="Hang up"))
    spawner.run()
    assert odoo.notices == [(3, "Hang up", "No such channel", True)]


def test_a_notice_is_tried_again_with_a_cap() -> None:
    odoo = Odoo()
    pool, spawner, clock = pool_of(odoo)
    odoo.notice_faults = [OdooUnreachableError("x")] * 2
    pool.submit(Job("f", lambda: True, res_notify_uid=3))
    spawner.run()
    assert len(odoo.notices) == 1
    assert clock.now > 0
    odoo.notice_faults = [OdooUnreachableError("x")] * 50
    pool.submit(Job("f", lambda: True, res_notify_uid=3))
    spawner.run()
    assert len(odoo.notice_faults) == 50 - TELL_TRIES


def test_workers_and_waiting_are_bounded() -> None:
    pool, spawner, _ = pool_of(Odoo(), workers=2, max_waiting=3)
    for _ in range(3):
        pool.submit(Job("f", lambda: True))
    with pytest.raises(RefusedError, match="busy"):
        pool.submit(Job("f", lambda: True))
    assert len(spawner.threads) == 2
    spawner.run()
    assert len(pool) == 0
    pool.submit(Job("f", lambda: True))
    assert len(spawner.threads) == 1


def test_a_closed_pool_takes_nothing() -> None:
    pool, spawner, _ = pool_of(Odoo())
    ran: list[int] = []
    pool.submit(Job("f", lambda: ran.append(1)))
    pool.close()
    with pytest.raises(RefusedError):
        pool.submit(Job("f", lambda: True))
    spawner.run()
    assert ran == []


@pytest.mark.parametrize(
    ("result", "notice"),
    [
        (True, ("OK", False)),
        ([{"Response": "Success", "Message": "Queued"}], ("Queued", False)),
        ([{"Response": "Success"}], ("Success", False)),
        ([{"Response": "Error", "Message": "Action Timeout"}], ("Action Timeout", True)),
        ([], ("[]", False)),
        ({"error": {"code": 1, "message": "busy"}}, ("Busy", True)),
        (
            {"error": {"code": 1, "message": "action refused", "data": {"reason": "command"}}},
            ("Action refused (command)", True),
        ),
    ],
)
def test_notice(result: Any, notice: tuple[str, bool]) -> None:
    assert notice_of(result) == notice
