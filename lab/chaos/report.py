"""The counts of a run: one JSON object, and the exit status."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.chaos.verdict import Finding

KINDS = ("lost", "duplicated", "stuck_active", "wrong_status", "wrong_times")


@dataclass
class Report:
    """What came out of a run."""

    seed: int
    minutes: float
    calls: int = 0
    answered: int = 0
    reconciled: int = 0  # closed by reconciliation, as it is allowed
    unheard: int = 0  # nobody heard Asterisk from their beginning to their end
    deaf_s: float = 0.0  # how long nobody heard Asterisk
    parked: int = 0
    recordings_made: int = 0
    recordings_lost: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    problems: Sequence[str] = ()

    @property
    def bad(self) -> bool:
        """Tell whether anything is wrong."""
        wrong = self.findings or self.problems or self.parked or self.recordings_lost
        return bool(wrong) or not self.calls

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        counts = Counter(one.kind for one in self.findings)
        return {
            "calls": self.calls,
            **{kind: counts[kind] for kind in KINDS},
            "answered": self.answered,
            "reconciled": self.reconciled,
            "unheard": self.unheard,
            "deaf_s": round(self.deaf_s),
            "parked": self.parked,
            "recordings_made": self.recordings_made,
            "recordings_lost": self.recordings_lost,
            "problems": len(self.problems),
            "faults": self.faults,
            "seed": self.seed,
            "minutes": self.minutes,
        }
