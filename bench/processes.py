"""What processes hold and do, as the kernel tells (proc(5))."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Idle:
    """A program that has nothing to do: memory, how often it wakes up, open TCP connections."""

    rss_mb: float
    wakeups_per_s: float
    connections: int


def family(pid: int) -> list[int]:
    """Return a process and all that come of it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def look(pid: int, for_s: float) -> Idle:
    """Look at a process, its threads and its children for a while."""
    pids = family(pid)
    began, before = time.monotonic(), sum(map(_switches, pids))
    time.sleep(for_s)
    wakeups = (sum(map(_switches, pids)) - before) / (time.monotonic() - began)
    rss_mb = sum(value(pid, "VmRSS") for pid in pids) / 1024
    return Idle(rss_mb, wakeups, _connections(pids))


def value(pid: int, name: str) -> int:
    """Return a number of a process's status: kB, or how many."""
    return _value(Path(f"/proc/{pid}/status"), name)


def _value(path: Path, name: str) -> int:
    lines = path.read_text().splitlines()
    return int(next((one for one in lines if one.startswith(f"{name}:")), "x 0").split()[1])


def _switches(pid: int) -> int:
    """Return how often its threads waited for something, and were woken."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(_value(thread / "status", "voluntary_ctxt_switches") for thread in threads)


def _connections(pids: Iterable[int]) -> int:
    """Count established TCP connections (state 01) whose sockets these processes hold."""
    held = set()
    for pid in pids:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                held.add(str(file.readlink()))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[3] == "01" and f"socket:[{row[9]}]" in held for row in rows)
