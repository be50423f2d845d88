"""Events from Asterisk to Odoo over a real RabbitMQ while nothing breaks."""

from __future__ import annotations

import json
from pathlib import Path

import amqp
import pytest
from lab.process import wait_until

from asterisk_agent.services import broker
from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo
from integration.forwarding.calls import (
    WAIT_S,
    assert_whole,
    got,
    queued,
    row,
    say,
    say_calls,
    told_of,
)

pytestmark = pytest.mark.lab


class TestAllWell:
    def test_calls_arrive_whole_and_in_order(
        self, agent: AgentProcess, odoo: FakeOdoo, asterisk: FakeAsterisk
    ) -> None:
        say_calls(asterisk, 20)
        assert_whole(odoo, 20)
        assert set(odoo.statuses) == {"done"}

    def test_check_says_that_all_is_well(
        self, agent: AgentProcess, odoo: FakeOdoo, environ: dict[str, str], tmp_path: Path
    ) -> None:
        (folder := tmp_path / "check").mkdir()
        token = odoo.hellos[-1]["rpc_token"]
        # Not what this machine may have of an Asterisk.
        own = ("ASTERISK_CONFIG_FOLDER", "RECORDINGS_FOLDER", "VOICEMAIL_FOLDER")
        settings = environ | dict.fromkeys(own, str(folder))
        with AgentProcess(settings, folder, "check", "--json") as command:
            # Only the clock of the fake Asterisk is wrong: it always says the same time.
            assert command.end() == 71, command.text
        found = json.loads(command.text)
        assert {line["name"]: line["ok"] for line in found["lines"]} == {
            "settings": True,
            "asterisk configuration": True,
            "asterisk login": True,
            "asterisk permissions": True,
            "rabbitmq": True,
            "odoo login": True,
            "addon": True,
            "events map": True,
            "clock of asterisk": False,
            "clock of odoo": True,
            "rpc address": True,
            "recordings": True,
            "mailboxes": True,
            "load": True,
        }
        texts = {line["name"]: line["text"] for line in found["lines"]}
        assert "an agent answers" in texts["rpc address"]
        assert "no agent of this name" in texts["load"]
        assert odoo.hellos[-1]["rpc_token"] == token
        assert environ["ODOO_PASSWORD"] not in command.text

    def test_only_what_the_map_wants_is_sent(
        self, odoo: FakeOdoo, asterisk: FakeAsterisk, environ: dict[str, str], tmp_path: Path
    ) -> None:
        odoo.rows = [row(1, "VarSet", condition="event['Number'] == '3'")]
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_ready()
            say_calls(asterisk, 2)
            assert odoo.wait_for(lambda: len(told_of(odoo)) == 2)
        assert list(told_of(odoo).values()) == [[("VarSet", "3")]] * 2

    def test_a_changed_map_works_after_reload_events(
        self, agent: AgentProcess, odoo: FakeOdoo, asterisk: FakeAsterisk
    ) -> None:
        import requests

        odoo.rows = [row(9, "Cdr")]
        before = len(odoo.hellos)
        odoo.do_get_events_map = lambda: {"version": "v2", "rows": odoo.rows}  # type: ignore[method-assign]
        reply = requests.post(
            agent.rpc_url,
            json={
                "jsonrpc": "2.0",
                "id": 1,
                "method": "asterisk.manager_action",
                "params": {"args": [{"Action": "ReloadEvents"}], "sync": True},
            },
            headers={"Authorization": f"Bearer {odoo.hellos[-1]['rpc_token']}"},
            timeout=30,
        ).json()
        assert reply["result"][0]["Response"] == "Success"
        assert odoo.wait_for(lambda: len(odoo.hellos) > before)
        agent.wait_for_line("events map v2: 1 rows")
        connections = len(asterisk.connections)
        wanted = "call,cdr,system"
        asterisk.wait_for(lambda: wanted in [one.get("eventmask") for one in asterisk.actions])
        say(asterisk, "Cdr", "c1")
        assert odoo.wait_for(lambda: "Cdr" in odoo.names())
        assert len(asterisk.connections) == connections
        assert "ReloadEvents" not in asterisk.names()

    def test_a_bad_row_is_told_to_odoo(
        self, odoo: FakeOdoo, environ: dict[str, str], tmp_path: Path
    ) -> None:
        odoo.rows = [row(1, "Hangup", condition="event["), row(2, "Hangup")]
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_ready()
            assert odoo.wait_for(lambda: odoo.map_errors)
        assert [error["id"] for error in odoo.map_errors[-1]] == [1]

    def test_any_other_service_may_listen(
        self,
        amqp_uri: str,
        agent: AgentProcess,
        asterisk: FakeAsterisk,
    ) -> None:
        with broker.connection(amqp_uri) as conn:
            channel = conn.channel()
            queue = channel.queue_declare("", exclusive=True).queue
            channel.queue_bind(queue, broker.EVENTS_EXCHANGE, "Newchannel")
            asterisk.wait_heard()
            say(asterisk, "Newchannel", "c1")
            found: list[dict[str, str]] = []
            wait_until(lambda: bool(got(channel, queue, found)), "the event", WAIT_S)
        assert (found[0]["Event"], found[0]["Linkedid"]) == ("Newchannel", "c1.1")


class TestReconcile:
    def test_it_comes_first_and_again_after_each_reconnection(
        self, agent: AgentProcess, odoo: FakeOdoo, asterisk: FakeAsterisk
    ) -> None:
        assert odoo.wait_for(lambda: "Reconcile" in odoo.names())
        first = odoo.applied[0]
        assert (first["row"], first["event"]["Event"]) == (0, "Reconcile")
        assert first["event"]["Channels"] == []
        assert first["event"]["Reason"] in {"ami_connected", "fully_booted"}
        count = odoo.names().count("Reconcile")
        asterisk.cut()
        assert odoo.wait_for(lambda: odoo.names().count("Reconcile") > count)

    def test_no_list_no_reconcile(
        self, odoo: FakeOdoo, asterisk: FakeAsterisk, environ: dict[str, str], tmp_path: Path
    ) -> None:
        asterisk.handlers["coreshowchannels"] = lambda connection, action: connection.reply(
            action, "Error", ("Message", "Permission denied")
        )
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_for_line("Asterisk refused CoreShowChannels: Permission denied")
            say_calls(asterisk, 1)
            assert_whole(odoo, 1)
        assert "Reconcile" not in odoo.names()


class TestForeignMessages:
    def test_what_is_no_message_of_ours_is_parked_and_stops_nothing(
        self,
        amqp_uri: str,
        agent: AgentProcess,
        odoo: FakeOdoo,
        asterisk: FakeAsterisk,
        environ: dict[str, str],
    ) -> None:
        names = broker.Names(environ["AGENT_NAME"])
        with broker.connection(amqp_uri) as conn:
            channel = conn.channel()
            for body in ("{", "[]", '{"Event": 1}'):
                channel.basic_publish(amqp.Message(body), names.exchange, "Hangup")
        say_calls(asterisk, 1)
        assert_whole(odoo, 1)
        wait_until(lambda: queued(amqp_uri, environ, "parked_queue") == 3, "three parked", WAIT_S)
        assert odoo.wait_for(lambda: odoo.parked and odoo.parked[-1]["count"] == 3)
        wait_until(lambda: queued(amqp_uri, environ) == 0, "an empty queue", WAIT_S)
