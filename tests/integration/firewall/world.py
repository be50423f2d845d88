"""An internet with as many addresses as a test likes, and a PBX: what tests of the kernel share."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Sequence

import pytest
from lab.netns import Namespace

from asterisk_agent.firewall.kernel_sets import Sets
from asterisk_agent.firewall.ports import Ports
from asterisk_agent.firewall.ruleset import render
from unit.firewall.facts import net

NEEDS = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("unshare"),
    reason="needs root, nft and unshare for namespaces of its own",
)

PBX4, PBX6 = "10.99.0.1", "fd99::1"
RULES = render(Ports())
SIP = b"OPTIONS sip:x@pbx SIP/2.0\r\nCall-ID: 1\r\n\r\n"
#: None of Asterisk's.
MARK_PORT = 9999
WAIT_S = 30.0
REFUSAL = b"SIP/2.0 401 Unauthorized\r\n\r\n"


class Phone:
    """One address of the world, and how much of what it sends arrives at a port of the PBX."""

    def __init__(self, world: Namespace, pbx: Namespace, address: str, port: int = 5060) -> None:
        target = PBX6 if ":" in address else PBX4
        self.near = world.open(socket.SOCK_DGRAM, address)
        self.far = pbx.open(socket.SOCK_DGRAM, target, port)
        # Of several phones each hears its own packets only.
        self.far.connect(self.near.getsockname())
        self.target = (target, port)
        self.marked = pbx.open(socket.SOCK_DGRAM, target, MARK_PORT)
        self.marked.connect(self.near.getsockname())
        self.marked.settimeout(WAIT_S)

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *exc: object) -> None:
        self.marked.close()
        self.far.close()
        self.near.close()

    def arrives(self, packet: bytes = SIP) -> bool:
        """Send one packet, and behind it another, to a port at which nobody looks: a cable loses
        nothing and keeps the order, so that when that one has come, the first is there or not.
        """
        self.near.sendto(packet, self.target)
        self.near.sendto(b"mark", (self.target[0], MARK_PORT))
        self.marked.recv(100)
        self.far.setblocking(False)
        try:
            self.far.recv(4096)
        except BlockingIOError:
            return False
        return True

    def asked(self) -> bool:
        """Send a request that Asterisk refuses; tell whether it still came that far."""
        if not self.arrives():
            return False
        self.far.send(REFUSAL)
        return True


def sets(**elements: Sequence[tuple[str, float | None]]) -> Sets:
    return {name: {net(text): left for text, left in found} for name, found in elements.items()}


FULL = sets(
    ban4=[("10.66.0.1", 600.0), ("10.66.0.2", 86_400.0)],
    ban6=[("fd66:0:0:1::/64", 600.0)],
    net4=[("192.0.2.0/24", 3600.0), ("192.0.3.0/24", 3600.0), ("10.0.0.0/9", 60.0)],
    net6=[("fd01::/48", 3600.0)],
    known4=[("10.66.0.5", 604_800.0)],
    known6=[("fd66:0:0:2::/64", 604_800.0)],
    allow4=[("10.1.1.1", None), ("10.1.1.2", None), ("10.2.0.0/16", None)],
    allow6=[("fd02::1", None)],
    deny4=[("203.0.113.0/24", None), ("10.7.7.7", None)],
    deny6=[("fd03::/32", None)],
)
