"""What the agent counts for its metrics and nothing else remembers."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts since the start. Keys are fixed words of ours, never a stranger's."""

    #: Requests by function and outcome, and the seconds that they took.
    rpc: Counter[tuple[str, str]] = field(default_factory=Counter)
    rpc_seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    #: Items by what Odoo said of them (docs/reference/agent-odoo.md: deliver).
    items: Counter[str] = field(default_factory=Counter)
    parked: int = 0
    #: Whole requests that failed, by the error's code.
    delivery_failures: Counter[str] = field(default_factory=Counter)
    #: Unix seconds of the last request that Odoo committed; 0: none yet.
    delivered_at: float = 0.0

    def answered(self, function: str, outcome: str, seconds: float) -> None:
        """Note a request of Odoo."""
        self.rpc[function, outcome] += 1
        self.rpc_seconds[function] += seconds
