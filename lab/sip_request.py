"""SIP requests as bytes, and the answer to a challenge: pure functions, for clients that are not
sipp.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, replace

_CHALLENGE = re.compile(r'(realm|nonce|opaque)="([^"]*)"')
#: A nonce that Asterisk never made: what is answered to it is wrong, whatever the password.
INVENTED = b'Digest realm="asterisk",nonce="0/invented"'


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


@dataclass(frozen=True)
class Request:
    """A request of one dialog. `near` is the sender's address and port, `extra` whole lines."""

    method: str
    user: str
    target: Target
    near: str
    call_id: str
    transport: str = "UDP"
    to: str = ""
    to_tag: str = ""
    cseq: int = 1
    branch: str = ""
    extra: str = ""
    body: str = ""

    @property
    def uri(self) -> str:
        """Return the request URI: an extension's, or Asterisk's own for a REGISTER."""
        if not self.to:
            return self.target.uri
        return self.target.uri.replace("sip:", f"sip:{self.to}@", 1)

    def next(self, **changes: str) -> "Request":
        """Return the dialog's next request."""
        return replace(self, cseq=self.cseq + 1, branch="", **changes)  # type: ignore[arg-type]

    def signed(self, password: str, challenge: bytes) -> "Request":
        """Return the same request once more, with a password."""
        line = credentials(self.method, self.uri, self.user, password, challenge)
        return self.next(extra=self.extra + line)

    def bytes(self) -> bytes:
        """Write it; every writing is a transaction of its own, unless `branch` is given."""
        host = self.target.uri.removeprefix("sip:")
        branch = self.branch or secrets.token_hex(6)
        tag = f";tag={self.to_tag}" if self.to_tag else ""
        return (
            f"{self.method} {self.uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.transport} {self.near};branch=z9hG4bK{branch};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{self.user}@{host}>;tag={self.call_id[:8]}\r\n"
            f"To: <sip:{self.to or self.user}@{host}>{tag}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {self.cseq} {self.method}\r\n"
            f"Contact: <sip:{self.user}@{self.near}>\r\n{self.extra}"
            f"Content-Length: {len(self.body)}\r\n\r\n{self.body}"
        ).encode()


def register(user: str, target: Target, near: str, transport: str = "UDP") -> Request:
    """Return the first REGISTER of a phone."""
    call_id = secrets.token_hex(8)
    return Request("REGISTER", user, target, near, call_id, transport, extra="Expires: 60\r\n")


def near(address: str, port: int) -> str:
    """Write an address and a port as SIP does."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def credentials(method: str, uri: str, user: str, password: str, challenge: bytes) -> str:
    """Return the line `Authorization` that answers a challenge."""
    found = dict(_CHALLENGE.findall(challenge.decode("utf-8", "replace")))
    realm, nonce = found["realm"], found["nonce"]
    nc, cnonce = "00000001", secrets.token_hex(4)
    ha1, ha2 = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    response = _md5(f"{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}")
    opaque = f', opaque="{found["opaque"]}"' if "opaque" in found else ""
    return (
        f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc={nc}, '
        f'cnonce="{cnonce}"{opaque}\r\n'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
