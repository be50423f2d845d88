"""RabbitMQ is away: events wait in memory and on disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lab.process import wait_until

from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo
from fakes.tcp_proxy import TcpProxy
from integration.forwarding.calls import (
    WAIT_S,
    assert_whole,
    say_calls,
    spooled,
    told_of,
)

pytestmark = pytest.mark.lab

#: Calls of the test of the full backlog, and their events.
CALLS, SAID = 4, 24


def _found(agent: AgentProcess, odoo: FakeOdoo) -> int:
    """Tell how many events Odoo was told, and how many the agent has counted as lost."""
    lost = re.findall(r"empty again; (\d+) events were lost", agent.text)
    return int(lost[-1] if lost else 0) + sum(name != "Reconcile" for name in odoo.names())


class TestTheBrokerIsAway:
    def test_events_wait_and_arrive_whole_and_in_order(
        self,
        amqp_uri: str,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
        tmp_path: Path,
    ) -> None:
        with TcpProxy.before(amqp_uri) as proxy:
            through = proxy.through(amqp_uri)
            with AgentProcess({**environ, "AMQP_URI": through}, tmp_path) as agent:
                agent.wait_ready()
                say_calls(asterisk, 5)
                proxy.cut()
                say_calls(asterisk, 5, start=5)
                agent.wait_for_line("events wait")
                proxy.restore()
                assert_whole(odoo, 10)
        assert "Traceback" not in agent.text

    def test_what_waits_survives_the_agent_killed_and_stopped(
        self,
        amqp_uri: str,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
        tmp_path: Path,
    ) -> None:
        with TcpProxy.before(amqp_uri) as proxy:
            through = proxy.through(amqp_uri)
            # Memory sends from ten: the others are on disk only.
            changes = {"AMQP_URI": through, "EVENT_BACKLOG": "20"}
            spool = tmp_path / "state" / f"agent-{environ['AGENT_NAME']}" / "events.sqlite"
            with AgentProcess({**environ, **changes}, tmp_path) as agent:
                agent.wait_ready()
                say_calls(asterisk, 2)
                assert_whole(odoo, 2)
                proxy.cut()
                agent.wait_for_line("not ready")
                for call in range(2, 6):
                    say_calls(asterisk, 1, start=call)
                    wait_until(lambda n=6 * (call - 1): spooled(spool) >= n, "the spool", WAIT_S)
                agent.kill()
            with AgentProcess({**environ, **changes}, tmp_path) as agent:
                agent.wait_for_line("events of an earlier start wait on disk")
                asterisk.wait_for(lambda: len(asterisk.logged_in()) == 1)
                say_calls(asterisk, 1, start=6)
                wait_until(lambda: spooled(spool) >= 30, "thirty on disk", WAIT_S)
                assert agent.stop() == 0
            proxy.restore()
            with AgentProcess({**environ, **changes}, tmp_path) as agent:
                assert_whole(odoo, 7)
                wait_until(lambda: spooled(spool) == 0, "an empty spool", WAIT_S)
        assert "Traceback" not in agent.text
        assert "are lost" not in agent.text

    def test_what_finds_no_room_is_counted_and_the_calls_are_reconciled(
        self,
        amqp_uri: str,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
        tmp_path: Path,
    ) -> None:
        with TcpProxy.before(amqp_uri) as proxy:
            through = proxy.through(amqp_uri)
            changes = {"AMQP_URI": through, "EVENT_BACKLOG": "10", "EVENT_SPOOL": "0"}
            with AgentProcess({**environ, **changes}, tmp_path) as agent:
                agent.wait_ready()
                assert odoo.wait_for(lambda: "Reconcile" in odoo.names())
                proxy.cut()
                agent.wait_for_line("not ready")
                reconciled = odoo.names().count("Reconcile")
                say_calls(asterisk, CALLS)
                agent.wait_for_line("the backlog is full (10 events")
                proxy.restore()
                agent.wait_for_line("the backlog is empty again; ")
                # The broker may be back before all were read, and be too slow for the rest.
                wait_until(lambda: _found(agent, odoo) >= SAID, "all, told or counted", WAIT_S)
                assert odoo.wait_for(lambda: odoo.names().count("Reconcile") > reconciled)
            # A Reconcile that found no room is counted as well.
            assert SAID <= _found(agent, odoo) <= SAID + 2
        assert 0 < len(told_of(odoo)) < CALLS
