"""The agent, as a subprocess with nothing but its environment."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.component import Component
from lab.net import HOST, listens
from lab.paths import CHECKOUT

READY = b" asterisk_agent.ready: ready: "


class Agent(Component):
    """`asterisk-agent run` with the settings given; ready when it says so in its log."""

    name = "agent"
    stop_s = 20.0

    def __init__(
        self, folder: Path, settings: Mapping[str, str], rpc_port: int | None = None
    ) -> None:
        """Take a run folder, environment settings, and the port on which Odoo (or a proxy) reaches
        it.
        """
        super().__init__(folder)
        self.rpc_port = rpc_port or self.take_port()
        own = {"RPC_HOST": HOST, "RPC_PORT": str(self.rpc_port), "TZ": "UTC", "LOG_LEVEL": "DEBUG"}
        self.settings = own | dict(settings)
        self._log_begin = 0

    def addresses(self) -> dict[str, str]:
        return {"rpc": f"http://{HOST}:{self.rpc_port}/rpc/"}

    def command(self) -> Sequence[str]:
        return [*program(), "run"]

    def environment(self) -> dict[str, str]:
        # Nothing of the person's own environment may set the agent up.
        own = {
            "PYTHONUNBUFFERED": "1",
            "HOME": str(self.folder),
            "PYTHONPATH": str(CHECKOUT / "src"),
            "STATE_DIRECTORY": str(self.folder / "state"),
        }
        return own | self.settings

    def launch(self) -> None:
        # The log of an earlier start must not answer for this one.
        self._log_begin = self.log.stat().st_size if self.log.is_file() else 0
        super().launch()

    def is_ready(self) -> bool:
        """Tell whether the agent said so: Asterisk, RabbitMQ and Odoo are reached."""
        with self.log.open("rb") as log:
            log.seek(self._log_begin)
            return READY in log.read() and listens(self.rpc_port)

    def call(self, *arguments: str, timeout_s: float = 120) -> tuple[int, str]:
        """Run another of its commands with the same settings (`check`, `config show`); return
        status and output.
        """
        self.make_folder()
        return self.run([*program(), *arguments], timeout_s)


def program() -> list[str]:
    """Return the command `asterisk-agent` of this checkout: ASTERISK_AGENT names another one."""
    named = os.environ.get("ASTERISK_AGENT")
    return [named] if named else [sys.executable, "-m", "asterisk_agent"]
