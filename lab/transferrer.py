"""A phone that transfers with consultation: answers a call, makes a second one, joins both by REFER
with Replaces (RFC 3891).

sipp has one dialog a scenario; this needs two. It speaks as much SIP as that takes, over UDP on
loopback, without media.
"""

import hashlib
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from lab import sip_log
from lab.asterisk import Account, Asterisk
from lab.net import HOST
from lab.process import wait_until
from lab.sip_log import SipMessage

TICK_S = 0.1
SDP = (
    "v=0\r\no=lab 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)


@dataclass
class Message:
    """One SIP message: its first line and its headers, names in lower case; of a repeated one the
    first.
    """

    first: str
    headers: dict[str, str]
    vias: list[str] = field(default_factory=list)

    @classmethod
    def parse(cls, data: bytes) -> "Message":
        """Return the message that a datagram holds."""
        head = data.decode("utf-8", "replace").partition("\r\n\r\n")[0]
        first, *lines = head.split("\r\n")
        message = cls(first, {})
        for line in lines:
            name, _, value = line.partition(":")
            if name.lower() in ("via", "v"):
                message.vias.append(value.strip())
            message.headers.setdefault(name.strip().lower(), value.strip())
        return message

    @property
    def method(self) -> str:
        """Return the method: of a response the one of its request."""
        return self.headers["cseq"].split()[1]

    @property
    def status(self) -> int:
        """Return the status of a response, 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    def tag(self, header: str) -> str:
        """Return the tag of From or To."""
        found = re.search(r";tag=([^;>\s]+)", self.headers[header])
        return found.group(1) if found else ""


class Transferrer:
    """`Transferrer(asterisk, "101", consult="102")`: rings, talks, consults, transfers."""

    def __init__(
        self,
        asterisk: Asterisk,
        exten: str,
        consult: str,
        ring_s: float = 1,
        talk_s: float = 1,
        consult_s: float = 1,
    ) -> None:
        """Take whom to ask, and how long each part lasts."""
        self.name = f"transferrer-{exten}"
        self.account: Account = asterisk.accounts[exten]
        self.consult, self.ring_s, self.talk_s, self.consult_s = consult, ring_s, talk_s, consult_s
        self.remote = (HOST, asterisk.sip_port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(TICK_S)
        self._ended = threading.Event()
        self._seen: list[Message] = []
        self._log: list[SipMessage] = []
        self._faults: list[str] = []
        self._tag = secrets.token_hex(4)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to wait for the call."""
        self._socket.bind((HOST, self.account.contact_port or 0))
        self._thread.start()

    def stop(self) -> None:
        """Hang up nothing, say nothing more."""
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def faults(self) -> list[str]:
        """Return what went wrong."""
        return list(self._faults)

    def messages(self) -> list[SipMessage]:
        """Return what it sent and received so far."""
        return list(self._log)

    def wait_for(self, method: str, status: int = 0, timeout_s: float = 30.0) -> None:
        """Wait until such a message came."""
        wait_until(
            lambda: self._find(method, status) is not None,
            f"{self.name}: {method} {status or ''}",
            timeout_s,
        )

    # What it does

    def _run(self) -> None:
        try:
            self._transfer()
            while not self._ended.is_set():
                self._receive()
        except (TimeoutError, KeyError, OSError) as problem:
            self._faults.append(repr(problem))

    def _transfer(self) -> None:
        first = self._await(lambda: self._find("INVITE"))
        self._respond(first, "180 Ringing")
        self._pause(self.ring_s)
        self._respond(first, "200 OK", body=True)
        self._await(lambda: self._find("ACK"))
        self._pause(self.talk_s)
        second = self._call()
        self._pause(self.consult_s)
        replaces = (
            f"{second.headers['call-id']};to-tag={second.tag('to')};from-tag={second.tag('from')}"
        )
        target = f"<sip:{self.consult}@{HOST}:{self.remote[1]}?Replaces={quote(replaces, safe='')}>"
        us, them = f"{first.headers['to']};tag={self._tag}", first.headers["from"]
        us_uri = f"<sip:{self.account.exten}@{HOST}>"
        self._request(
            "REFER",
            us,
            them,
            first.headers["call-id"],
            10,
            [f"Refer-To: {target}", f"Referred-By: {us_uri}"],
        )
        self._await(lambda: self._find("REFER", 202))

    def _call(self) -> Message:
        """Call whom we ask; return the 200."""
        uri, call_id, tag = (
            f"sip:{self.consult}@{HOST}:{self.remote[1]}",
            secrets.token_hex(8),
            secrets.token_hex(4),
        )
        us, them = f"<sip:{self.account.exten}@{HOST}>;tag={tag}", f"<{uri}>"
        self._request("INVITE", us, them, call_id, 1, body=True)
        refused = self._await(lambda: self._find("INVITE", 401, call_id))
        self._request("ACK", us, refused.headers["to"], call_id, 1)
        self._request(
            "INVITE", us, them, call_id, 2, [self._authorization(refused, uri)], body=True
        )
        answer = self._await(lambda: self._find("INVITE", 200, call_id))
        self._request("ACK", us, answer.headers["to"], call_id, 2)
        return answer

    def _authorization(self, refused: Message, uri: str) -> str:
        challenge = dict(re.findall(r'(\w+)="?([^",\s]+)', refused.headers["www-authenticate"]))
        realm, nonce, cnonce = challenge["realm"], challenge["nonce"], secrets.token_hex(4)
        one = _md5(f"{self.account.exten}:{realm}:{self.account.password}")
        response = _md5(f"{one}:{nonce}:00000001:{cnonce}:auth:{_md5(f'INVITE:{uri}')}")
        quoted = {"username": self.account.exten, "realm": realm, "nonce": nonce, "uri": uri}
        quoted |= {"response": response, "opaque": challenge.get("opaque", ""), "cnonce": cnonce}
        parts = ", ".join(f'{name}="{value}"' for name, value in quoted.items())
        return f"Authorization: Digest {parts}, algorithm=MD5, qop=auth, nc=00000001"

    # How it speaks

    def _find(self, method: str, status: int = 0, call_id: str = "") -> Message | None:
        for message in self._seen:
            if (message.method, message.status) == (method, status) and call_id in (
                "",
                message.headers["call-id"],
            ):
                return message
        return None

    def _await(self, found: Callable[[], Message | None]) -> Message:
        until = time.monotonic() + 30
        while time.monotonic() < until and not self._ended.is_set():
            self._receive()
            if (message := found()) is not None:
                return message
        raise TimeoutError(f"the last message was {self._seen[-1].first if self._seen else None}")

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._ended.is_set():
            self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return
        message = Message.parse(data)
        self._seen.append(message)
        self._keep(data.decode("utf-8", "replace"), sent=False)
        if not message.status and message.method not in ("INVITE", "ACK"):
            self._respond(message, "200 OK")
        elif message.method == "INVITE" and not message.status and message.tag("to"):
            self._respond(message, "200 OK", body=True)  # a re-INVITE: hold, connected line

    def _respond(self, request: Message, status: str, body: bool = False) -> None:
        to = request.headers["to"]
        to += "" if ";tag=" in to else f";tag={self._tag}"
        lines = [
            f"SIP/2.0 {status}",
            *(f"Via: {via}" for via in request.vias),
            f"From: {request.headers['from']}",
            f"To: {to}",
        ]
        lines += [f"Call-ID: {request.headers['call-id']}", f"CSeq: {request.headers['cseq']}"]
        self._send(lines, body)

    def _request(
        self,
        method: str,
        us: str,
        them: str,
        call_id: str,
        cseq: int,
        more: list[str] | None = None,
        body: bool = False,
    ) -> None:
        lines = [f"{method} sip:{self.consult}@{HOST}:{self.remote[1]} SIP/2.0"]
        here, branch = f"{HOST}:{self.account.contact_port}", f"z9hG4bK{secrets.token_hex(6)}"
        lines += [f"Via: SIP/2.0/UDP {here};branch={branch}"]
        lines += [
            f"From: {us}",
            f"To: {them}",
            f"Call-ID: {call_id}",
            f"CSeq: {cseq} {method}",
            "Max-Forwards: 70",
        ]
        self._send(lines + (more or []), body)

    def _send(self, lines: list[str], body: bool) -> None:
        text = SDP.format(host=HOST, port=self.account.contact_port) if body else ""
        lines = [*lines, f"Contact: <sip:{self.account.exten}@{HOST}:{self.account.contact_port}>"]
        lines += ["Content-Type: application/sdp"] if body else []
        data = "\r\n".join([*lines, f"Content-Length: {len(text)}", "", text])
        self._socket.sendto(data.encode(), self.remote)
        self._keep(data, sent=True)

    def _keep(self, text: str, sent: bool) -> None:
        self._log.append(sip_log.message(time.time(), sent, text.replace("\r\n", "\n")))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
