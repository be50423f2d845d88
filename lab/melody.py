"""A sound that can be found again: a row of tones, and where it is in a recording."""

import math
import struct
from collections.abc import Sequence
from pathlib import Path

RATE = 8000
#: No two neighbours share a harmonic.
TONES = (440, 1250, 620, 1700, 890, 350, 1480, 740)
TONE_S = 0.4
SECONDS = len(TONES) * TONE_S
_LOUD = 8000
#: So much of a tone's middle is looked for, so far to both sides of where it should be.
_PIECE, _REACH, _LEAST = 800, 400, 1000


def samples() -> list[int]:
    """Return the melody as linear samples. Each tone glides a little, so it is unlike itself."""
    found = []
    for tone in TONES:
        for number in range(round(TONE_S * RATE)):
            t = number / RATE
            found.append(round(_LOUD * math.sin(2 * math.pi * (tone + 60 * t) * t)))
    return found


def write_alaw(path: Path) -> None:
    """Write the melody as sipp plays it: A-law, no head."""
    path.write_bytes(bytes(_alaw(sample) for sample in samples()))


def read_wav(content: bytes) -> list[int]:
    """Return the samples of a WAV file of 16 bits, mono, 8000 a second. Raise ValueError."""
    position = content.index(b"data") + 8
    head = struct.unpack_from("<HHI", content, content.index(b"fmt ") + 8)
    if head != (1, 1, RATE):
        raise ValueError(f"another format: {head}")
    (length,) = struct.unpack_from("<I", content, position - 4)
    return list(struct.unpack_from(f"<{length // 2}h", content, position))


def find(heard: Sequence[int]) -> tuple[float, float]:
    """Return how well the melody is in a recording (the worst tone's correlation, 1.0 is perfect),
    and how many seconds lie between its first and last tone there.
    """
    own, length = samples(), round(TONE_S * RATE)
    pieces = [own[n * length + (length - _PIECE) // 2 :][:_PIECE] for n in range(len(TONES))]
    # Before it there is silence.
    place = next((n for n, sample in enumerate(heard) if abs(sample) > _LEAST), 0)
    place += (length - _PIECE) // 2
    found = []
    for piece in pieces:
        likeness, there = _best(piece, heard, range(place - _REACH, place + _REACH))
        found.append((likeness, there))
        place = there + length
    return min(found)[0], (found[-1][1] - found[0][1]) / RATE


def _best(piece: Sequence[int], heard: Sequence[int], places: range) -> tuple[float, int]:
    return max((_likeness(piece, heard, place), place) for place in places)


def _likeness(piece: Sequence[int], heard: Sequence[int], place: int) -> float:
    there = heard[place : place + _PIECE] if place >= 0 else []
    if len(there) < _PIECE:
        return 0.0
    power = math.sqrt(sum(x * x for x in piece) * sum(x * x for x in there))
    return sum(x * y for x, y in zip(piece, there, strict=True)) / power if power else 0.0


def _alaw(sample: int) -> int:
    """Encode one sample (ITU-T G.711)."""
    sign, size = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    size = min(size >> 3, 4095)
    exponent = max(0, size.bit_length() - 5)
    mantissa = (size >> max(1, exponent)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55
