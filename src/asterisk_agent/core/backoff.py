"""How long to wait before the next try."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Capped exponential waiting with jitter.

    ``next_s()`` gives between half and all of ``first_s * factor ** n``, never more than ``cap_s``:
    the half keeps a floor under the wait, the jitter keeps two agents from knocking together.
    """

    first_s: float = 0.5
    cap_s: float = 30.0
    factor: float = 2.0
    random: Callable[[], float] = random.random
    attempts: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.first_s <= 0 or self.cap_s < self.first_s or self.factor < 1:
            raise ValueError("need 0 < first_s <= cap_s and factor >= 1")

    def next_s(self) -> float:
        """Tell how many seconds to wait before the next try, and count that try."""
        # 64 doublings are past any cap; without the bound a week of failures overflows a float.
        ceiling = min(self.cap_s, self.first_s * self.factor ** min(self.attempts, 64))
        self.attempts += 1
        return ceiling * (0.5 + 0.5 * self.random())

    def reset(self) -> None:
        """Begin anew: the last try succeeded."""
        self.attempts = 0
