"""The folder of recordings: nothing outside can be reached, whatever the name says."""

import os
from pathlib import Path

import pytest

from asterisk_agent.core.errors import RecordingError, RecordingNameError
from asterisk_agent.recordings.folder import RecordingFolder, is_written, look_of

OUTSIDE = ("../x.wav", "/etc/passwd", "a/../../x.wav", "", ".", "a\0b.wav", "a\nb.wav")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "monitor"
    (folder / "2026").mkdir(parents=True)
    (folder / "one.wav").write_bytes(b"one")
    (folder / "2026/two.WAV").write_bytes(b"two")
    (folder / "note.txt").write_bytes(b"no recording")
    (folder / ".hidden.wav").write_bytes(b"no recording")
    (tmp_path / "secret.wav").write_bytes(b"secret")
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    (folder / "door").symlink_to(tmp_path)
    return folder


def test_it_lists_recordings_and_neither_links_nor_others(root: Path) -> None:
    assert RecordingFolder(root).names() == ["2026/two.WAV", "one.wav"]


@pytest.mark.parametrize("told", OUTSIDE)
def test_a_name_that_leads_out_is_refused(root: Path, told: str) -> None:
    with pytest.raises(RecordingNameError):
        RecordingFolder(root).name_of(told)


def test_names_are_told_as_asterisk_sees_the_folder(root: Path) -> None:
    folder = RecordingFolder(root, "/mnt/run/spool/monitor")
    assert folder.name_of("/mnt/run/spool/monitor/2026/two.WAV") == "2026/two.WAV"
    assert folder.name_of("one.wav") == "one.wav"
    with pytest.raises(RecordingNameError):
        folder.name_of(str(root / "one.wav"))


@pytest.mark.parametrize("name", ["link.wav", "door/secret.wav", "2026"])
def test_links_and_folders_are_never_opened(root: Path, name: str) -> None:
    with pytest.raises(RecordingNameError), RecordingFolder(root).open(name):
        pass


def test_a_file_that_is_not_there_is_an_error_of_its_own(root: Path) -> None:
    with pytest.raises(RecordingError), RecordingFolder(root).open("gone.wav"):
        pass


def test_only_the_file_that_was_seen_is_removed(root: Path) -> None:
    folder = RecordingFolder(root)
    with folder.open("one.wav") as file:
        look = look_of(file.fileno())
    (root / "one.wav").write_bytes(b"more")
    assert not folder.remove("one.wav", look)
    assert (root / "one.wav").exists()
    with folder.open("one.wav") as file:
        look = look_of(file.fileno())
    assert folder.remove("one.wav", look)
    assert not (root / "one.wav").exists()


def test_the_system_tells_who_writes(root: Path) -> None:
    with RecordingFolder(root).open("one.wav") as file:
        if is_written(file.fileno()) is None:
            pytest.skip("this file system gives no leases")
        writer = os.open(root / "one.wav", os.O_WRONLY)
        assert is_written(file.fileno()) is True
        os.close(writer)
        assert is_written(file.fileno()) is False
