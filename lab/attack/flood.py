"""Rows: a flood, and what customers notice of it."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.attack.arena import Arena
from lab.attack.crowd import call, end, phone, register, start
from lab.attack.phone import Call
from lab.attack.row import TABLE, Values
from lab.attack.spoof import Flood
from lab.attack.volley import Datagrams, fire, wrong_password
from lab.fort import PBX4, SIP_PORT

SECONDS = 60
#: One source, and 60,000 that are forged: together 20,000 packets a second, and a little more to
#: reach that for sure.
HALF = 10_050
FORGED_FIRST, FORGED = "10.128.0.1", 60_000
#: Where answers to forged addresses go: to nobody.
NOWHERE = "10.66.255.254"
KNOWN = 4
#: Accounts of phones that are new in the flood.
NEW_FROM = 150


@dataclass
class Seen:
    """What customers noticed; times in seconds. Filled by several threads."""

    registered: list[float] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    failed: int = 0


@TABLE.row(
    "20,000 packets/s for 60 s",
    quick=False,
    packets_s=">= 20000",
    known_failed="== 0",
    known_p95_ms="<= 50",
    rtp_loss="== 0",
    new_failed="== 0",
    new_p95_s="<= 2",
    asterisk_cpu="<= 30",
    guessed="<= 5",
)
def flood(arena: Arena) -> Values:
    """One source, forged sources and a guesser at once, while customers register and call."""
    arena.give(NOWHERE)
    arena.pbx.ip("route", "add", "10.128.0.0/9", "via", NOWHERE)
    addresses = [arena.customer(200 + number) for number in range(KNOWN)]
    for number, address in enumerate(addresses):
        _once(arena, address, number)
    stop, known, new = threading.Event(), Seen(), Seen()
    floods = (_half(arena.attacker(), 1, "INVITE"), _half(FORGED_FIRST, FORGED, "REGISTER"))
    senders = [start(arena, one) for one in floods]
    began, cpu_s = time.monotonic(), arena.asterisk.cpu_s()
    customers = [
        *(_thread(stop, lambda n=n: _use(arena, addresses[n], n, known)) for n in range(KNOWN)),
        _thread(stop, _newcomers(arena, new)),
    ]
    guessed = _guess(arena)
    paces = [sent / took_s for sent, took_s in map(end, senders)]
    took_s = time.monotonic() - began
    cpu_s = arena.asterisk.cpu_s() - cpu_s
    stop.set()
    for thread in customers:
        thread.join()
    return {
        "packets_s": sum(paces),
        "guessed": guessed,
        "known": len(known.registered) + len(known.calls),
        "known_failed": known.failed,
        "known_p95_ms": 1000 * _p95(known.registered + [one.setup_s for one in known.calls]),
        "rtp_loss": sum(one.said - one.heard for one in known.calls),
        "rtp": sum(one.said for one in known.calls),
        "new": len(new.registered) + len(new.calls),
        "new_failed": new.failed,
        "new_p95_s": _p95(new.registered),
        "asterisk_cpu": 100 * cpu_s / took_s,
    }


def _half(first: str, number: int, method: str) -> Flood:
    return Flood(PBX4, SIP_PORT, first, number, HALF * SECONDS, HALF, method)


def _guess(arena: Arena) -> int:
    address = arena.attacker()
    line = Datagrams(arena, address)
    with line.sock:
        return fire(line, wrong_password(line), SECONDS * 200, 200).answered


def _thread(stop: threading.Event, work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        while not stop.wait(0.2):
            work()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _once(arena: Arena, address: str, number: int) -> None:
    who = phone(arena, address)
    register(arena, who, number)
    who.close()


def _use(arena: Arena, address: str, number: int, seen: Seen) -> None:
    """Register a phone and call with it."""
    who = phone(arena, address, media=True)
    try:
        began = time.monotonic()
        if register(arena, who, number):
            seen.registered.append(time.monotonic() - began)
        else:
            seen.failed += 1
        made = call(arena, who, number, 2.0)
        if made is None:
            seen.failed += 1
        else:
            seen.calls.append(made)
    finally:
        who.close()


def _newcomers(arena: Arena, seen: Seen) -> Callable[[], None]:
    numbers = iter(range(NEW_FROM, 300))
    return lambda: _use(arena, arena.customer(300 + (n := next(numbers))), n, seen)


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else sum(times)
