"""Rows: somebody guesses passwords, or looks which accounts exist."""

from contextlib import suppress

from lab.attack.arena import TLS_PORT, Arena
from lab.attack.row import TABLE, Values
from lab.attack.volley import (
    Datagrams,
    Line,
    Rotation,
    Stream,
    Volley,
    WebSocket,
    fire,
    hidden_events,
    unknown_account,
    wrong_password,
)
from lab.errors import NotReadyError
from lab.fort import SIP_PORT
from lab.process import wait_until

#: maxretry of the defaults: so many failures ban.
THRESHOLD = 5
#: So many tries a source that only the kernel judges may need: it is slowed down before.
LONG = 12_000
#: So long a busy machine may take for a ban.
BANNED_S = 20.0
#: Sources of the /64 that rotates.
ROTATING = 60


def _told(volley: Volley, arena: Arena, address: str) -> Values:
    with suppress(NotReadyError):
        wait_until(lambda: address in arena.bans(), f"the ban of {address}", BANNED_S)
    banned = address in arena.bans()
    values = {"answered": volley.answered, "sent": volley.sent, "banned": int(banned)}
    # Since the first try: its answer may come late.
    values["lasted_s"] = volley.answers[-1] - volley.began if volley.answers else 0.0
    at = arena.banned_at(address)
    if at is None or volley.answered < THRESHOLD:
        return values
    # The agent may be faster than the answer on its way.
    return {**values, "ban_ms": max(0.0, (at - volley.answers[THRESHOLD - 1]) * 1000)}


def brute_force(arena: Arena, per_second: float | None, most: int) -> Values:
    """Guess passwords of one account from a new address; nothing is waited for without a pace."""
    address = arena.attacker()
    line = Datagrams(arena, address)
    with line.sock:
        return _told(fire(line, wrong_password(line), most, per_second), arena, address)


@TABLE.row("brute force 200/s, UDP", answered="<= 5", ban_ms="<= 50", banned="== 1")
def brute_force_200(arena: Arena) -> Values:
    """Guess at a steady rate, whatever the answers."""
    return brute_force(arena, 200, 1000)


@TABLE.row("brute force 1000/s, UDP", answered="<= 5", ban_ms="<= 50", banned="== 1")
def brute_force_1000(arena: Arena) -> Values:
    """Guess five times as fast."""
    return brute_force(arena, 1000, 5000)


@TABLE.row("fastest closed loop", answered="<= 15", banned="== 1")
def closed_loop(arena: Arena) -> Values:
    """Send each guess as soon as the one before was refused."""
    return brute_force(arena, None, 5000)


def _on(arena: Arena, address: str, line: Line, transport: str) -> Values:
    with line.sock:
        volley = fire(line, wrong_password(line, transport), 1000, 200)
    return _told(volley, arena, address)


@TABLE.row("brute force 200/s, one TCP connection", answered="<= 5", ban_ms="<= 50", banned="== 1")
def brute_force_tcp(arena: Arena) -> Values:
    """Guess over TCP."""
    address = arena.attacker()
    return _on(arena, address, Stream(arena, address, SIP_PORT), "TCP")


@TABLE.row("brute force 200/s, one TLS connection", answered="<= 5", ban_ms="<= 50", banned="== 1")
def brute_force_tls(arena: Arena) -> Values:
    """Guess over TLS, which the kernel can't read."""
    address = arena.attacker()
    return _on(arena, address, Stream(arena, address, TLS_PORT, secure=True), "TLS")


@TABLE.row("brute force 200/s, one WebSocket", answered="<= 5", ban_ms="<= 50", banned="== 1")
def brute_force_ws(arena: Arena) -> Values:
    """Guess over a WebSocket."""
    address = arena.attacker()
    return _on(arena, address, WebSocket(arena, address), "WS")


@TABLE.row("unknown accounts 200/s", answered="<= 5", banned="== 1")
def scan(arena: Arena) -> Values:
    """Look which accounts exist."""
    address = arena.attacker()
    line = Datagrams(arena, address)
    with line.sock:
        return _told(fire(line, unknown_account(line), 1000, 200), arena, address)


@TABLE.row("IPv6, rotating inside a /64, 200/s", answered="<= 10", banned="== 1")
def rotating(arena: Arena) -> Values:
    """Use another address of one /64 for each guess."""
    network = arena.attacker(v6=True).removesuffix("1")
    addresses = [f"{network}{host:x}" for host in range(2, ROTATING + 2)]
    for address in addresses:
        arena.give(address)
    line = Rotation(arena, addresses)
    with line.sock:
        return _told(fire(line, wrong_password(line), 1000, 200), arena, f"{network}/64")


@TABLE.row("events hidden by bad bytes", quick=False, answered="<= 210", banned="== 1")
def hidden(arena: Arena) -> Values:
    """Write a byte into the Call-ID that is no UTF-8: Asterisk then tells no event."""
    address = arena.attacker()
    line = Datagrams(arena, address)
    with line.sock:
        return _told(fire(line, hidden_events(line), LONG, 200), arena, address)


@TABLE.row(
    "events hidden by bad bytes, agent stopped", quick=False, answered="<= 210", banned="== 1"
)
def hidden_without_agent(arena: Arena) -> Values:
    """Do the same while nobody looks."""
    with arena.without_agent():
        return hidden(arena)


@TABLE.row("plain brute force, agent stopped", quick=False, tries="<= 105", banned="== 1")
def plain_without_agent(arena: Arena) -> Values:
    """Guess as phones log in: a challenge, then its answer, which is the try."""
    address = arena.attacker()
    with arena.without_agent(), arena.client(address) as guesser:
        tries = guesser.guess("101", 1000)
        return {"tries": tries, "banned": int(address in arena.bans())}
