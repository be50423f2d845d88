"""The agent with a real RabbitMQ, between strict fakes of Asterisk and Odoo."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.stream import TOP

sys.path.append(str(TOP / "tests"))

from fakes.agent_process import (
    AMI_SECRET,
    AgentProcess,
    list_commands,
    settings_for,
)
from fakes.asterisk import FakeAccount, FakeAsterisk
from fakes.odoo import FakeOdoo


def _no_channels(connection: object, action: dict[str, str]) -> None:
    connection.reply_list(  # type: ignore[attr-defined]
        action, [], "CoreShowChannelsComplete", "Channels will follow"
    )


@contextmanager
def agent(uri: str, folder: Path) -> Iterator[tuple[AgentProcess, FakeOdoo]]:
    """Give an agent that is ready, and the Odoo that it knows."""
    accounts = {"agent": FakeAccount(AMI_SECRET, write=frozenset({"call", "reporting"}))}
    handlers = {"coreshowchannels": _no_channels, "listcommands": list_commands}
    with FakeOdoo() as odoo, FakeAsterisk(accounts=accounts, handlers=handlers) as asterisk:
        environ = settings_for(odoo_url=odoo.url, ami_port=asterisk.port, amqp_uri=uri)
        with AgentProcess(environ, folder) as process:
            process.wait_ready()
            yield process, odoo
            process.stop()
