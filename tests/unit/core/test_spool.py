"""The spool: in order, across a kill, its owner's alone, and never a reason to stop."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk_agent.core.errors import SpoolError
from asterisk_agent.core.spool import Record, Spool


def record(pos: int, body: str = '{"Event": "X"}', boot: str = "b") -> Record:
    return Record(pos, boot, pos, "X", "[[1, 0, true]]", body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent-a" / "events.sqlite"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    found = Spool(path)
    found.open()
    yield found
    found.close()


def positions(spool: Spool) -> list[int]:
    return [found.pos for found in spool.read(0, 100)]


def test_records_come_back_as_they_were_in_order(spool: Spool) -> None:
    spool.append([record(5), record(7)])
    spool.append([record(2, '{"Event": "Ünicode"}', boot="a")])
    assert positions(spool) == [2, 5, 7]
    (first, *_) = spool.read(0, 1)
    assert (first.boot, first.seq, first.name, first.body) == ("a", 2, "X", '{"Event": "Ünicode"}')
    assert [found.pos for found in spool.read(2, 1)] == [5]
    assert (spool.count, spool.first_pos, spool.last_pos, spool.boots()) == (3, 2, 7, ["a", "b"])


def test_what_is_forgotten_is_gone_and_its_bytes_too(spool: Spool, path: Path) -> None:
    spool.append([record(n, "secret-number-4711" * 10) for n in range(1, 50)])
    spool.forget(20)
    assert (spool.count, spool.first_pos) == (29, 21)
    assert spool.bytes == sum(found.size for found in spool.read(0, 100))
    spool.forget(49)
    assert (spool.count, spool.bytes, spool.first_pos, spool.last_pos) == (0, 0, 0, 49)
    spool.close()
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"secret-number-4711" not in left


def test_nobody_else_reads_it(spool: Spool, path: Path) -> None:
    spool.append([record(1)])
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_a_second_agent_of_the_same_name_is_refused(spool: Spool, path: Path) -> None:
    with pytest.raises(SpoolError, match="another agent"):
        Spool(path).open()


def test_a_folder_that_cant_be_made_is_an_error_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="STATE_DIRECTORY"):
        Spool(tmp_path / "file" / "events.sqlite").open()


def test_a_damaged_file_is_put_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    spool = Spool(path)
    spool.open()
    assert (spool.count, spool.damaged) == (0, 1)
    spool.append([record(1)])
    assert positions(spool) == [1]
    spool.close()
    assert path.with_name("events.sqlite.damaged").is_file()


WRITER = """
import sys
from pathlib import Path
from asterisk_agent.core.spool import Record, Spool
spool = Spool(Path(sys.argv[1])); spool.open()
pos = 0
while True:
    spool.append([Record(pos + n, "b", pos + n, "X", "[]", "x" * 500) for n in range(1, 201)])
    pos += 200
    print(pos, flush=True)
"""


def test_killed_while_writing_it_keeps_every_batch_that_was_taken(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(20)][-1]
        writer.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in writer.stdout if line.endswith("\n"))])
    spool = Spool(path)
    spool.open()
    found = [one.pos for one in spool.read(0, 10_000_000)]
    spool.close()
    assert len(found) >= told
    assert found == list(range(1, len(found) + 1))
    assert len(found) % 200 == 0
