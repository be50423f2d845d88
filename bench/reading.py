"""What ``parse`` and ``parse_full`` share: everybody reads the same stream from loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from asterisk_agent.ami.message import Event
from asterisk_agent.ami.protocol import AMIProtocol
from bench import peers, rounds
from bench.stream import READ_BYTES, asterisk, fifty_calls, names_in

RAW = "raw recv"
OURS = "ours"
#: A round is fifty calls at once, 5,700 events: so many make more than 200,000.
ROUNDS = 40


def contest(
    ours: Callable[[socket.socket], object], others: Mapping[str, peers.Reader], count: int
) -> dict[str, list[float]]:
    """Return each reader's processor seconds per event, by round."""
    peers.load()
    stream = fifty_calls(1)
    events = names_in(stream).total()

    def turn(reader: Callable[[socket.socket], object]) -> rounds.Contestant:
        def run() -> float:
            with asterisk(stream) as sock:

                def work() -> int:
                    reader(sock)
                    return events

                return rounds.processor_time(work)

        return run

    everybody = {OURS: ours, **others, RAW: peers.raw_recv}
    return rounds.interleave({name: turn(reader) for name, reader in everybody.items()}, count)


def events_of(sock: socket.socket) -> Iterator[Event]:
    """Yield all events of a connection, to its end, as our protocol finds them."""
    protocol = AMIProtocol()
    while data := sock.recv(READ_BYTES):
        for message in protocol.receive_data(data):
            if isinstance(message, Event):
                yield message


def must_be(found: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]]) -> str:
    """Compare what we read with what the simple reader found. Raise ``ValueError``."""
    if list(found) != list(expected):
        raise ValueError(f"read {len(found)} events, expected {len(expected)}, or others")
    return f"read wrongly, lost or merged: 0 of {len(expected)}"


def losses(others: Mapping[str, peers.Reader], stream: bytes) -> list[str]:
    """Tell how many events of a stream each of the others found."""
    told = []
    total = names_in(stream).total()
    for name, reader in others.items():
        with asterisk(stream) as sock:
            told.append(f"{name}: {reader(sock)} of {total} events found")
    return told
