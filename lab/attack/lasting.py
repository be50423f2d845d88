"""Rows: what holds when the agent is killed, when bans are many, when AMI is held."""

import re
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Network

from asterisk_agent.firewall.kernel_sets import Change
from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.source import parse_network
from lab.attack.arena import Arena
from lab.attack.row import TABLE, Values
from lab.attack.volley import Datagrams, fire, wrong_password
from lab.fort import PBX4
from lab.process import wait_until

MANY = 10_000
IDLE = 60


@TABLE.row(
    "kill -9, restart, rules again, thrice", lost="== 0", moved_s="<= 2", changed_rules="== 0"
)
def killed(arena: Arena) -> Values:
    """Kill the agent as a power cut does, three times: each start applies the rules again."""
    address = arena.attacker()
    line = Datagrams(arena, address)
    with line.sock:
        fire(line, wrong_password(line), 1000, 200)
    wait_until(lambda: _end(arena, address) is not None, "the ban", 60)
    rules, end = _rules(arena), _end(arena, address)
    moved, lost = 0.0, 0
    for _ in range(3):
        arena.restart_agent()
        now = _end(arena, address)
        lost += now is None
        moved = max(moved, abs((now or 0) - (end or 0)))
    return {"lost": lost, "moved_s": moved, "changed_rules": int(_rules(arena) != rules)}


def _rules(arena: Arena) -> str:
    """Return our rules without the sets' elements, which come and go."""
    return arena.pbx.run("nft", "-s", "-t", "list", "table", "inet", "asterisk_agent").stdout


def _end(arena: Arena, address: str) -> float | None:
    """Return when the kernel's ban of an address ends, by our clock."""
    network = parse_network(address)
    found = [one for one in Nftables(arena.pbx.nft).traffic() if one.network == network]
    return time.monotonic() + (found[0].left_s or 0) if found else None


@TABLE.row("10,000 bans at once", kernel_ms="<= 100", held="== 10000")
def many_bans(arena: Arena) -> Values:
    """Put all of them into the kernel in one transaction: `kernel_ms` is the system call that
    hands it over and returns when it holds, `ms` all that we do from the decision on. The agent
    is stopped: it takes bans that it did not decide out of its sets.
    """
    with arena.without_agent():
        return _many_bans(arena)


def _many_bans(arena: Arena) -> Values:
    backend, watched = Nftables(arena.pbx.nft), Watched(arena)
    first = int(parse_network("10.100.0.0").network_address)
    networks = [IPv4Network((first + number, 32)) for number in range(MANY)]
    add = Change("ban4", add=dict.fromkeys(networks, 600.0))
    delete = Change("ban4", delete=tuple(networks))
    took, in_kernel, held = [], [], MANY
    for _ in range(5):
        began = time.monotonic()
        backend.commit([add])
        took.append(time.monotonic() - began)
        held = min(held, len(backend.collect()["ban4"].keys() & set(networks)))
        backend.commit([delete])
        Nftables(watched.nft).commit([add])
        in_kernel.append(watched.took_s())
        backend.commit([delete])
    return {"kernel_ms": min(in_kernel) * 1000, "ms": min(took) * 1000, "held": held}


class Watched:
    """Runs `nft` and measures how long the kernel takes for its transaction."""

    def __init__(self, arena: Arena) -> None:
        self._pbx, self._log = arena.pbx, arena.folder / "nft.strace"

    def nft(self, args: Sequence[str], text: str) -> tuple[int, str, str]:
        """Run `nft`."""
        watch = ["strace", "-qq", "-T", "-e", "trace=sendmsg", "-o", str(self._log)]
        done = self._pbx.run(*watch, "nft", *args, text=text)
        return done.returncode, done.stdout, done.stderr

    def took_s(self) -> float:
        """Return the seconds of its longest call; the others ask what there is."""
        return max(float(one) for one in re.findall(r"<([\d.]+)>$", self._log.read_text(), re.M))


@TABLE.row("60 idle strangers on the manager's port", agent_logged_in="== 1", held="<= 8")
def idle_strangers(arena: Arena) -> Values:
    """Hold as many connections as the manager serves before a login, and start the agent."""
    sockets = []
    try:
        for address in (arena.attacker(), arena.attacker()):
            sockets += [_idle(arena, address) for _ in range(IDLE // 2)]
        began = time.monotonic()
        # Ready when Asterisk's security events are heard.
        arena.restart_agent()
        held = sum(_connected(sock) for sock in sockets)
        took_s = time.monotonic() - began
        return {"agent_logged_in": 1, "held": held, "start_s": took_s}
    finally:
        for sock in sockets:
            sock.close()


def _idle(arena: Arena, address: str) -> socket.socket:
    sock = arena.socket(address, socket.SOCK_STREAM)
    sock.setblocking(False)
    with suppress(BlockingIOError):
        sock.connect((PBX4, arena.asterisk.ami_port))
    return sock


def _connected(sock: socket.socket) -> bool:
    try:
        return bool(sock.getpeername())
    except OSError:
        return False
