"""The agent as a process of its own, with nothing but its environment."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.net import free_port
from lab.process import waited_s

from fakes.asterisk import FakeConnection

AMI_SECRET = "fake-ami-secret-7"
SOURCE = Path(__file__).resolve().parents[2] / "src"


def settings_for(*, odoo_url: str, ami_port: int, amqp_uri: str, **changes: str) -> dict[str, str]:
    """Return the environment of an agent that talks to the fakes."""
    return {
        "ODOO_URL": odoo_url,
        "ODOO_DB": "company",
        "ODOO_USER": "agent@example.com",
        "ODOO_PASSWORD": "fake-odoo-password-7",
        "ODOO_TIMEOUT": "20",
        "ASTERISK_AMI_HOST": "127.0.0.1",
        "ASTERISK_AMI_PORT": str(ami_port),
        "ASTERISK_AMI_USER": "agent",
        "ASTERISK_AMI_PASSWORD": AMI_SECRET,
        "AMQP_URI": amqp_uri,
        "RPC_PORT": str(free_port()),
        **changes,
    }


#: Some of Asterisk 22's actions and their classes (ListCommands of an account with all of them).
PRIVILEGES = {
    "Originate": "originate,all",
    "Hangup": "system,call,all",
    "Redirect": "call,all",
    "CoreShowChannels": "system,reporting,all",
    "QueuePause": "agent,all",
    "LoggerRotate": "reporting,all",
    "Command": "command,all",
    "Ping": "<none>",
}


def list_commands(connection: FakeConnection, action: dict[str, str]) -> None:
    """Answer ListCommands with what the account may do (manager.c: action_listcommands)."""
    assert connection.account is not None
    allowed = [
        (name, f"words  (Priv: {classes})")
        for name, classes in PRIVILEGES.items()
        if classes == "<none>" or connection.account.write & set(classes.split(","))
    ]
    connection.reply(action, "Success", *allowed)


class AgentProcess:
    """`asterisk-agent <arguments>`; a context manager that ends it."""

    def __init__(self, environ: Mapping[str, str], folder: Path, *arguments: str) -> None:
        self.environ = dict(environ)
        self.log = folder / "agent.log"
        self._arguments = arguments or ("run",)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "asterisk_agent", *self._arguments],
                env={
                    "PYTHONUNBUFFERED": "1",
                    "PYTHONPATH": str(SOURCE),
                    "STATE_DIRECTORY": str(self.log.parent / "state"),
                    **self.environ,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(30)

    @property
    def text(self) -> str:
        """Return what it printed."""
        return self.log.read_text()

    @property
    def pid(self) -> int:
        """Return its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def kept_waiting_s(self) -> float:
        """Tell how long its first thread wanted a processor and got none (proc(5): schedstat)."""
        return waited_s(Path(f"/proc/{self.pid}/task/{self.pid}"))

    @property
    def rpc_url(self) -> str:
        """Return where Odoo reaches it."""
        return f"http://127.0.0.1:{self.environ['RPC_PORT']}/rpc/"

    def wait_for_line(self, words: str, *, times: int = 1, timeout_s: float = 60.0) -> None:
        """Wait until the log holds words so many times; fail when the process ends before."""
        deadline = time.monotonic() + timeout_s
        while self.text.count(words) < times:
            assert self._process is not None
            assert self._process.poll() is None, self.text
            assert time.monotonic() < deadline, f"no {words!r} in:\n{self.text}"
            time.sleep(0.02)

    def wait_ready(self) -> None:
        """Wait until everything is connected."""
        self.wait_for_line("ready: Asterisk")

    def end(self, timeout_s: float = 60.0) -> int:
        """Wait for its end; return its status."""
        assert self._process is not None
        return self._process.wait(timeout_s)

    def stop(self, number: int = signal.SIGTERM, timeout_s: float = 60.0) -> int:
        """Send a signal, wait for the end, return the status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self.end(timeout_s)

    def kill(self) -> None:
        """End it without grace."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)
