"""A small SIP client that can do one thing: register, with right and wrong passwords, very fast.

sipp can't tell how many of its tries were answered before silence, nor write what no phone writes.
"""

import re
import secrets
import socket

from lab.sip_request import Request, Target, near, register

_STATUS = re.compile(rb"SIP/2\.0 (\d{3})")
#: A SIP answer on this machine takes a millisecond; a busy machine gets a thousand.
SILENCE_S = 1.0
#: Who is sure to be answered waits longer.
ANSWER_S = 20.0
#: Who is refused often is made to wait before he is shut out: one silence is no ban.
PATIENCE = 3


class SipClient:
    """One source of requests. The socket is the caller's: it says from where and by what."""

    def __init__(self, sock: socket.socket, target: Target) -> None:
        """Take a bound socket; a stream is connected."""
        self._sock = sock
        self._target = target
        self._stream = sock.type == socket.SOCK_STREAM
        self._buffer = b""
        sock.settimeout(ANSWER_S)
        if self._stream:
            sock.connect((target.address, target.port))

    def __enter__(self) -> "SipClient":
        return self

    def __exit__(self, *exc: object) -> None:
        self._sock.close()

    def knock(self, user: str, password: str | None = None) -> int | None:
        """Register, and take a second without an answer for silence."""
        return self.register(user, password, SILENCE_S)

    def register(
        self, user: str, password: str | None = None, wait_s: float = ANSWER_S
    ) -> int | None:
        """Register; return the last status, None for silence. Without a password ask only once."""
        self._sock.settimeout(wait_s)
        request = self._register(user)
        answer = self._ask(request)
        if answer is None or password is None or answer[0] != 401:
            return answer[0] if answer else None
        answer = self._ask(request.signed(password, answer[1]))
        return answer[0] if answer else None

    def guess(self, user: str, most: int) -> int:
        """Try wrong passwords, each as soon as the one before was refused, until nobody answers
        for `PATIENCE` tries; return how many were refused.
        """
        refused = silent = 0
        while refused < most and silent < PATIENCE:
            answered = self.knock(user, secrets.token_hex(6)) == 401
            refused, silent = (refused + 1, 0) if answered else (refused, silent + 1)
        return refused

    def scan(self, most: int) -> int:
        """Ask for unknown accounts until nobody answers for `PATIENCE` tries; return how many were
        answered.
        """
        answered = silent = 0
        while answered < most and silent < PATIENCE:
            heard = self.knock(f"9{secrets.randbelow(10**6):06}") is not None
            answered, silent = (answered + 1, 0) if heard else (answered, silent + 1)
        return answered

    def send(self, user: str) -> None:
        """Ask once to register, and wait for no answer: as with a forged address."""
        data = self._register(user).bytes()
        self._sock.sendto(data, (self._target.address, self._target.port))

    def _register(self, user: str) -> Request:
        address, port = self._sock.getsockname()[:2]
        transport = "TCP" if self._stream else "UDP"
        return register(user, self._target, near(address, port), transport)

    def _ask(self, request: Request) -> tuple[int, bytes] | None:
        """Send a request and return the final answer to it, None for silence."""
        call_id, cseq = request.call_id.encode(), b"CSeq: %d" % request.cseq
        try:
            if self._stream:
                self._sock.sendall(request.bytes())
            else:
                self._sock.sendto(request.bytes(), (self._target.address, self._target.port))
            while True:
                answer = self._answer()
                status = int(found[1]) if (found := _STATUS.match(answer)) else 0
                if status >= 200 and call_id in answer and cseq in answer:
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
