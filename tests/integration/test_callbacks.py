"""What Odoo was promised to be told, it is told: also by the agent's next start."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk, FakeConnection
from fakes.odoo import FakeOdoo
from fakes.odoo_faults import Http

pytestmark = pytest.mark.lab


def order(agent: AgentProcess, odoo: FakeOdoo, function: str, *args: Any, note: str) -> None:
    reply = requests.post(
        agent.rpc_url,
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "method": function,
            "params": {
                "args": list(args),
                "res_model": "test.model",
                "res_method": "done",
                "pass_back": note,
            },
        },
        headers={"Authorization": f"Bearer {odoo.hellos[-1]['rpc_token']}"},
        timeout=30,
    ).json()
    assert reply["result"]["job"]


def says_nothing(connection: FakeConnection, action: dict[str, str]) -> None:
    """Leave an action without an answer."""


def test_what_waited_in_odoo_comes_before_the_hellos_answer(
    odoo: FakeOdoo,
    asterisk: FakeAsterisk,
    environ: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    greet = odoo.do_agent_hello

    def hello(info: dict[str, Any]) -> dict[str, Any]:
        reply = greet(info)
        order_now = Thread(target=order, args=(agent, odoo, "test.ping"), kwargs={"note": "early"})
        order_now.start()
        # Refused at once by an agent that does not wait for this answer.
        order_now.join(0.5)
        return reply

    with AgentProcess(environ, tmp_path) as agent:
        monkeypatch.setattr(odoo, "do_agent_hello", hello)
        assert odoo.wait_for(lambda: odoo.callbacks), agent.text
        assert agent.stop() == 0
    assert odoo.callbacks == [("test.model", "done", True, "early")]


def test_callbacks_wait_for_odoo_and_survive_the_agent_killed(
    odoo: FakeOdoo, asterisk: FakeAsterisk, environ: dict[str, str], tmp_path: Path
) -> None:
    asterisk.handlers["ping"] = says_nothing
    with AgentProcess(environ, tmp_path) as agent:
        agent.wait_ready()
        odoo.on_next("done", *[Http(503)] * 1000)
        order(agent, odoo, "test.ping", note="ran")
        agent.wait_for_line("its callback waits for Odoo")
        order(agent, odoo, "asterisk.manager_action", {"Action": "Ping"}, note="runs")
        asterisk.wait_for(lambda: "Ping" in asterisk.names())
        agent.kill()
    odoo.faults.clear()
    with AgentProcess(environ, tmp_path) as agent:
        agent.wait_for_line("1 jobs ended with the agent")
        assert odoo.wait_for(lambda: len(odoo.callbacks) == 2), odoo.callbacks
        assert agent.stop() == 0
    lost = {"error": {"code": -32023, "message": "lost"}}
    assert odoo.callbacks == [
        ("test.model", "done", True, "ran"),
        ("test.model", "done", lost, "runs"),
    ]
    assert "Traceback" not in agent.text
