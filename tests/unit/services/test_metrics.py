"""Numbers that stand for something, told to whoever asks rightly, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from asterisk_agent.core.config import load_settings
from asterisk_agent.core.settings import Settings
from asterisk_agent.firewall.source import parse_network
from asterisk_agent.rpc.endpoint import HttpReply, HttpRequest
from asterisk_agent.services.metrics import METRICS
from asterisk_agent.services.operations import Operations
from asterisk_agent.services.readiness import PARTS
from asterisk_agent.services.runtime import Runtime
from fakes.agent_process import settings_for


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        settings_for(
            odoo_url="http://127.0.0.1:9",
            ami_port=9,
            amqp_uri="pyamqp://agent:fake-broker-password@127.0.0.1:9",
            STATE_DIRECTORY=str(tmp_path),
            EVENT_SPOOL="0",
        )
    )


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    """Give an agent's parts, none of them started."""
    return Runtime(settings, on_fatal=pytest.fail)


def ask(operations: Operations, path: str, method: str = "GET") -> HttpReply:
    return operations.handle(HttpRequest(method, path, "127.0.0.1", "", "", "", lambda _: b""))


def samples(reply: HttpReply) -> dict[str, float]:
    families = text_string_to_metric_families(reply.body.decode())
    return {
        "|".join((sample.name, *sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_metric_without_labels_has_a_value_at_once(runtime: Runtime) -> None:
    found = samples(ask(Operations(runtime), "/metrics"))
    missing = [row.shown for row in METRICS if not row.labels and row.shown not in found]
    assert missing == []
    assert {f"asterisk_agent_up|{part}" for part in PARTS} <= set(found)


def test_events_are_counted_from_asterisk_to_the_brokers_confirm(runtime: Runtime) -> None:
    operations, backlog = Operations(runtime), runtime.backlog
    for _ in range(3):
        backlog.put({"Event": "Hangup"}, [[1, 0.0, True]])
    for tag in (1, 2):
        backlog.send_next(tag)
    backlog.confirm(2, multiple=True)
    backlog.confirm(2, multiple=True)
    found = samples(ask(operations, "/metrics"))
    assert found["asterisk_agent_events_wanted_total"] == 3
    assert found["asterisk_agent_events_published_total"] == 2
    assert found["asterisk_agent_backlog_events"] == 1


def test_what_waits_on_disk_and_what_has_no_room_are_counted(settings: Settings) -> None:
    runtime = Runtime(settings.model_copy(update={"event_backlog": 1}), on_fatal=pytest.fail)
    operations, backlog = Operations(runtime), runtime.backlog
    assert backlog.put({"Event": "Hangup"}, [[1, 0.0, True]])
    assert not backlog.put({"Event": "Hangup"}, [[1, 0.0, True]])
    # As the spooler tells it.
    backlog.disk_bytes = 700
    found = samples(ask(operations, "/metrics"))
    assert found["asterisk_agent_events_lost_total"] == 1
    assert found["asterisk_agent_backlog_disk_bytes"] == 700


def test_a_part_that_comes_again_is_a_reconnection(runtime: Runtime) -> None:
    operations = Operations(runtime)
    for up in (True, True, False, True):
        runtime.readiness.tell("asterisk", up=up)
    found = samples(ask(operations, "/metrics"))
    assert found["asterisk_agent_connections_total|asterisk"] == 2
    assert found["asterisk_agent_up|asterisk"] == 1


def test_ready_only_when_all_parts_are_there_and_none_is_stopping(runtime: Runtime) -> None:
    operations = Operations(runtime)
    for part in PARTS:
        reply = ask(operations, "/readyz")
        assert reply.status == 503
        assert part in json.loads(reply.body)["missing"]
        runtime.readiness.tell(part, up=True)
    assert ask(operations, "/readyz").status == 200
    runtime.readiness.stopping = True
    assert ask(operations, "/readyz").status == 503
    assert ask(operations, "/healthz").status == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 404),
        ("/rpc/", "POST", 404),
        ("/metrics/../rpc/", "GET", 404),
        ("/metrics", "POST", 405),
        ("/metrics", "HEAD", 200),
    ],
)
def test_nothing_else_is_answered(runtime: Runtime, path: str, method: str, status: int) -> None:
    assert ask(Operations(runtime), path, method).status == status


def test_no_secret_is_told(runtime: Runtime, settings: Settings) -> None:
    operations = Operations(runtime)
    text = b"".join(ask(operations, path).body for path in ("/metrics", "/healthz", "/readyz"))
    assert [secret for secret in settings.secrets() if secret.encode() in text] == []
    assert runtime.token.value.encode() not in text


def test_bans_are_counted(settings: Settings) -> None:
    guarded = {"asterisk_security_enabled": True, "security_observe_only": True}
    runtime = Runtime(settings.model_copy(update=guarded), on_fatal=pytest.fail)
    assert runtime.security is not None
    runtime.security.reactor.ban(parse_network("192.0.2.66"), "a test")
    found = samples(ask(Operations(runtime), "/metrics"))
    assert found["asterisk_agent_bans"] == 1
    assert found["asterisk_agent_security_facts_total|banned"] == 1
