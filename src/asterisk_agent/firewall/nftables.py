"""The kernel's backend: one table of our own, by the program ``nft``."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

from asterisk_agent.core.errors import (
    FirewallError,
    FirewallSlowError,
    FirewallTableGoneError,
    FirewallUnavailableError,
)
from asterisk_agent.firewall.backend import Traffic
from asterisk_agent.firewall.kernel_sets import NAMES, Change, Sets
from asterisk_agent.firewall.libnftables import Quick
from asterisk_agent.firewall.nft_json import Element, elements_of, objects
from asterisk_agent.firewall.nft_text import commands
from asterisk_agent.firewall.ruleset import AUTO_SETS, FAMILY, TABLE

#: 100,000 elements were measured at half a second; what takes this long hangs.
TIMEOUT_S = 20.0
#: More of them would hold up the whole process; a few take a fraction of a millisecond.
QUICK_ELEMENTS = 50
_SHUT_OUT = ("ban4", "ban6", "net4", "net6", "deny4", "deny6", *AUTO_SETS)
_CURE = (
    "install the package nftables, and give the agent CAP_NET_ADMIN (docs/explanation/security.md)"
)

#: Given arguments after ``nft`` and standard input: status, output, complaints.
Nft = Callable[[Sequence[str], str], tuple[int, str, str]]


def run_nft(args: Sequence[str], text: str) -> tuple[int, str, str]:
    """Run ``nft``. Raise ``FirewallUnavailableError`` without it, ``FirewallError`` in time-out."""
    try:
        done = subprocess.run(
            ["nft", *args],
            input=text,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError as exc:
        raise FirewallUnavailableError("there is no program nft", _CURE) from exc
    except PermissionError as exc:
        raise FirewallUnavailableError("the program nft can't be started", _CURE) from exc
    except Exception as exc:
        # Eventlet's Popen raises the class of its own copy of subprocess: the name is the same.
        if type(exc).__name__ != "TimeoutExpired":
            raise
        raise FirewallSlowError(f"nft did not end within {TIMEOUT_S:g} s") from exc
    return done.returncode, done.stdout, done.stderr


class Nftables:
    """``Backend`` for Linux. Touches nothing outside ``TABLE``."""

    def __init__(self, nft: Nft = run_nft, quick: Quick | None = None) -> None:
        """Take what runs ``nft``, and what is quicker for a few elements, if there is such."""
        self._nft = nft
        self._quick = quick

    def install(self, rules: str) -> None:
        """Put the rules in place. A table of another version, whose sets differ, makes room."""
        self._check_rights()
        status, _, complaint = self._nft(["-f", "-"], rules)
        if status:
            place = f"{FAMILY} {TABLE}"
            anew = f"add table {place}\ndelete table {place}\n{rules}"
            status, _, complaint = self._nft(["-f", "-"], anew)
        if status:
            raise FirewallError(f"nft refused the rules: {_first_line(complaint)}")

    def collect(self) -> Sets:
        """Read the sets back."""
        return {
            name: {n: element.left_s for element in self._list(name) for n in element.networks}
            for name in NAMES
        }

    def commit(self, changes: Sequence[Change]) -> None:
        """Carry out changes in one transaction."""
        if not changes:
            return
        text = commands(changes)
        quick = sum(len(change.add) for change in changes) <= QUICK_ELEMENTS
        quick = quick and all(change.only_adds for change in changes)
        if self._quick is not None and quick and self._quick(text):
            return
        self._run(["-f", "-"], text)

    def counters(self) -> dict[str, int]:
        """Read the packet counters."""
        text = self._run(["-j", "list", "counters", "table", FAMILY, TABLE])
        found = {c["name"]: int(c["packets"]) for c in objects(text, "counter")}
        if not found:
            raise FirewallTableGoneError("our table is not in the kernel")
        return found

    def traffic(self) -> list[Traffic]:
        """Tell what the shut-out networks sent."""
        return [
            Traffic(network, e.packets, e.bytes, e.left_s, automatic=name in AUTO_SETS)
            for name in _SHUT_OUT
            for e in self._list(name)
            for network in e.networks
        ]

    def remove(self) -> None:
        """Delete the table, if it is there."""
        self._check_rights()
        # nft 1.0.6 has no `destroy`; deleting a table that is not there is an error.
        place = f"{FAMILY} {TABLE}"
        self._run(["-f", "-"], f"add table {place}\ndelete table {place}\n")

    def exists(self) -> bool:
        """Tell whether our table is in the kernel."""
        tables = objects(self._run(["-j", "list", "tables"]), "table")
        return any((t.get("family"), t.get("name")) == (FAMILY, TABLE) for t in tables)

    def _check_rights(self) -> None:
        # Without rights nft says so here, whatever is in the kernel.
        self._run(["-j", "list", "tables"])

    def _list(self, name: str) -> list[Element]:
        text = self._run(["-j", "list", "set", FAMILY, TABLE, name])
        return [element for listed in objects(text, "set") for element in elements_of(listed)]

    def _run(self, args: Sequence[str], text: str = "") -> str:
        status, output, complaint = self._nft(args, text)
        if status == 0:
            return output
        if "Operation not permitted" in complaint:
            raise FirewallUnavailableError("the kernel's rules may not be changed", _CURE)
        if "No such file or directory" in complaint:
            raise FirewallTableGoneError("our table is not in the kernel")
        raise FirewallError(f"nft failed: {_first_line(complaint)}")


def _first_line(complaint: str) -> str:
    return (complaint.strip().splitlines() or ["no reason given"])[0][:200]
