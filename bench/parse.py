"""From bytes on loopback to the events that the shipped map wants, its conditions asked."""

from __future__ import annotations

import socket
from collections.abc import Callable

from asterisk_agent.ami.message import Event, FlatEvent
from asterisk_agent.ami.protocol import AMIProtocol
from asterisk_agent.calls.event_map import EventMap
from bench import peers, reading
from bench.rounds import Goal, Result, ratios
from bench.stream import READ_BYTES, asterisk, fifty_calls, map_rows, simply_read

GOALS = {
    **{name: Goal(5) for name in peers.PARSERS},
    "panoramisk": Goal(12),
    reading.RAW: Goal(0.15),
}
_STATUSES = {"DIALSTATUS", "QUEUESTATUS", "VMSTATUS"}


def wanted_events(
    sock: socket.socket, events_map: EventMap, use: Callable[[FlatEvent], None]
) -> None:
    """Read a connection as the agent's reader does, and hand on each event that the map wants."""
    lines, match = events_map.wanted_lines(), events_map.match
    protocol = AMIProtocol({name: lines.get(name, ()) for name in events_map.wanted_names})
    while data := sock.recv(READ_BYTES):
        for message in protocol.receive_data(data):
            if isinstance(message, Event):
                flat = message.to_flat()
                if match(flat):
                    use(flat)


def check(times: int = 2) -> str:
    """Compare with a reader that shares nothing with ours."""
    stream, names = fifty_calls(times), {str(row["name"]) for row in map_rows()}
    read = (one for one in simply_read(stream) if one["Event"] in names)
    expected = [one for one in read if one["Event"] != "VarSet" or one["Variable"] in _STATUSES]
    with asterisk(stream) as sock:
        found: list[FlatEvent] = []
        wanted_events(sock, EventMap(map_rows()), found.append)
        return reading.must_be(found, expected)


def bench(rounds: int = reading.ROUNDS) -> Result:
    """Compare with the others' parsers, which parse everything: none of them filters before."""
    peers.load()
    told = [check(), *reading.losses(peers.PARSERS, fifty_calls(1))]
    events_map = EventMap(map_rows())
    costs = reading.contest(
        lambda sock: wanted_events(sock, events_map, lambda _: None), peers.PARSERS, rounds
    )
    return Result("parse", ratios(costs, reading.OURS), GOALS, told)
