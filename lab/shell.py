"""Commands that take long, their output in a log: run one, or end all that run now."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lab.errors import ProvisionError

ENVIRONMENT = {
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
}
TAIL_LINES = 8
_running: set[int] = set()
_lock = threading.Lock()


def run(
    command: list[str], log: Path, cure: str, environment: Mapping[str, str] | None = None
) -> None:
    """Run a command, output to the log. Raise ProvisionError with the log's end.

    Of the person's environment it sees the proxies only, unless another environment is given.
    """
    with log.open("ab") as out:
        # Started and noted in one step: no command runs that `end_all` doesn't know.
        with _lock:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment or {**_proxies(), **ENVIRONMENT},
                # A group of its own: `end_all` reaches what it starts, too.
                start_new_session=True,
            )
            _running.add(process.pid)
        try:
            # Not reaped yet: its id is nobody else's while it is noted.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        finally:
            with _lock:
                _running.discard(process.pid)
        status = process.wait()
    if status:
        tail = "\n    ".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
        raise ProvisionError(f"failed: {' '.join(command)}\n    {tail}\n  log: {log}", cure)


def end_all() -> None:
    """End the commands that run now; whoever waits for them gets a ProvisionError."""
    with _lock:
        for pid in _running:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGTERM)


def _proxies() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
