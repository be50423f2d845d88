"""Spans of time in which something was so, and what lies in them. Times are Unix seconds."""

from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[float, float]


@dataclass(frozen=True)
class Windows:
    """Spans that do not overlap, oldest first."""

    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[Span], gap_s: float = 0.0) -> "Windows":
        """Return the spans joined where they overlap, or are at most `gap_s` apart."""
        joined: list[Span] = []
        for begin, end in sorted(spans):
            if joined and begin - joined[-1][1] <= gap_s:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((begin, end))
        return cls(tuple(joined))

    @classmethod
    def between(cls, seen: Iterable[Span], begin: float, end: float) -> "Windows":
        """Return what of `begin` to `end` is in none of the spans `seen`."""
        missing, at = [], begin
        for first, last in cls.of(seen).spans:
            if first > at:
                missing.append((at, min(first, end)))
            at = max(at, last)
        if at < end:
            missing.append((at, end))
        return cls.of(missing)

    def widened(self, before_s: float, after_s: float, gap_s: float = 0.0) -> "Windows":
        """Return them a little longer, joined where less than `gap_s` is left between."""
        return Windows.of(((a - before_s, b + after_s) for a, b in self.spans), gap_s)

    def at(self, moment: float) -> Span | None:
        """Return the span that a moment lies in."""
        return next((span for span in self.spans if span[0] <= moment <= span[1]), None)

    def touch(self, begin: float, end: float) -> bool:
        """Tell whether one of them has a moment of `begin` to `end`."""
        return any(a <= end and begin <= b for a, b in self.spans)

    def cover(self, begin: float, end: float) -> bool:
        """Tell whether all of `begin` to `end` lies in one of them."""
        return any(a <= begin and end <= b for a, b in self.spans)

    def total_s(self) -> float:
        """Return their length together."""
        return sum(end - begin for begin, end in self.spans)
