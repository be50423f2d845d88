"""An ordinary answered call, so many times at once: a recorded one, each with its own ids."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

from asterisk_agent.calls.event_map import EventMap
from bench.stream import TOP, simply_read

#: A known customer's call on Alice's phone: recorded from a real Asterisk 22.
RECORDED = TOP / "tests/data/ami/calls/22/inbound-answered.ami.gz"
#: Between two events of a call; only Asterisk's own times matter to the addon.
PACE_S = 0.1

Event = dict[str, Any]
Item = dict[str, object]


def one_call(mark: str, began: float) -> list[Event]:
    """Return the call's events with ids of its own, as the agent's reader hands them on."""
    stream = gzip.decompress(RECORDED.read_bytes()).partition(b"\r\n")[2]
    events = [_with_ids(event, mark) for event in simply_read(stream)]
    for number, event in enumerate(events):
        event |= {"EventTime": f"{began + number * PACE_S:.6f}", "SystemName": "bench"}
    return events


def _with_ids(event: Event, mark: str) -> Event:
    """Make a channel's, a call's and a bridge's names this call's own."""
    return {
        name: f"{mark}-{value}"
        if value and name.lower().endswith(("uniqueid", "linkedid"))
        else value
        for name, value in event.items()
    }


def items_of(events: list[Event], events_map: EventMap) -> list[Item]:
    """Return what the forwarder delivers of events: those that the map wants, with their rows."""
    return [
        {"row": match.row, "event": event} for event in events for match in events_map.match(event)
    ]


def at_once(mark: str, count: int, events_map: EventMap, began: float) -> list[Item]:
    """Return the items of so many calls that go on side by side."""
    calls = [items_of(one_call(f"{mark}{n}", began), events_map) for n in range(count)]
    return [item for step in zip(*calls, strict=True) for item in step]


def numbered(items: list[Item], boot: str) -> Iterator[Item]:
    """Yield items with the numbers that an agent's start gives them."""
    for seq, item in enumerate(items, start=1):
        yield {**item, "boot": boot, "seq": seq}
