"""Networks of our own: namespaces that end with us, joined by cables, with any addresses we like.

Nothing of them touches the machine's own network, and nothing is mounted: a namespace lives as
long as the process that holds it, and that one as long as our end of its pipe.
"""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Sequence

from lab.errors import LabError

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_HOLD = "ip link set lo up && echo up && exec cat"


class Namespace:
    """One network namespace: `with Namespace() as pbx:`."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", _HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._holder.pid
        if self._holder.stdout is None or self._holder.stdout.readline() != "up\n":
            self.close()
            raise LabError("no network namespace", "the lab needs root, and unshare and ip")

    def __enter__(self) -> "Namespace":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, and with it all that is in it."""
        if self._holder.stdin is not None:
            self._holder.stdin.close()
        if self._holder.stdout is not None:
            self._holder.stdout.close()
        self._holder.wait()

    @property
    def enter(self) -> list[str]:
        """Return what stands before a command that shall run in it."""
        return ["nsenter", "-t", str(self.pid), "-n", "--"]

    def run(self, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in it, and return how it ended."""
        return subprocess.run(
            [*self.enter, *command], input=text, capture_output=True, text=True, check=False
        )

    def ip(self, *words: str) -> None:
        """Run `ip`. Raise LabError when it fails."""
        done = self.run("ip", *words)
        if done.returncode:
            raise LabError(f"ip {' '.join(words)}: {done.stderr.strip()}")

    def nft(self, args: Sequence[str], text: str) -> tuple[int, str, str]:
        """Run `nft` as the agent does."""
        done = self.run("nft", *args, text=text)
        return done.returncode, done.stdout, done.stderr

    def ruleset(self) -> str:
        """Return all rules, as nft lists them, without counts and without elements' times."""
        return self.run("nft", "-s", "list", "ruleset").stdout

    def open(self, kind: int, address: str, port: int = 0) -> socket.socket:
        """Return a socket in it, bound to one of its addresses."""
        made: list[socket.socket | OSError] = []
        worker = threading.Thread(target=self._make_socket, args=(kind, address, made))
        worker.start()
        worker.join()
        sock = made[0]
        if isinstance(sock, OSError):
            raise sock
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            sock.settimeout(5)
        except OSError:
            sock.close()
            raise
        return sock

    def _make_socket(self, kind: int, address: str, made: list[socket.socket | OSError]) -> None:
        # Only this thread moves, and it ends; a socket stays where it was made.
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        place = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        try:
            failed = _libc.setns(place, _CLONE_NEWNET)
            error = OSError(ctypes.get_errno(), "setns") if failed else None
            made.append(error or socket.socket(family, kind))
        except OSError as exc:
            made.append(exc)
        finally:
            os.close(place)


def cable(one: Namespace, other: Namespace, name: str = "cable") -> None:
    """Join two namespaces: an interface of this name in each."""
    one.ip("link", "add", name, "type", "veth", "peer", "name", name, "netns", str(other.pid))
    for end in (one, other):
        # Addresses of ours are nobody else's: no waiting for that to be found out.
        end.run("sysctl", "-qw", f"net.ipv6.conf.{name}.accept_dad=0")
        end.ip("link", "set", name, "up")


def give(place: Namespace, *addresses: str, name: str = "cable") -> None:
    """Give an end of a cable its addresses, with their prefixes."""
    for address in addresses:
        extra = ["nodad"] if ":" in address else []
        place.ip("addr", "add", address, "dev", name, *extra)


def move_into(place: Namespace) -> None:
    """Move this whole program into a namespace, for good: call it before a thread is started."""
    entry = os.open(f"/proc/{place.pid}/ns/net", os.O_RDONLY)
    try:
        if _libc.setns(entry, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(entry)
