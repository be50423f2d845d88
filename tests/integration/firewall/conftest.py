"""Namespaces of the test: `world` is the internet, `pbx` the machine with our rules."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from lab.netns import Namespace, cable, give

from asterisk_agent.firewall import kernel_sets
from asterisk_agent.firewall.nftables import Nftables
from integration.firewall.world import PBX4, PBX6


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy for half a minute makes no difference."""
    monkeypatch.setattr(kernel_sets, "TOLERANCE_S", 30.0)


@pytest.fixture(autouse=True)
def one_processor() -> Iterator[None]:
    """Send everything on one processor: its queue of packets is one line, and keeps their order."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture
def pbx() -> Iterator[Namespace]:
    with Namespace() as made:
        yield made


@pytest.fixture
def world(pbx: Namespace) -> Iterator[Namespace]:
    with Namespace() as made:
        cable(pbx, made)
        give(pbx, f"{PBX4}/8", f"{PBX6}/8")
        give(made, *(f"10.66.0.{n}/8" for n in range(1, 6)))
        give(made, *(f"fd66:0:0:{n}::{host}/8" for n in (1, 2) for host in (1, 2)))
        yield made


@pytest.fixture
def backend(pbx: Namespace) -> Nftables:
    return Nftables(pbx.nft)
