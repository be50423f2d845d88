"""A clock that only moves when it is told to, or when somebody sleeps on it."""

from __future__ import annotations


class FakeClock:
    """``Clock`` for tests: sleeping takes no time."""

    def __init__(self, now: float = 1_795_393_664.25) -> None:
        self.now = now
        self.slept: list[float] = []

    def time(self) -> float:
        """Tell the time."""
        return self.now

    def monotonic(self) -> float:
        """Tell the same time: nobody sets this clock back."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.slept.append(seconds)
        self.now += seconds
