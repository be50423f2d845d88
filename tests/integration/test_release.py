"""`scripts/release` gives the same bytes for the same commit, and releases nothing uncommitted."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from asterisk_agent import __version__

TOP = Path(__file__).resolve().parents[2]
#: Told to build an image of a folder that has the agent, it says so.
DOCKER = '#!/bin/sh\ntest -f "$7/src/asterisk_agent/__init__.py" && echo "docker $*"\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    subprocess.run(["git", "clone", "-q", TOP, tmp_path / "clone"], check=True)
    return tmp_path / "clone"


def release(
    clone: Path, out: Path, umask: int, *words: str, path: str = "/usr/bin"
) -> subprocess.CompletedProcess[str]:
    command = [clone / "scripts" / "release", "--out", out, *words]
    environ = os.environ | {"PATH": f"{path}:{os.environ['PATH']}"}
    return subprocess.run(command, env=environ, capture_output=True, text=True, umask=umask)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_commit_gives_the_same_bytes(clone: Path, tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    for name, umask, words in (("one", 0o022, ()), ("two", 0o077, ("--image",))):
        made = release(clone, tmp_path / name, umask, *words, path=str(tmp_path))
        assert made.returncode == 0, made.stderr
        assert (f" -t asterisk-agent:{__version__} " in made.stdout) == bool(words)
    found = contents(tmp_path / "one")
    assert found == contents(tmp_path / "two")
    series = [f"asterisk_plus-{number}.0.zip" for number in range(14, 19)]
    wheel, notes = f"asterisk_agent-{__version__}-py3-none-any.whl", f"CHANGES-{__version__}.md"
    assert {*series, wheel, notes, "SHA256SUMS"} <= set(found)
    assert found[notes].strip()
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    subprocess.run(check, cwd=tmp_path / "one", check=True)


def test_what_is_not_committed_is_not_released(clone: Path, tmp_path: Path) -> None:
    (clone / "addons" / "asterisk_plus" / "mine.py").write_text("")
    made = release(clone, tmp_path / "out", 0o022)
    assert made.returncode == 65
    assert not (tmp_path / "out").exists()


def test_a_word_that_is_not_known_releases_nothing(clone: Path, tmp_path: Path) -> None:
    assert release(clone, tmp_path / "out", 0o022, "--nonsense").returncode == 64
    assert not (tmp_path / "out").exists()
