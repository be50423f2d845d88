"""RabbitMQ stopped, and killed, in the middle of a storm: nothing is lost, nothing comes twice. A
cluster that loses the node which leads.
"""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asterisk_agent.ami.narrowing import CLASS_OF
from asterisk_agent.services import broker
from fakes.agent_process import AgentProcess, settings_for
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo

if TYPE_CHECKING:
    from lab.rabbitmq import RabbitMQ
    from lab.rabbitmq_cluster import RabbitCluster

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(
        "AMQP_URI" in os.environ, reason="the RabbitMQ of AMQP_URI is not ours to stop"
    ),
]
CALLS = 400
NAMES = ("Newchannel", "VarSet", "Hangup")


@pytest.fixture
def rabbitmq() -> Iterator[RabbitMQ]:
    from lab.rabbitmq import RabbitMQ
    from lab.stack import Lab

    with Lab() as lab:
        yield lab.start(RabbitMQ(lab.folder / "rabbitmq"))


@pytest.fixture
def cluster() -> Iterator[RabbitCluster]:
    from lab.rabbitmq_cluster import RabbitCluster
    from lab.stack import Lab

    with Lab() as lab:
        yield RabbitCluster(lab)


@pytest.fixture
def environ(odoo: FakeOdoo, asterisk: FakeAsterisk) -> dict[str, str]:
    """Give the environment of an agent with queues of its own, RabbitMQ's address apart."""
    asterisk.write_timeout_s = 10.0
    odoo.rows = [
        {"id": i, "source": "AMI", "name": name, "model": "m", "method": "x", "delay": 0.0,
         "keep_order": True, "condition": ""}
        for i, name in enumerate(NAMES, start=1)
    ]  # fmt: skip
    name = f"test-{uuid.uuid4().hex[:8]}"
    return settings_for(odoo_url=odoo.url, ami_port=asterisk.port, amqp_uri="", AGENT_NAME=name)


def storm(asterisk: FakeAsterisk, begun: threading.Event, away: threading.Event) -> None:
    """Say CALLS calls; `begun` is set when an eighth of them was said, and the second half waits
    until the broker is `away`.
    """
    for call in range(CALLS):
        if call == CALLS // 2:
            away.wait(60)
        for name in NAMES:
            leg = ("Uniqueid", f"{call}.1")
            asterisk.emit(name, CLASS_OF[name], leg, ("Linkedid", f"{call}.1"))
        if call == CALLS // 8:
            begun.set()


@contextmanager
def in_mid_storm(asterisk: FakeAsterisk) -> Iterator[threading.Event]:
    """Do something while the storm goes on, set what is given when the broker is away, and let the
    storm end.
    """
    asterisk.wait_heard()
    begun, away = threading.Event(), threading.Event()
    talker = threading.Thread(target=storm, args=(asterisk, begun, away))
    talker.start()
    assert begun.wait(60)
    try:
        yield away
    finally:
        away.set()
        talker.join(60)
    assert not talker.is_alive()


def assert_once_and_in_order(odoo: FakeOdoo) -> None:
    told: dict[str, list[str]] = {}
    for item in odoo.applied:
        if item["row"]:
            told.setdefault(item["event"]["Linkedid"], []).append(item["event"]["Event"])
    assert told == {f"{c}.1": list(NAMES) for c in range(CALLS)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_everything_arrives_once_and_in_order(
    number: signal.Signals,
    rabbitmq: RabbitMQ,
    odoo: FakeOdoo,
    asterisk: FakeAsterisk,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    with AgentProcess(environ | {"AMQP_URI": rabbitmq.uri}, tmp_path) as agent:
        agent.wait_ready()
        with in_mid_storm(asterisk) as away:
            rabbitmq.stop_signal = number
            rabbitmq.stop()
            away.set()
            agent.wait_for_line("events wait")
            rabbitmq.start()
        assert odoo.wait_for(lambda: odoo.names().count("Hangup") == CALLS, 120), len(odoo.applied)
        assert agent.stop() == 0
    assert_once_and_in_order(odoo)
    assert "Traceback" not in agent.text
    assert "events are lost" not in agent.text


def test_a_cluster_loses_the_node_that_leads_and_forwarders_take_turns(
    cluster: RabbitCluster,
    odoo: FakeOdoo,
    asterisk: FakeAsterisk,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    environ |= {"AMQP_URI": cluster.uri, "AMQP_QUEUES": "quorum"}
    queue = broker.Names(environ["AGENT_NAME"]).forward_queue
    folder = tmp_path / "second"
    folder.mkdir()
    with (
        AgentProcess(environ, tmp_path) as agent,
        AgentProcess(environ, folder, "forward") as second,
    ):
        agent.wait_ready()
        second.wait_for_line("ready: forwarder of")
        leader = cluster.leader(queue)
        # It is also the node that the agent talks to, the first of AMQP_URI.
        assert leader is cluster.nodes[0]
        with in_mid_storm(asterisk):
            leader.kill()
        assert odoo.wait_for(lambda: odoo.names().count("Hangup") == CALLS, 120), len(odoo.applied)
        assert cluster.leader(queue) is not leader
        assert agent.stop() == 0
        assert second.stop() == 0
    assert_once_and_in_order(odoo)
    for process in (agent, second):
        assert "Traceback" not in process.text
        assert "events are lost" not in process.text
