"""What a file of audio tells of itself: how long it lasts, whether its end was written."""

from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

#: A RIFF head without any sound: format_wav.c writes it when the file is made.
HEAD_BYTES = 44
_LOOK_BYTES = 4096


class Audio(NamedTuple):
    """Seconds of sound, None when it can't be told; whether the head agrees with the size."""

    duration_s: float | None
    is_whole: bool
    is_empty: bool


def audio_of(file: BinaryIO, size: int) -> Audio:
    """Look at a file of ``size`` bytes; what is no RIFF file is taken to be whole."""
    file.seek(0)
    head = file.read(_LOOK_BYTES)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return Audio(None, is_whole=True, is_empty=not size)
    rate, position = 0, 12
    while position + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, position)
        position += 8
        if name == b"fmt " and position + 16 <= len(head):
            rate = struct.unpack_from("<I", head, position + 8)[0]
        if name == b"data":
            return _of_data(rate, length, size - position)
        position += length + (length & 1)
    return Audio(None, is_whole=False, is_empty=size <= HEAD_BYTES)


def _of_data(rate: int, told: int, there: int) -> Audio:
    """Judge by the data's length as told and as it is; its end may be padded to an even one."""
    is_whole = told in {there, there - 1}
    length = told if is_whole else there
    return Audio(length / rate if rate else None, is_whole, is_empty=there <= 0)
