"""What the head of a file of sound tells."""

import io
import struct

import pytest

from asterisk_agent.recordings.audio import Audio, audio_of


def wav(sound: bytes, told: int | None = None) -> bytes:
    length = len(sound) if told is None else told
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", length) + sound
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (wav(bytes(16000)), Audio(1.0, is_whole=True, is_empty=False)),
        (wav(b""), Audio(0.0, is_whole=True, is_empty=True)),
        (wav(bytes(16000), 0), Audio(1.0, is_whole=False, is_empty=False)),
        (wav(bytes(8000), 16000), Audio(0.5, is_whole=False, is_empty=False)),
        (b"RIFF\x00\x00\x00\x00WAVE", Audio(None, is_whole=False, is_empty=True)),
        (b"ID3 an mp3", Audio(None, is_whole=True, is_empty=False)),
        (b"", Audio(None, is_whole=True, is_empty=True)),
    ],
)
def test_duration_wholeness_and_emptiness(content: bytes, expected: Audio) -> None:
    assert audio_of(io.BytesIO(content), len(content)) == expected
