"""SCENARIOS 26: 100 MB arrive once, though the agent, Odoo and RabbitMQ are killed on the way, and
nobody holds them in memory.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab.ami import AmiSession
from lab.book import Book
from lab.chaos import peace
from lab.chaos.recordings import RECORDING
from lab.chaos.site import Site
from lab.process import wait_until
from lab.stage import Stage

pytestmark = pytest.mark.lab
BIG_BYTES = 100 << 20
PIECE = 1 << 20
GROWTH_MB = 40


@pytest.fixture
def stage(site: Site) -> Iterator[Stage]:
    """Phones and the trunk for one test."""
    with AmiSession.ear(site.pbx) as ear:
        ready = Stage(site.lab, site.pbx, ear)
        yield ready
        ready.clear()


def test_a_large_one_arrives_once_whatever_is_killed(site: Site, stage: Stage) -> None:
    book = Book(peace.admin(site))
    before = book.last_id()
    stage.phone("101", ring_s=0.1)
    stage.inbound("101", talk_s=0.5).finish()
    call = book.wait_only(before)
    path = site.pbx.spool / "monitor" / f"{call['linkedid']}.mp3"
    digest = big_file(path)
    parts = site.odoo.folder / "data/filestore" / site.database / "asterisk_plus_uploads"

    def arrived(share: float) -> Callable[[], bool]:
        return lambda: size_of(parts, digest) >= share * BIG_BYTES

    for share, component in ((0.1, site.one), (0.3, site.odoo), (0.5, site.rabbitmq)):
        wait_until(arrived(share), f"{share:.0%} of it in Odoo", 120)
        component.kill()
        component.start()
        if component is site.one:
            small = memory_mb(site)
    wait_until(lambda: not path.exists(), "the file is gone from Asterisk's disk", 180)
    grown = memory_mb(site) - small
    print(f"the agent's memory grew by {grown} MB at its peak")  # noqa: T201
    assert grown < GROWTH_MB
    domain = [["filename", "=", path.name]]
    rows = peace.admin(site).search_read(RECORDING, domain, ["call_id", "size", "checksum"])
    found = [(row["call_id"][0], row["size"], row["checksum"]) for row in rows]
    assert found == [(call["id"], BIG_BYTES, digest)]


def big_file(path: Path) -> str:
    """Make a large recording, all at once for whoever looks; return its checksum."""
    new, digest = path.with_name(".new"), hashlib.sha256()
    with new.open("wb") as file:
        for number in range(BIG_BYTES // PIECE):
            piece = number.to_bytes(8, "big") * (PIECE // 8)
            digest.update(piece)
            file.write(piece)
    new.rename(path)
    return digest.hexdigest()


def size_of(parts: Path, digest: str) -> int:
    """Return how much of a recording has arrived and is not kept yet."""
    return max((path.stat().st_size for path in parts.glob(f"*-{digest}.part")), default=0)


def memory_mb(site: Site) -> int:
    """Return the most memory that the agent ever held (VmHWM of proc(5))."""
    process = site.one.process
    assert process is not None
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) // 1024
