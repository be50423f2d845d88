"""How the agent copes, in numbers: in the log, and in a file for ``asterisk-agent check``."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.state_folder import write_private

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
WRITE_EVERY_S = 2.0
LOG_EVERY_S = 60.0
MINUTE = round(LOG_EVERY_S / WRITE_EVERY_S)
#: Asterisk cuts who is farther behind than its ``writetimeout``, once its buffers are full.
TOO_FAR_S = 1.0
NAMES = ("peak_lag_s", "lag_s", "waiting", "on_disk", "overflowed", "memory_mb")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Load:
    """One picture. ``lag_s`` is the worst of the time since the last one."""

    lag_s: float
    events: int
    skipped: int
    waiting: int
    on_disk: int
    disk_bytes: int
    overflowed: int
    unended: int
    memory_mb: int

    def __str__(self) -> str:
        """Write it as the log has it."""
        return (
            f"reader {self.lag_s:.2f} s behind; {self.events} events wanted, {self.skipped} skipped"
            f"; {self.waiting} wait for RabbitMQ, {self.on_disk} of them on disk "
            f"({self.disk_bytes} bytes), {self.overflowed} lost; {self.unended} items wait for "
            f"Odoo here; {self.memory_mb} MB"
        )


class Lag:
    """How far the reader is behind, told by Asterisk's own time stamps and by our own threads.

    The clocks may differ: the least difference that was ever seen counts as none.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s: float | None = None
        self._worst_s = 0.0
        self.peak_s = 0.0

    def saw(self, event: Mapping[str, Any]) -> None:
        """Look at an event that was read just now."""
        if "Timestamp" not in event:
            return
        difference_s = self._clock.time() - float(event["EventTime"])
        if self._offset_s is None or difference_s < self._offset_s:
            self._offset_s = difference_s
        self.late(difference_s - self._offset_s)

    def late(self, seconds: float) -> None:
        """Note that something was so late."""
        self._worst_s = max(self._worst_s, seconds)
        self.peak_s = max(self.peak_s, seconds)

    def taken(self) -> float:
        """Tell the worst since the last time, and begin anew."""
        worst, self._worst_s = self._worst_s, 0.0
        return worst


class Health:
    """Looks, logs and writes for as long as ``run`` runs."""

    def __init__(
        self, clock: Clock, lag: Lag, look: Callable[[float], Load], path: Path | None
    ) -> None:
        self._clock = clock
        self._lag = lag
        self._look = look
        self._path = path
        self._stopping = threading.Event()
        self._minute: list[Load] = []

    @property
    def worst_lag_s(self) -> float:
        """Tell the worst lag of the last minute."""
        return max((load.lag_s for load in self._minute), default=0.0)

    def run(self) -> None:
        """Look until ``stop``."""
        written = logged = self._clock.monotonic()
        while not self._stopping.is_set():
            before = self._clock.monotonic()
            self._stopping.wait(LOOK_EVERY_S)
            now = self._clock.monotonic()
            if not self._stopping.is_set():
                self._lag.late(now - before - LOOK_EVERY_S)
            if now - written >= WRITE_EVERY_S:
                written = now
                self._take()
            if now - logged >= LOG_EVERY_S:
                logged = now
                self._tell()

    def stop(self) -> None:
        """Ask ``run`` to return."""
        self._stopping.set()

    def _take(self) -> None:
        load = self._look(self._lag.taken())
        if load.lag_s >= TOO_FAR_S and all(one.lag_s < TOO_FAR_S for one in self._minute):
            _log.warning("load: %s", load)
        self._minute = [*self._minute, load][-MINUTE:]
        if self._path is None:
            return
        content = {"at": self._clock.time(), "peak_lag_s": self._lag.peak_s, **asdict(load)}
        try:
            write_private(self._path, json.dumps(content))
        except OSError as exc:
            _log.debug("the load could not be written: %s", exc.strerror)

    def _tell(self) -> None:
        minute = self._minute
        if minute and (len({one.events for one in minute}) > 1 or minute[-1].waiting):
            worst = max(minute, key=lambda load: load.lag_s)
            _log.info("load: %s (worst lag of the minute: %.2f s)", minute[-1], worst.lag_s)


def memory_mb() -> int:
    """Tell how much memory the process holds (RSS), in MB."""
    with Path("/proc/self/statm").open() as statm:
        return int(statm.read().split()[1]) * _PAGE // 1_000_000


def read_status(path: Path, now: float, max_age_s: float = 30.0) -> Mapping[str, Any] | None:
    """Return what a running agent wrote last, all of it numbers; None when none did lately."""
    try:
        content = json.loads(path.read_text())
        numbers = {name: float(content[name]) for name in ("at", *NAMES)}
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return content if abs(now - numbers["at"]) <= max_age_s else None
