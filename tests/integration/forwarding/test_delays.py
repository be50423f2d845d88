"""Delays longer than the forwarder may hold, and quorum queues."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo
from integration.forwarding.calls import (
    WHOLE,
    row,
    say,
    say_calls,
    told_of,
)

pytestmark = pytest.mark.lab


class TestLongDelays:
    def test_a_thousand_that_wait_hold_nobody_and_each_comes_in_its_time(
        self, odoo: FakeOdoo, asterisk: FakeAsterisk, environ: dict[str, str], tmp_path: Path
    ) -> None:
        odoo.rows = [
            row(1, "Newchannel"),
            row(2, "Hangup", delay=6.0, keep_order=False),
            row(3, "Newstate", delay=3600.0, keep_order=False),
        ]
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_ready()
            asterisk.wait_heard()
            came: list[float] = []
            odoo.handlers[2] = lambda _: came.append(time.time())
            said = time.time()
            say(asterisk, "Hangup", "c0")
            # More than the forwarder may hold unacked.
            for number in range(1_200):
                say(asterisk, "Newstate", f"c{number}")
            say(asterisk, "Newchannel", "c1")
            assert odoo.wait_for(lambda: {"Newchannel", "Hangup"} <= set(odoo.names()), 60)
            assert came[0] - said >= 6.0
        assert odoo.names().count("Hangup") == 1
        assert "Newstate" not in odoo.names()


class TestQuorumQueues:
    def test_they_work_and_another_type_is_told_with_its_cure(
        self, odoo: FakeOdoo, asterisk: FakeAsterisk, environ: dict[str, str], tmp_path: Path
    ) -> None:
        def broken(event: dict[str, str]) -> None:
            raise ValueError("no")

        odoo.rows.append(row(4, "Newstate", delay=5.5, keep_order=False))
        odoo.rows.append(row(5, "Newexten"))
        odoo.handlers[5] = broken
        quorum = {**environ, "AMQP_QUEUES": "quorum", "DELIVER_RETRIES": "1"}
        with AgentProcess(quorum, tmp_path) as agent:
            agent.wait_ready()
            asterisk.wait_heard()
            say(asterisk, "Newstate", "c9")
            say(asterisk, "Newexten", "c9")
            say_calls(asterisk, 3)
            whole = {f"c{number}.1": WHOLE for number in range(3)}
            assert odoo.wait_for(lambda: whole.items() <= told_of(odoo).items())
            assert odoo.wait_for(lambda: odoo.parked and odoo.parked[-1]["count"] == 1)
            assert odoo.wait_for(lambda: "Newstate" in odoo.names())
            assert agent.stop() == 0
        with AgentProcess(environ, tmp_path, "check") as command:
            assert command.end() == 90, command.text
        assert "AMQP_QUEUES" in command.text
