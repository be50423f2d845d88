"""A small SIP client that can do one thing: register, with right and wrong passwords, very fast.

sipp can't tell how many of its tries were answered before silence, nor write what no phone writes.
"""

import hashlib
import re
import secrets
import socket
from dataclasses import dataclass

_CHALLENGE = re.compile(r'(realm|nonce|opaque)="([^"]*)"')
_STATUS = re.compile(rb"SIP/2\.0 (\d{3})")
#: A SIP answer on this machine takes a millisecond; a busy machine gets a thousand.
SILENCE_S = 1.0


@dataclass(frozen=True)
class Target:
    """Where Asterisk listens."""

    address: str
    port: int

    @property
    def uri(self) -> str:
        """Return it as the host part of a SIP URI."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"sip:{host}:{self.port}"


class SipClient:
    """One source of requests. The socket is the caller's: it says from where and by what."""

    def __init__(self, sock: socket.socket, target: Target) -> None:
        """Take a bound socket; a stream is connected."""
        self._sock = sock
        self._target = target
        self._stream = sock.type == socket.SOCK_STREAM
        self._buffer = b""
        sock.settimeout(SILENCE_S)
        if self._stream:
            sock.connect((target.address, target.port))

    def __enter__(self) -> "SipClient":
        return self

    def __exit__(self, *exc: object) -> None:
        self._sock.close()

    def register(self, user: str, password: str | None = None) -> int | None:
        """Register; return the last status, None for silence. Without a password ask only once."""
        call_id, tag = secrets.token_hex(8), secrets.token_hex(4)
        answer = self._ask(self._request(user, call_id, tag, 1, ""))
        if answer is None or password is None or answer[0] != 401:
            return answer[0] if answer else None
        shown = self._credentials(user, password, answer[1])
        answer = self._ask(self._request(user, call_id, tag, 2, shown))
        return answer[0] if answer else None

    def guess(self, user: str, most: int) -> int:
        """Try wrong passwords, each as soon as the one before was refused, until nobody answers;
        return how many were refused.
        """
        for number in range(most):
            if self.register(user, secrets.token_hex(6)) != 401:
                return number
        return most

    def scan(self, most: int) -> int:
        """Ask for unknown accounts until nobody answers; return how many were answered."""
        for number in range(most):
            if self.register(f"9{secrets.randbelow(10**6):06}") is None:
                return number
        return most

    def send(self, user: str) -> None:
        """Ask once to register, and wait for no answer: as with a forged address."""
        request = self._request(user, secrets.token_hex(8), "t", 1, "")
        self._sock.sendto(request, (self._target.address, self._target.port))

    def _request(self, user: str, call_id: str, tag: str, number: int, shown: str) -> bytes:
        address, port = self._sock.getsockname()[:2]
        near = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        kind = "TCP" if self._stream else "UDP"
        host = self._target.uri.removeprefix("sip:")
        return (
            f"REGISTER {self._target.uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{kind} {near};branch=z9hG4bK{secrets.token_hex(6)};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{user}@{host}>;tag={tag}\r\n"
            f"To: <sip:{user}@{host}>\r\nCall-ID: {call_id}\r\nCSeq: {number} REGISTER\r\n"
            f"Contact: <sip:{secrets.token_hex(3)}@{near}>\r\nExpires: 60\r\n{shown}"
            "Content-Length: 0\r\n\r\n"
        ).encode()

    def _credentials(self, user: str, password: str, challenge: bytes) -> str:
        found = dict(_CHALLENGE.findall(challenge.decode("utf-8", "replace")))
        realm, nonce, uri = found["realm"], found["nonce"], self._target.uri
        nc, cnonce = "00000001", secrets.token_hex(4)
        ha1, ha2 = _md5(f"{user}:{realm}:{password}"), _md5(f"REGISTER:{uri}")
        response = _md5(f"{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}")
        opaque = f', opaque="{found["opaque"]}"' if "opaque" in found else ""
        return (
            f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", '
            f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc={nc}, '
            f'cnonce="{cnonce}"{opaque}\r\n'
        )

    def _ask(self, request: bytes) -> tuple[int, bytes] | None:
        """Send a request and return the final answer to it, None for silence."""
        call_id = re.search(rb"Call-ID: (\S+)\r\nCSeq: (\d+)", request)
        try:
            if self._stream:
                self._sock.sendall(request)
            else:
                self._sock.sendto(request, (self._target.address, self._target.port))
            while True:
                answer = self._answer()
                status = int(found[1]) if (found := _STATUS.match(answer)) else 0
                ours = call_id and call_id[1] in answer and b"CSeq: " + call_id[2] in answer
                if status >= 200 and ours:
                    return status, answer
        except OSError:
            # Time is up, or the connection was cut: silence.
            return None

    def _answer(self) -> bytes:
        if not self._stream:
            return self._sock.recv(65536)
        while b"\r\n\r\n" not in self._buffer:
            data = self._sock.recv(65536)
            if not data:
                raise ConnectionResetError
            self._buffer += data
        answer, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return answer


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
