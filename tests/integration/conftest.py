"""What several integration tests share: a real RabbitMQ, and an agent between strict fakes."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk_agent.calls.later import WAITS_S
from asterisk_agent.services import broker
from fakes.agent_process import AMI_SECRET, AgentProcess, list_commands, settings_for
from fakes.asterisk import FakeAccount, FakeAsterisk
from fakes.odoo import FakeOdoo


@pytest.fixture(scope="session")
def amqp_uri() -> Iterator[str]:
    """Give a real RabbitMQ: AMQP_URI if it is set, else the lab's."""
    if found := os.environ.get("AMQP_URI"):
        yield found
        return
    from lab.rabbitmq import RabbitMQ
    from lab.stack import Lab

    with Lab() as lab:
        yield lab.start(RabbitMQ(lab.folder / "rabbitmq")).uri


@pytest.fixture
def odoo() -> Iterator[FakeOdoo]:
    """Give a strict Odoo; every breach of the contract fails the test."""
    with FakeOdoo() as fake:
        yield fake
        assert not fake.violations


@pytest.fixture
def asterisk() -> Iterator[FakeAsterisk]:
    """Give a strict Asterisk without channels."""

    def no_channels(connection: object, action: dict[str, str]) -> None:
        connection.reply_list(  # type: ignore[attr-defined]
            action, [], "CoreShowChannelsComplete", "Channels will follow"
        )

    rights = frozenset({"call", "originate", "reporting"})
    accounts = {"agent": FakeAccount(AMI_SECRET, write=rights)}
    handlers = {"coreshowchannels": no_channels, "listcommands": list_commands}
    with FakeAsterisk(accounts=accounts, handlers=handlers) as fake:
        yield fake


@pytest.fixture
def environ(amqp_uri: str, odoo: FakeOdoo, asterisk: FakeAsterisk) -> Iterator[dict[str, str]]:
    """Give the environment of an agent with queues of its own, and leave none behind."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    yield settings_for(
        odoo_url=odoo.url, ami_port=asterisk.port, amqp_uri=amqp_uri, AGENT_NAME=name
    )
    names = broker.Names(name)
    with broker.connection(amqp_uri) as conn:
        channel = conn.channel()
        channel.queue_delete(names.forward_queue)
        channel.queue_delete(names.parked_queue)
        for service in ("asterisk", "test"):
            channel.queue_delete(f"rpc-{names.service(service)}")
        for wait_s in WAITS_S:
            channel.queue_delete(names.later_queue(wait_s))
        channel.exchange_delete(names.exchange)


@pytest.fixture
def agent(environ: dict[str, str], tmp_path: Path) -> Iterator[AgentProcess]:
    """Give an agent that is ready; no traceback may stand in its log at the end."""
    with AgentProcess(environ, tmp_path) as process:
        process.wait_ready()
        yield process
    assert "Traceback" not in process.text
