"""Time as a thing that is handed in, so that tests need not wait."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the agent asks of time. All values are seconds."""

    def time(self) -> float:
        """Tell the Unix time; it may jump when somebody sets the machine's clock."""

    def monotonic(self) -> float:
        """Tell a time that never goes back; only differences mean something."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock. Looks the functions up late, so that eventlet's patches count."""

    def time(self) -> float:
        """Tell the Unix time."""
        return time.time()

    def monotonic(self) -> float:
        """Tell the monotonic time."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
