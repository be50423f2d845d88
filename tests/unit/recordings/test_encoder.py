"""Smaller recordings, by the real encoder; and what becomes of a WAV that it can't read."""

import logging
import struct
from pathlib import Path

import pytest
import soundfile
from lab import melody

from asterisk_agent.core.errors import OdooServerError
from asterisk_agent.recordings.collector import Collector
from asterisk_agent.recordings.encoder import Encoder
from asterisk_agent.recordings.folder import RecordingFolder
from unit.recordings.test_collector import Desk

NAME = "1795407584.0.wav"


def wav(sound: bytes, form: int = 1) -> bytes:
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, form, 1, 8000, 16000, 2, 16)
    body = b"WAVE" + head + struct.pack("<4sI", b"data", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(body)) + body


TUNE = wav(struct.pack(f"<{len(melody.samples())}h", *melody.samples()))


def desk_of(tmp_path: Path, kind: str) -> Desk:
    desk = Desk(tmp_path)
    encoder = Encoder(kind, tmp_path / "encoded", lambda work, *args: work(*args))
    folder = RecordingFolder(desk.root)
    desk.collector = Collector(folder, desk.notes, desk.odoo, desk.clock, encoder=encoder)
    return desk


@pytest.mark.parametrize("kind", ["mp3", "opus"])
def test_the_melody_is_in_the_smaller_file(tmp_path: Path, kind: str) -> None:
    desk = desk_of(tmp_path, kind)
    path = desk.write(NAME, TUNE)
    # Odoo has it, and the answer is lost: the same bytes must come again, and the WAV stays.
    desk.odoo.faults["finished"] = OdooServerError("gone")
    desk.turn()
    assert path.read_bytes() == TUNE
    desk.turn()
    assert not path.exists()
    ((name, content),) = desk.odoo.kept
    assert name == f"1795407584.0.{kind}"
    assert len(content) < len(TUNE) / 2
    assert len({one.sha256 for one in desk.odoo.offers if one.filename == name}) == 1
    assert not list((tmp_path / "encoded").iterdir())
    (made := tmp_path / "made").write_bytes(content)
    sound, found = soundfile.read(made, dtype="int16")
    assert found == melody.RATE
    likeness, seconds = melody.find(list(map(int, sound)))
    assert likeness > 0.9
    assert abs(seconds - (melody.SECONDS - melody.TONE_S)) < 0.2


def test_what_the_encoder_refuses_goes_over_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = desk_of(tmp_path, "mp3")
    # A kind of sound that nobody knows: the head's length is right.
    broken = wav(bytes(16000), form=0x7777)
    desk.odoo.calls.add("1795407585.0")
    for name in (NAME, "1795407585.0.wav"):
        desk.write(name, broken)
    with caplog.at_level(logging.WARNING):
        desk.turn()
    assert desk.odoo.kept == [(NAME, broken), ("1795407585.0.wav", broken)]
    assert [record.message for record in caplog.records] == [
        "recordings go over as they are, no mp3 of them: the encoder ended with status 1"
    ]
    assert not list(desk.root.iterdir())
