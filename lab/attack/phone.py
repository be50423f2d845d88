"""A customer's phone that never gives up: registers, subscribes and calls as RFC 3261 wants it,
repeating what is lost.
"""

import re
import secrets
import select
import socket
import time
from dataclasses import dataclass

from lab.sip_request import Request, Target, near, register

#: RFC 3261, 17.1: T1, and T2 that caps the repetitions.
T1_S, T2_S = 0.5, 4.0
#: 64 * T1: then a transaction has failed.
TIMEOUT_S = 32.0
_STATUS = re.compile(rb"SIP/2\.0 (\d{3})")
_MEDIA = re.compile(rb"\r\nm=audio (\d+) ")
PACKET_S = 0.02
_PRESENCE = "Event: presence\r\nAccept: application/pidf+xml\r\nExpires: 300\r\n"


@dataclass(frozen=True)
class Call:
    """How a call went: seconds to its answer, packets said and heard."""

    setup_s: float
    said: int
    heard: int


class Phone:
    """One phone at one address and port. Methods raise TimeoutError when nobody answers."""

    def __init__(self, sock: socket.socket, media: socket.socket | None, target: Target) -> None:
        """Take sockets that are bound to one address; `media` for one that calls."""
        self._sock, self._media, self._target = sock, media, target
        self._sock.settimeout(TIMEOUT_S)
        self._near = near(*sock.getsockname()[:2])
        self.notified = 0

    def close(self) -> None:
        """Close the sockets."""
        self._sock.close()
        if self._media is not None:
            self._media.close()

    def register(self, user: str, *passwords: str) -> int:
        """Register, with one password after the other until one is right; return the status."""
        request = register(user, self._target, self._near)
        status, answer = self._transact(request)
        for password in passwords:
            if status != 401:
                break
            request = request.next(extra="Expires: 60\r\n").signed(password, answer)
            status, answer = self._transact(request)
        return status

    def subscribe(self, user: str, password: str, exten: str) -> int:
        """Subscribe to an extension's state; return the status."""
        request = self._request("SUBSCRIBE", user, exten, _PRESENCE)
        status, answer = self._transact(request)
        if status == 401:
            status, _ = self._transact(request.signed(password, answer))
        return status

    def call(self, user: str, password: str, exten: str, talk_s: float) -> Call:
        """Call an extension that answers with an echo, talk, and hang up."""
        if self._media is None:
            raise ValueError("a phone without media")
        began = time.monotonic()
        invite = self._request("INVITE", user, exten, "Content-Type: application/sdp\r\n")
        invite = Request(**{**vars(invite), "body": _offer(*self._media.getsockname()[:2])})
        status, answer = self._transact(invite)
        if status == 401:
            self._acknowledge(invite, answer)
            invite = invite.signed(password, answer)
            status, answer = self._transact(invite)
        setup_s = time.monotonic() - began
        self._acknowledge(invite, answer)
        found = _MEDIA.search(answer)
        if status != 200 or found is None:
            raise TimeoutError(f"the call was answered with {status}")
        said, heard = _talk(self._media, (self._target.address, int(found[1])), talk_s)
        self._transact(self._within(invite, answer, "BYE"))
        return Call(setup_s, said, heard)

    def rest(self, seconds: float) -> None:
        """Answer for a while what Asterisk asks."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._sock], [], [], left)[0]:
                self._take(self._sock.recv(65536))

    def _request(self, method: str, user: str, exten: str, extra: str) -> Request:
        call_id = secrets.token_hex(8)
        return Request(method, user, self._target, self._near, call_id, to=exten, extra=extra)

    def _within(self, request: Request, answer: bytes, method: str) -> Request:
        found = re.search(rb"\r\nTo:[^\r]*;tag=([^;\r]+)", answer)
        tag = found[1].decode() if found else ""
        cseq = request.cseq + (method != "ACK")
        changes = {"method": method, "to_tag": tag, "cseq": cseq, "extra": "", "body": ""}
        return Request(**{**vars(request), **changes})

    def _acknowledge(self, request: Request, answer: bytes) -> None:
        self._send(self._within(request, answer, "ACK").bytes())

    def _send(self, data: bytes) -> None:
        self._sock.sendto(data, (self._target.address, self._target.port))

    def _transact(self, request: Request) -> tuple[int, bytes]:
        """Send a request until its final answer comes, and return it."""
        data = request.bytes()
        ours = (request.call_id.encode(), b"CSeq: %d %s" % (request.cseq, request.method.encode()))
        began = now = time.monotonic()
        gap, again = T1_S, now
        while now - began < TIMEOUT_S:
            if now >= again:
                self._send(data)
                again, gap = now + gap, min(gap * 2, T2_S)
            if select.select([self._sock], [], [], max(0.0, again - now))[0]:
                answer = self._take(self._sock.recv(65536))
                status = int(found[1]) if (found := _STATUS.match(answer)) else 0
                if status and all(word in answer for word in ours):
                    if status >= 200:
                        return status, answer
                    again = began + TIMEOUT_S
            now = time.monotonic()
        raise TimeoutError(f"no answer to {request.method}")

    def _take(self, data: bytes) -> bytes:
        """Answer a request of Asterisk's; return what came."""
        method = data.partition(b" ")[0]
        if method in (b"NOTIFY", b"OPTIONS", b"BYE"):
            self.notified += method == b"NOTIFY"
            names = (b"via:", b"from:", b"to:", b"call-id:", b"cseq:")
            lines = [one for one in data.split(b"\r\n") if one.lower().startswith(names)]
            head = [b"SIP/2.0 200 OK", *lines, b"Content-Length: 0", b"", b""]
            self._send(b"\r\n".join(head))
        return data


def _offer(address: str, port: int) -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n"
    )


def _talk(sock: socket.socket, peer: tuple[str, int], seconds: float) -> tuple[int, int]:
    """Send numbered packets every 20 ms to an echo; return how many of those since the first echo
    were said, and came back.
    """
    count = int(seconds / PACKET_S)
    heard: set[int] = set()
    due = time.monotonic()
    for number in range(count):
        head = b"\x80\x00" + number.to_bytes(2, "big") + (number * 160).to_bytes(4, "big")
        sock.sendto(head + b"echo" + number.to_bytes(4, "big") * 40, peer)
        due += PACKET_S
        _hear(sock, heard, due)
    _hear(sock, heard, time.monotonic() + 1.0)
    return (count - min(heard), len(heard)) if heard else (count, 0)


def _hear(sock: socket.socket, heard: set[int], until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        if select.select([sock], [], [], left)[0]:
            data = sock.recv(4096)
            if len(data) == 172:
                heard.add(int.from_bytes(data[12:16], "big"))
