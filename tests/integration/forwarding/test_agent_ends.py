"""The agent is killed, stopped, or another one takes over."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from lab.process import wait_until

from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo
from fakes.odoo_faults import CommitThenCut, Hold
from integration.forwarding.calls import (
    WAIT_S,
    assert_whole,
    hangups,
    say_calls,
    told_of,
)

pytestmark = pytest.mark.lab


class TestTheAgentEnds:
    def test_killed_in_the_middle_nothing_is_lost_and_nothing_comes_twice(
        self,
        amqp_uri: str,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
        tmp_path: Path,
    ) -> None:
        release = threading.Event()
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_ready()
            assert odoo.wait_for(lambda: "Reconcile" in odoo.names())
            say_calls(asterisk, 5)
            assert_whole(odoo, 5)
            with hangups(amqp_uri, environ) as count:
                odoo.on_next("deliver", *[Hold(release)] * 3)
                say_calls(asterisk, 5, start=5)
                wait_until(
                    lambda: len(odoo.faults["deliver"]) < 3 and count() == 5, "five calls", WAIT_S
                )
            agent.kill()
        release.set()
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_for_line("ready: Asterisk", times=2)
            assert_whole(odoo, 10)

    def test_a_second_forwarder_takes_over_and_nothing_comes_twice_or_out_of_order(
        self,
        amqp_uri: str,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
        tmp_path: Path,
    ) -> None:
        (folder := tmp_path / "second").mkdir()
        release = threading.Event()
        with (
            AgentProcess(environ, tmp_path) as agent,
            AgentProcess(environ, folder, "forward") as second,
        ):
            agent.wait_ready()
            second.wait_for_line("ready: forwarder of")
            assert odoo.wait_for(lambda: "Reconcile" in odoo.names())
            say_calls(asterisk, 5)
            assert_whole(odoo, 5)
            with hangups(amqp_uri, environ) as count:
                # Odoo has done it, and the agent never hears so.
                odoo.on_next("deliver", CommitThenCut(), *[Hold(release)] * 2)
                say_calls(asterisk, 5, start=5)
                wait_until(
                    lambda: len(odoo.faults["deliver"]) < 2 and count() == 5, "five calls", WAIT_S
                )
            agent.kill()
            release.set()
            assert_whole(odoo, 10)
            assert second.stop() == 0
        assert "Traceback" not in second.text

    def test_stopped_it_leaves_no_event_behind(
        self,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
        tmp_path: Path,
    ) -> None:
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_ready()
            say_calls(asterisk, 50)
            assert odoo.wait_for(lambda: len(told_of(odoo)) >= 50)
            assert agent.stop() == 0
        assert "Traceback" not in agent.text
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_for_line("ready: Asterisk", times=2)
            assert_whole(odoo, 50)
