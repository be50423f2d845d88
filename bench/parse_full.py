"""Every event parsed: what the agent does when the map wants everything."""

from __future__ import annotations

import socket

from asterisk_agent.ami.protocol import AMIProtocol
from bench import peers, reading
from bench.rounds import Goal, Result, ratios
from bench.stream import READ_BYTES, asterisk, fifty_calls, simply_read

GOALS = {**{name: Goal(1.4) for name in peers.PARSERS}, "panoramisk": Goal(3)}


def parse_all(sock: socket.socket) -> None:
    """Parse all that comes, and keep nothing."""
    protocol = AMIProtocol()
    while data := sock.recv(READ_BYTES):
        for _ in protocol.receive_data(data):
            pass


def check(times: int = 2) -> str:
    """Compare with a reader that shares nothing with ours."""
    stream = fifty_calls(times)
    with asterisk(stream) as sock:
        found = [event.to_flat() for event in reading.events_of(sock)]
    return reading.must_be(found, list(simply_read(stream)))


def bench(rounds: int = reading.ROUNDS) -> Result:
    """Compare full parse with full parse."""
    peers.load()
    told = [check()]
    costs = reading.contest(parse_all, peers.PARSERS, rounds)
    return Result("parse_full", ratios(costs, reading.OURS), GOALS, told)
