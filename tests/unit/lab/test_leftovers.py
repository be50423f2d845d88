"""Labs whose owner died: only those are touched."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import leftovers


@pytest.fixture
def tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def sleeper(tmp: Path) -> Iterator[subprocess.Popen[bytes]]:
    folder = tmp / f"{leftovers.PREFIX}x"
    folder.mkdir()
    wait = [sys.executable, "-c", "input()"]
    with subprocess.Popen(wait, cwd=folder, stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_living_owners_lab_is_left_alone(tmp: Path, sleeper: subprocess.Popen[bytes]) -> None:
    folder = tmp / f"{leftovers.PREFIX}x"
    leftovers.sign(folder)
    assert leftovers.clean() == []
    assert folder.is_dir()
    assert sleeper.poll() is None


def test_an_unsigned_folder_is_left_alone(tmp: Path, sleeper: subprocess.Popen[bytes]) -> None:
    folder = tmp / f"{leftovers.PREFIX}x"
    (folder / leftovers.OWNER).write_text("12")
    assert leftovers.clean() == []
    assert sleeper.poll() is None


def test_a_dead_owners_lab_is_ended(tmp: Path, sleeper: subprocess.Popen[bytes]) -> None:
    folder = tmp / f"{leftovers.PREFIX}x"
    # The same process id, begun at another time: somebody else has it now.
    (folder / leftovers.OWNER).write_text(f"{os.getpid()} 1")
    assert list(leftovers.processes(folder)) == [sleeper.pid]
    assert len(leftovers.clean()) == 2
    assert sleeper.wait() == -9
    assert not folder.exists()
