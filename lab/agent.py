"""The agent, as a subprocess with nothing but its environment."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.component import Component
from lab.errors import LabError
from lab.net import HOST, free_port, listens


class Agent(Component):
    """`asterisk-agent run` with the settings given; ready when its RPC port listens."""

    name = "agent"
    ready_s = 40.0
    stop_s = 20.0

    def __init__(
        self, folder: Path, settings: Mapping[str, str], rpc_port: int | None = None
    ) -> None:
        """Take a run folder, environment settings, and the port on which Odoo (or a proxy) reaches
        it.
        """
        super().__init__(folder)
        self.rpc_port = rpc_port or free_port()
        own = {"RPC_HOST": HOST, "RPC_PORT": str(self.rpc_port), "TZ": "UTC", "LOG_LEVEL": "DEBUG"}
        self.settings = own | dict(settings)

    def addresses(self) -> dict[str, str]:
        return {"rpc": f"http://{HOST}:{self.rpc_port}/rpc/"}

    def command(self) -> Sequence[str]:
        return [program(), "run"]

    def environment(self) -> dict[str, str]:
        # Nothing of the person's own environment may set the agent up.
        return {"PYTHONUNBUFFERED": "1", "HOME": str(self.folder), **self.settings}

    def is_ready(self) -> bool:
        return listens(self.rpc_port)

    def call(self, *arguments: str, timeout_s: float = 60) -> tuple[int, str]:
        """Run another of its commands with the same settings (`check`, `config show`); return
        status and output.
        """
        self.make_folder()
        return self.run([program(), *arguments], timeout_s)


def program() -> str:
    """Return the path of `asterisk-agent`: ASTERISK_AGENT, or beside the running Python."""
    path = Path(
        os.environ.get("ASTERISK_AGENT") or Path(sys.executable).with_name("asterisk-agent")
    )
    if not path.is_file():
        raise LabError(
            f"{path} is missing", "install the checkout into the Python you use: pip install -e ."
        )
    return str(path)
