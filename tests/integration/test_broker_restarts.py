"""RabbitMQ stopped, and killed, in the middle of a storm: nothing is lost, nothing comes twice."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asterisk_agent.ami.narrowing import CLASS_OF
from fakes.agent_process import AgentProcess, settings_for
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo

if TYPE_CHECKING:
    from lab.rabbitmq import RabbitMQ

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(
        "AMQP_URI" in os.environ, reason="the RabbitMQ of AMQP_URI is not ours to stop"
    ),
]
CALLS = 400


@pytest.fixture
def rabbitmq() -> Iterator[RabbitMQ]:
    from lab.rabbitmq import RabbitMQ
    from lab.stack import Lab

    with Lab() as lab:
        yield lab.start(RabbitMQ(lab.folder / "rabbitmq"))


def storm(asterisk: FakeAsterisk, begun: threading.Event) -> None:
    for call in range(CALLS):
        for name in ("Newchannel", "VarSet", "Hangup"):
            leg = ("Uniqueid", f"{call}.1")
            asterisk.emit(name, CLASS_OF[name], leg, ("Linkedid", f"{call}.1"))
        if call == CALLS // 8:
            begun.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_everything_arrives_once_and_in_order(
    number: signal.Signals,
    rabbitmq: RabbitMQ,
    odoo: FakeOdoo,
    asterisk: FakeAsterisk,
    tmp_path: Path,
) -> None:
    asterisk.write_timeout_s = 10.0
    odoo.rows = [
        {"id": i, "source": "AMI", "name": name, "model": "m", "method": "x", "delay": 0.0,
         "keep_order": True, "condition": ""}
        for i, name in enumerate(("Newchannel", "VarSet", "Hangup"), start=1)
    ]  # fmt: skip
    environ = settings_for(
        odoo_url=odoo.url,
        ami_port=asterisk.port,
        amqp_uri=rabbitmq.uri,
        AGENT_NAME=f"test-{uuid.uuid4().hex[:8]}",
    )
    with AgentProcess(environ, tmp_path) as agent:
        agent.wait_ready()
        begun = threading.Event()
        talker = threading.Thread(target=storm, args=(asterisk, begun))
        talker.start()
        assert begun.wait(20)
        rabbitmq.stop_signal = number
        rabbitmq.stop()
        agent.wait_for_line("events wait")
        rabbitmq.start()
        talker.join(30)
        assert odoo.wait_for(lambda: odoo.names().count("Hangup") == CALLS, 60), len(odoo.applied)
        assert agent.stop() == 0
    told: dict[str, list[str]] = {}
    for item in odoo.applied:
        if item["row"]:
            told.setdefault(item["event"]["Linkedid"], []).append(item["event"]["Event"])
    assert told == {f"{c}.1": ["Newchannel", "VarSet", "Hangup"] for c in range(CALLS)}
    assert "Traceback" not in agent.text
    assert "events are lost" not in agent.text
