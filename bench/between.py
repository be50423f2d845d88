"""The agent with a real RabbitMQ, between strict fakes of Asterisk and Odoo."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

NAME = "bench"


@dataclass(frozen=True)
class Between:
    """The agent, and who stands on both sides of it."""

    process: AgentProcess
    odoo: FakeOdoo
    asterisk: FakeAsterisk

    def status(self) -> dict[str, Any]:
        """Return what the agent last wrote of itself, nothing before it has."""
        path = self.process.log.parent / "state" / f"agent-{NAME}" / "status.json"
        return json.loads(path.read_text()) if path.is_file() else {}  # type: ignore[no-any-return]


def _no_channels(connection: object, action: dict[str, str]) -> None:
    connection.reply_list(  # type: ignore[attr-defined]
        action, [], "CoreShowChannelsComplete", "Channels will follow"
    )


def fake_asterisk() -> FakeAsterisk:
    """Return an Asterisk without channels, with an account for the agent."""
    accounts = {"agent": FakeAccount(AMI_SECRET, write=frozenset({"call", "reporting"}))}
    handlers = {"coreshowchannels": _no_channels, "listcommands": list_commands}
    return FakeAsterisk(accounts=accounts, handlers=handlers)


@contextmanager
def agent(
    uri: str, folder: Path, rows: Sequence[dict[str, object]] | None = None
) -> Iterator[Between]:
    """Give an agent that is ready, and has told Odoo of Asterisk's channels."""
    with FakeOdoo() as odoo, fake_asterisk() as asterisk:
        if rows is not None:
            odoo.rows = list(rows)
        # As asterisk/manager.conf has it.
        asterisk.write_timeout_s = 5.0
        environ = settings_for(
            odoo_url=odoo.url, ami_port=asterisk.port, amqp_uri=uri, AGENT_NAME=NAME
        )
        with AgentProcess(environ, folder) as process:
            process.wait_ready()
            if not odoo.wait_for(lambda: "Reconcile" in odoo.names(), 30):
                raise TimeoutError("the agent tells nothing of Asterisk's channels")
            yield Between(process, odoo, asterisk)
            process.stop()
