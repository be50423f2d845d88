"""As much of libsndfile as a recording needs: 16-bit sound in, 16-bit sound out.

By ctypes, because python-soundfile wants numpy, seventy megabytes for what is a loop here. The
library is the system's (Debian: libsndfile1), or the one that python-soundfile brings.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_int64, c_short, c_void_p
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

# sndfile.h
_READ, _WRITE = 0x10, 0x20
#: MP3 since 1.1.0, Opus since 1.0.29.
FORMATS = {"mp3": 0x230000 | 0x82, "opus": 0x200000 | 0x64}


class _Info(ctypes.Structure):
    _fields_ = (
        ("frames", c_int64),
        ("rate", c_int),
        ("channels", c_int),
        ("format", c_int),
        ("sections", c_int),
        ("seekable", c_int),
    )


def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libsndfile.so.1")
    except OSError:
        spec = find_spec("_soundfile_data")
        folders = spec.submodule_search_locations if spec else []
        paths = [path for folder in folders or [] for path in Path(folder).glob("libsndfile*")]
        if not paths:
            raise
        library = ctypes.CDLL(str(paths[0]))
    library.sf_open.argtypes = [c_char_p, c_int, POINTER(_Info)]
    library.sf_open_fd.argtypes = [c_int, c_int, POINTER(_Info), c_int]
    library.sf_open.restype = library.sf_open_fd.restype = c_void_p
    for move in (library.sf_readf_short, library.sf_writef_short):
        move.argtypes, move.restype = [c_void_p, POINTER(c_short), c_int64], c_int64
    library.sf_close.argtypes = [c_void_p]
    library.sf_strerror.argtypes, library.sf_strerror.restype = [c_void_p], c_char_p
    return library


class Sound:
    """An open file of sound; a context manager. Raise ``OSError`` for what is none."""

    def __init__(self, place: int | str, like: Sound | None = None, kind: str = "") -> None:
        """Read an open file, or a path; ``kind`` writes the path, with the rate of ``like``."""
        self._lib, self._info = _library(), _Info()
        if like:
            self._info.rate, self._info.channels = like._info.rate, like._info.channels
            self._info.format = FORMATS[kind]
        about, mode = ctypes.byref(self._info), _WRITE if like else _READ
        if isinstance(place, int):
            self._file = self._lib.sf_open_fd(place, mode, about, 0)
        else:
            self._file = self._lib.sf_open(place.encode(), mode, about)
        if not self._file:
            raise OSError(self._lib.sf_strerror(None).decode(errors="replace"))

    @property
    def seconds(self) -> float:
        """Tell how long it is, as its head says."""
        return float(self._info.frames / self._info.rate)

    def copy_to(self, other: Sound, frames: int) -> None:
        """Write all of it to ``other``, so much at a time. Raise ``OSError``."""
        piece = (c_short * (frames * self._info.channels))()
        while count := self._lib.sf_readf_short(self._file, piece, frames):
            if self._lib.sf_writef_short(other._file, piece, count) != count:
                raise OSError(self._lib.sf_strerror(other._file).decode(errors="replace"))

    def __enter__(self) -> Sound:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._lib.sf_close(self._file) and exc is None:
            raise OSError("the end of the sound can't be written")
