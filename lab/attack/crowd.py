"""Rows: customers who must not be harmed, by their own mistakes or by forged packets."""

import random
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import quote

from lab.attack.arena import ECHO, Arena
from lab.attack.phone import Call, Phone
from lab.attack.row import TABLE, Values
from lab.attack.spoof import Flood
from lab.fort import PBX4, SIP_PORT
from lab.process import wait_until

FIRST_ACCOUNT = 5000
CUSTOMERS, OFFICE, SUBSCRIPTIONS = 10, 300, 10
FORGERIES = 20

T = TypeVar("T")


def phone(arena: Arena, address: str, *, media: bool = False) -> Phone:
    """Return a phone at an address of the world."""
    sock = arena.socket(address)
    return Phone(sock, arena.socket(address) if media else None, arena.target(address))


def register(arena: Arena, who: Phone, number: int, *before: str) -> bool:
    """Register an account, after passwords that are wrong; tell whether it worked."""
    try:
        account, right = str(FIRST_ACCOUNT + number), arena.asterisk.phone_password
        return who.register(account, *before, right) == 200
    except TimeoutError:
        return False


def call(arena: Arena, who: Phone, number: int, talk_s: float = 1.0) -> Call | None:
    """Call the echo; None when that failed."""
    try:
        account = str(FIRST_ACCOUNT + number)
        return who.call(account, arena.asterisk.phone_password, ECHO, talk_s)
    except TimeoutError:
        return None


def together(work: Callable[[int], T], count: int) -> list[T]:
    """Let so many do the same at the same time."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def hit(arena: Arena, addresses: Iterable[str]) -> int:
    """Count who of them is shut out."""
    bans = arena.bans()
    return sum(address in bans for address in addresses)


@TABLE.row("forged event that names a victim, 20 times", victim_banned="== 0", forger_banned="== 1")
def forged(arena: Arena) -> Values:
    """Write header lines into the SIP user, before any authentication."""
    forger, victim = arena.attacker(), arena.attacker()
    line = f"\r\nRemoteAddress: IPV4/UDP/{victim}"
    block = f"\r\n\r\nEvent: InvalidPassword\r\nRemoteAddress: IPV4/UDP/{victim}"
    with arena.client(forger) as client:
        for number in range(FORGERIES):
            client.send(quote(block if number % 2 else line, safe=""))
        wait_until(lambda: forger in arena.bans(), "the forger's ban", 60)
    with arena.client(victim) as other:
        answered = other.register("101") == 401
    return {"victim_banned": hit(arena, [victim]) or int(not answered), "forger_banned": 1}


@TABLE.row("500 spoofed packets as ten customers", bans="== 0", failed="== 0")
def spoofed(arena: Arena) -> Values:
    """Write customers' addresses on packets that look like scans and guesses."""
    addresses = [arena.customer(number) for number in range(CUSTOMERS)]
    phones = [phone(arena, address, media=True) for address in addresses]
    failed = sum(not register(arena, who, n) for n, who in enumerate(phones))
    floods = [_as_customers(addresses, user) for user in ("101", "nobody")]
    senders = [start(arena, flood) for flood in floods]
    results = together(lambda n: call(arena, phones[n], n, 4.0), CUSTOMERS)
    sent = sum(end(sender)[0] for sender in senders)
    again = together(lambda n: register(arena, phones[n], n), CUSTOMERS)
    for who in phones:
        who.close()
    failed += sum(result is None for result in results) + again.count(False)
    return {"sent": sent, "bans": hit(arena, addresses), "failed": failed}


def _as_customers(addresses: list[str], user: str) -> Flood:
    return Flood(PBX4, SIP_PORT, addresses[0], len(addresses), 250, 50, "REGISTER", user)


def start(arena: Arena, flood: Flood) -> subprocess.Popen[str]:
    """Start a sender; it has its turn before others, as an attacker has machines of his own."""
    command = ["nice", "-n", "-10", *arena.world.enter, *flood.command()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def end(sender: subprocess.Popen[str]) -> tuple[int, float]:
    """Wait for a sender's end; return how many packets it sent, in how many seconds."""
    output, _ = sender.communicate(timeout=180)
    sent, _, took_s = (output or "0 1").partition(" ")
    return int(sent), float(took_s)


@TABLE.row("50 phones with one typo", banned="== 0", registered="== 50")
def typos(arena: Arena) -> Values:
    """Let each begin with a wrong password, as people do."""
    addresses = [arena.customer(100 + number) for number in range(50)]
    return _mistaken(arena, addresses)


@TABLE.row("ten typos behind one NAT", banned="== 0", registered="== 10")
def typos_behind_nat(arena: Arena) -> Values:
    """Let a new office begin with ten wrong passwords at once."""
    return _mistaken(arena, [arena.attacker()] * 10)


def _mistaken(arena: Arena, addresses: list[str]) -> Values:
    def begin(number: int) -> bool:
        who = phone(arena, addresses[number])
        try:
            return register(arena, who, number, "a typo")
        finally:
            who.close()

    registered = sum(together(begin, len(addresses)))
    return {"registered": registered, "banned": hit(arena, set(addresses))}


@TABLE.row(
    "300 phones x 10 subscriptions behind one NAT",
    quick=False,
    banned="== 0",
    registered="== 300",
    subscribed="== 3000",
)
def cold_start(arena: Arena) -> Values:
    """Let a big office come back after a power cut, at an address that nobody knows."""
    address = arena.attacker()
    chance = random.Random(1)  # noqa: S311 - no secret
    starts = [chance.uniform(0, 5) for _ in range(OFFICE)]

    def boot(number: int) -> tuple[bool, int]:
        who = phone(arena, address)
        try:
            who.rest(starts[number])
            if not register(arena, who, number):
                return False, 0
            return True, sum(_watches(arena, who, number, n) for n in range(SUBSCRIPTIONS))
        finally:
            who.close()

    results = together(boot, OFFICE)
    return {
        "registered": sum(registered for registered, _ in results),
        "subscribed": sum(watched for _, watched in results),
        "banned": hit(arena, [address]),
    }


def _watches(arena: Arena, who: Phone, number: int, exten: int) -> bool:
    account, password = str(FIRST_ACCOUNT + number), arena.asterisk.phone_password
    try:
        return who.subscribe(account, password, f"70{exten}") == 200
    except TimeoutError:
        return False
