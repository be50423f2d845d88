"""Who may ask: the token, the permitted addresses, the trusted proxies, the failures."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections import OrderedDict, deque
from collections.abc import Sequence

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import RefusedError
from asterisk_agent.rpc.refusals import FORBIDDEN, TOO_MANY_FAILURES, UNAUTHORIZED

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: 256 bits: the token can't be guessed, however many tries somebody has.
TOKEN_BYTES = 32
#: fail2ban's words: so many failures within so many seconds, and an address is refused.
MAXRETRY = 10
FINDTIME_S = 60.0
#: Addresses of which failures are remembered; the one seen least recently makes room.
MAX_ADDRESSES = 4096
#: A proxy adds one address; a longer header is somebody's play.
MAX_FORWARDED = 16


class Token:
    """The secret that Odoo shows; made here, handed to Odoo over its authenticated session."""

    def __init__(self) -> None:
        self.value = ""
        self.rotate()

    def __repr__(self) -> str:
        """Show nothing."""
        return "<Token>"

    def rotate(self) -> None:
        """Make a new token; the old one is refused from now on."""
        self.value = secrets.token_urlsafe(TOKEN_BYTES)

    def matches(self, authorization: str) -> bool:
        """Compare an ``Authorization`` header with ``Bearer <token>``, in constant time."""
        scheme, _, shown = authorization.partition(" ")
        right = hmac.compare_digest(shown.strip().encode(), self.value.encode())
        return right and scheme.lower() == "bearer"


class Failures:
    """Failures per address within ``findtime_s``; an IPv6 /64 is one address."""

    def __init__(
        self, clock: Clock, *, maxretry: int = MAXRETRY, findtime_s: float = FINDTIME_S
    ) -> None:
        self._clock = clock
        self._maxretry = maxretry
        self._findtime_s = findtime_s
        self._times: OrderedDict[Network, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """Tell of how many addresses failures are remembered."""
        return len(self._times)

    def add(self, address: Address) -> None:
        """Count a failure."""
        source = _source(address)
        times = self._times.setdefault(source, deque(maxlen=self._maxretry))
        times.append(self._clock.monotonic())
        self._times.move_to_end(source)
        if len(self._times) > MAX_ADDRESSES:
            self._times.popitem(last=False)

    def forget(self, address: Address) -> None:
        """Forget an address: it has shown the right token."""
        self._times.pop(_source(address), None)

    def too_many(self, address: Address) -> bool:
        """Tell whether an address failed too often of late."""
        times = self._times.get(_source(address))
        if times is None or len(times) < self._maxretry:
            return False
        return self._clock.monotonic() - times[0] <= self._findtime_s


class Gatekeeper:
    """Admit a request, or refuse it."""

    def __init__(
        self,
        token: Token,
        failures: Failures,
        *,
        allowed: Sequence[Network] = (),
        proxies: Sequence[Network] = (),
    ) -> None:
        self._token = token
        self._failures = failures
        self._allowed = tuple(allowed)
        self._proxies = tuple(proxies)

    def source(self, peer: str, forwarded_for: str = "") -> Address:
        """Tell who asks: the peer, or the address for which a trusted proxy speaks.

        ``X-Forwarded-For`` is read from its right end, where our proxy wrote; what stands left of
        the first address that is no trusted proxy is the client's own invention.
        """
        address = _parse(peer)
        if address is None:
            raise RefusedError(FORBIDDEN)
        hops = forwarded_for.split(",")[-MAX_FORWARDED:] if forwarded_for.strip() else []
        while hops and _within(address, self._proxies):
            found = _parse(hops.pop())
            if found is None:
                raise RefusedError(FORBIDDEN)
            address = found
        return address

    def admit_address(self, address: Address) -> None:
        """Refuse an address outside ``ODOO_IP``; if that is empty, none."""
        if self._allowed and not _within(address, self._allowed):
            raise RefusedError(FORBIDDEN)

    def admit_token(self, address: Address, authorization: str) -> None:
        """Refuse a wrong token, and tell an address that fails too often that it does.

        The right token is admitted even then: behind one proxy an attacker must not lock Odoo out,
        and the token can't be guessed.
        """
        if self._token.matches(authorization):
            self._failures.forget(address)
            return
        if self._failures.too_many(address):
            raise RefusedError(TOO_MANY_FAILURES)
        self._failures.add(address)
        raise RefusedError(UNAUTHORIZED)


def _parse(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("[") and "]" in text:
        text = text[1 : text.index("]")]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _source(address: Address) -> Network:
    prefix = 64 if address.version == 6 else 32
    return ipaddress.ip_network(f"{address}/{prefix}", strict=False)
