"""Whatever a recording is called, only a file of the folder is opened."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asterisk_agent.core.errors import RecordingError, RecordingNameError
from asterisk_agent.recordings.folder import RecordingFolder

_parts = st.sampled_from(
    ["..", ".", "", "a", "one.wav", "door", "link.wav", "secret.wav", "TOP", "monitor", "~", "*"]
)
names = st.lists(_parts | st.text(max_size=8), min_size=1, max_size=6).map("/".join)


@pytest.fixture(scope="module")
def top() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "monitor"
        (folder / "a").mkdir(parents=True)
        (folder / "one.wav").write_bytes(b"good")
        (folder / "a/one.wav").write_bytes(b"good")
        (folder.parent / "secret.wav").write_bytes(b"bad")
        (folder / "link.wav").symlink_to(folder.parent / "secret.wav")
        (folder / "door").symlink_to(folder.parent)
        yield Path(made)


@given(names, st.booleans())
@example("../secret.wav", False)
@example("TOP/monitor/../secret.wav", False)
@example("door/secret.wav", True)
@example("a/\ud800.wav", True)
@example("a" * 300 + ".wav", True)
def test_nothing_outside_is_read(top: Path, name: str, absolute: bool) -> None:
    told = name.replace("TOP", str(top))
    folder = RecordingFolder(top / "monitor")
    try:
        found = folder.name_of(f"{top}/monitor/{told}" if absolute else told)
        with folder.open(found) as file:
            assert file.read() == b"good"
    except (RecordingError, RecordingNameError):
        return
    assert ".." not in found.split("/")
