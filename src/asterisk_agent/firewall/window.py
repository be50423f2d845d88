"""How often something happened of late, per key, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Threshold:
    """fail2ban's words: ``maxretry`` times within ``findtime_s`` seconds is too often."""

    maxretry: int
    findtime_s: float


class Window(Generic[K]):
    """Counts per key. Of keys there are at most ``max_keys``: the one hit least recently makes
    room, so that a flood of made-up addresses costs no memory.
    """

    def __init__(self, threshold: Threshold, max_keys: int = 65_536) -> None:
        self._threshold = threshold
        self._max_keys = max_keys
        self._times: OrderedDict[K, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """Tell how many keys are remembered."""
        return len(self._times)

    def hit(self, key: K, now: float) -> int:
        """Count one, and return how many there were within the time; at most ``maxretry``."""
        times = self._times.setdefault(key, deque(maxlen=self._threshold.maxretry))
        times.append(now)
        self._times.move_to_end(key)
        if len(self._times) > self._max_keys:
            self._times.popitem(last=False)
        return self.count(key, now)

    def count(self, key: K, now: float) -> int:
        """Tell how often it was within the time."""
        since = now - self._threshold.findtime_s
        return sum(at >= since for at in self._times.get(key, ()))

    def full(self, key: K, now: float) -> bool:
        """Tell whether it was too often."""
        return self.count(key, now) >= self._threshold.maxretry

    def forget(self, key: K) -> None:
        """Begin anew for one key."""
        self._times.pop(key, None)
