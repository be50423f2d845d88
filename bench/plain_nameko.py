"""The straightforward Nameko of ``bench.nameko_edge``, running."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.net import free_port, give_back, listens
from lab.process import wait_until


@dataclass(frozen=True)
class Nameko:
    """Its process, and where it listens."""

    pid: int
    port: int


@contextmanager
def nameko(uri: str, token: str) -> Iterator[Nameko]:
    """Give it, ready, and end it."""
    port = free_port()
    # By name: who imports it has eventlet's sockets.
    command = [sys.executable, "-W", "ignore", "-m", "bench.nameko_edge", uri, str(port), token]
    process = subprocess.Popen(command)
    try:
        wait_until(lambda: listens(port), "nameko's services", 30)
        yield Nameko(process.pid, port)
    finally:
        process.terminate()
        process.wait(20)
        give_back(port)
