"""Spans of talk: when a leg was in one bridge with another leg."""

from __future__ import annotations

import math
from typing import Dict, Iterable, List, Sequence, Tuple

from .leg import Leg

Span = Tuple[float, float]


def talk_spans(legs: Sequence[Leg]) -> Dict[str, List[Span]]:
    """Return, per Uniqueid, when the leg was bridged with another one. A stay that lasts ends with the newest word of
    any leg.
    """
    now = max((max(leg.seen, leg.left_at) for leg in legs), default=0)
    stays = [
        (leg.uniqueid, stay.bridge, max(stay.entered, _there_since(leg)), now if stay.left is None else stay.left)
        for leg in legs
        for stay in leg.stays
    ]
    spans: Dict[str, List[Span]] = {leg.uniqueid: [] for leg in legs}
    for uniqueid, bridge, entered, left in stays:
        for other, other_bridge, other_entered, other_left in stays:
            start, end = max(entered, other_entered), min(left, other_left)
            if other != uniqueid and other_bridge == bridge and start <= end:
                spans[uniqueid].append((start, end))
    return {uniqueid: union(found) for uniqueid, found in spans.items()}


def _there_since(leg: Leg) -> float:
    """Local/ is put into a bridge while what is behind it still rings (a transfer): it counts from when it is up."""
    return 0 if leg.is_person else leg.up or math.inf


def union(spans: Iterable[Span]) -> List[Span]:
    """Return the same time as spans that are in order and do not overlap."""
    merged: List[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def clipped(spans: Iterable[Span], start: float) -> List[Span]:
    """Return what of the spans lies at or after `start`."""
    return [(max(start, begin), end) for begin, end in spans if end >= start]


def length(spans: Iterable[Span]) -> float:
    """Return the seconds in spans that do not overlap."""
    return sum(end - start for start, end in spans)
