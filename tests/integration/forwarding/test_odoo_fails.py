"""Odoo is away, slow, or raises: nothing is lost, and each event comes once."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from lab.process import wait_until

from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo
from fakes.odoo_faults import CommitThenCut, Expire, Hold, Http, Raise
from integration.forwarding.calls import (
    WAIT_S,
    WHOLE,
    assert_whole,
    hangups,
    queued,
    say_calls,
    told_of,
)

pytestmark = pytest.mark.lab


class TestOdooIsAway:
    @pytest.mark.parametrize(
        "fault",
        [
            Http(502),
            Http(503),
            Expire(),
            Raise("psycopg2.errors.SerializationFailure", "could not serialize access"),
            Raise("builtins.ValueError", "Odoo itself is broken"),
            CommitThenCut(),
        ],
        ids=lambda fault: type(fault).__name__,
    )
    def test_everything_comes_again_once_and_in_order(
        self, agent: AgentProcess, odoo: FakeOdoo, asterisk: FakeAsterisk, fault: object
    ) -> None:
        odoo.on_next("deliver", fault, fault, fault)
        say_calls(asterisk, 5)
        assert_whole(odoo, 5)

    def test_nothing_leaves_the_queue_before_odoo_has_committed(
        self,
        amqp_uri: str,
        agent: AgentProcess,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
    ) -> None:
        assert odoo.wait_for(lambda: "Reconcile" in odoo.names())
        release = threading.Event()
        odoo.on_next("deliver", *[Hold(release)] * 9)
        with hangups(amqp_uri, environ) as count:
            say_calls(asterisk, 3)
            wait_until(lambda: len(odoo.faults["deliver"]) < 9 and count() == 3, "three", WAIT_S)
        agent.kill()
        wait_until(lambda: queued(amqp_uri, environ) >= 18, "what waits", WAIT_S)
        release.set()

    def test_an_agent_that_starts_meanwhile_forwards_by_the_map_of_its_last_start(
        self,
        amqp_uri: str,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
        tmp_path: Path,
    ) -> None:
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_ready()
            assert agent.stop() == 0
        odoo.on_next("*", *[Http(503)] * 1000)
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_for_line("events map v1, as it was saved")
            asterisk.wait_for(lambda: len(asterisk.logged_in()) == 1)
            with hangups(amqp_uri, environ) as count:
                say_calls(asterisk, 3)
                wait_until(lambda: count() == 3, "three calls", WAIT_S)
            odoo.faults.clear()
            assert_whole(odoo, 3)

    def test_hello_and_map_are_asked_once_at_the_start(
        self, agent: AgentProcess, odoo: FakeOdoo, asterisk: FakeAsterisk
    ) -> None:
        say_calls(asterisk, 1)
        assert_whole(odoo, 1)
        (hello,) = odoo.hellos
        assert hello["asterisk_version"] == asterisk.asterisk_version
        asked = [method for _, method, _ in odoo.calls]
        assert asked.count("get_events_map") == 1


class TestAHandlerThatRaises:
    def test_it_is_parked_shown_and_replayed_and_the_next_passes(
        self,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
        tmp_path: Path,
    ) -> None:
        def broken(event: dict[str, str]) -> None:
            if event["Number"] == "2":
                raise ValueError("no such account")

        odoo.handlers[2] = broken
        with AgentProcess({**environ, "DELIVER_RETRIES": "2"}, tmp_path) as agent:
            agent.wait_ready()
            say_calls(asterisk, 1)
            wanted = [step for step in WHOLE if step[1] != "2"]
            assert odoo.wait_for(lambda: told_of(odoo).get("c0.1") == wanted), told_of(odoo)
            assert odoo.wait_for(lambda: bool(odoo.parked and odoo.parked[-1]["count"]))
            assert odoo.parked[-1] == {
                "count": 1,
                "last": {"name": "VarSet", "row": 2, "error": "ValueError: no such account"},
            }
            (listed,) = self.ask(environ, tmp_path, "list", "--json")
            assert (listed["event"], listed["row"], listed["attempts"]) == ("VarSet", 2, 2)
            odoo.handlers.clear()
            self.ask(environ, tmp_path, "replay")
            assert odoo.wait_for(lambda: ("VarSet", "2") in told_of(odoo)["c0.1"])
            assert self.ask(environ, tmp_path, "list", "--json") == []

    def ask(self, environ: dict[str, str], folder: Path, *words: str) -> list[dict[str, object]]:
        folder = folder / "cli"
        folder.mkdir(exist_ok=True)
        (folder / "agent.log").unlink(missing_ok=True)
        with AgentProcess(environ, folder, "events", "parked", *words) as command:
            assert command.end() == 0, command.text
        found: list[dict[str, object]] = json.loads(command.text) if "--json" in words else []
        return found
