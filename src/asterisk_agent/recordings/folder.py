"""The folder of recordings: the only door to files that Asterisk, or Odoo, names.

Names are chosen by strangers (a dialplan may put a caller id into one). Every part of a path is
opened below the one before, never followed when it is a link, so nothing can be exchanged between
a check and its use.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from asterisk_agent.core.errors import RecordingError, RecordingGoneError, RecordingNameError

#: What Asterisk's file formats and the usual post-commands end with.
AUDIO = frozenset(
    ("wav", "wav49", "gsm", "mp3", "ogg", "opus", "ulaw", "alaw", "ul", "al", "sln", "g722", "flac")
)
MAX_DEPTH = 8
MAX_FILES = 100_000
MAX_NAME_CHARS = 1000
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_FOLDER_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECTORY


class Look(NamedTuple):
    """What a file looked like: the same look, the same content."""

    inode: int
    size: int
    mtime_ns: int


class RecordingFolder:
    """Files below ``root``, named relative to it. ``told_as`` is how Asterisk names ``root``."""

    def __init__(self, root: Path, told_as: str = "") -> None:
        self._root = root
        self._told_as = Path(told_as or root)

    def __repr__(self) -> str:
        return f"<RecordingFolder {self._root}>"

    def exists(self) -> bool:
        """Tell whether the folder is there for us."""
        return os.access(self._root, os.R_OK | os.X_OK) and self._root.is_dir()

    def name_of(self, told: str) -> str:
        """Given a path as Asterisk tells it, return the file's name here.

        A relative one is Asterisk's own folder's (app_mixmonitor.c: filename_parse). Raise
        ``RecordingNameError`` for what is outside.
        """
        path = Path(told)
        if path.is_absolute():
            try:
                path = path.relative_to(self._told_as)
            except ValueError:
                raise RecordingNameError("the file is not in the folder of recordings") from None
        return "/".join(_parts(str(path)))

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a file for reading. Raise ``RecordingError``, ``RecordingNameError``."""
        with self._parent(name) as (parent, last):
            with _told():
                descriptor = os.open(last, _FILE_FLAGS, dir_fd=parent)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise RecordingNameError("that is no file")
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                yield file

    def remove(self, name: str, look: Look) -> bool:
        """Remove a file that still looks so and that nobody writes; tell whether it is gone."""
        with self._parent(name) as (parent, last), _told():
            descriptor = os.open(last, _FILE_FLAGS, dir_fd=parent)
            try:
                if look_of(descriptor) != look or is_written(descriptor):
                    return False
            finally:
                os.close(descriptor)
            os.unlink(last, dir_fd=parent)
            return True

    def names(self) -> list[str]:
        """List the files that may be recordings. Raise ``RecordingError``."""
        with _told():
            root = os.open(self._root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            found: list[str] = []
            with _told():
                _walk(root, "", found, 0)
            return sorted(found)
        finally:
            os.close(root)

    def unreadable(self) -> list[str]:
        """List the recordings that are not let us read. Raise ``RecordingError``."""
        found = []
        for name in self.names():
            with self._parent(name) as (parent, last):
                # One that is gone by now was brought over meanwhile.
                readable = os.access(last, os.R_OK, dir_fd=parent)
                if not readable and os.access(last, os.F_OK, dir_fd=parent):
                    found.append(name)
        return found

    def fixed(self) -> list[str]:
        """List the folders of which we may remove nothing, ``.`` is the first: the top, and those
        that hold recordings. Raise ``RecordingError``.
        """
        folders = {".", *(name.rpartition("/")[0] or "." for name in self.names())}
        may = os.W_OK | os.X_OK
        return sorted(one for one in folders if not os.access(self._root / one, may))

    def free_bytes(self) -> int:
        """Tell how much room the disk has left for us."""
        with _told():
            there = os.statvfs(self._root)
        return there.f_bavail * there.f_frsize

    @contextmanager
    def _parent(self, name: str) -> Iterator[tuple[int, str]]:
        *folders, last = _parts(name)
        opened: list[int] = []
        try:
            with _told():
                opened.append(os.open(self._root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY))
                for folder in folders:
                    opened.append(os.open(folder, _FOLDER_FLAGS, dir_fd=opened[-1]))
            yield opened[-1], last
        finally:
            for descriptor in opened:
                os.close(descriptor)


def look_of(descriptor: int) -> Look:
    """Look at an open file."""
    found = os.fstat(descriptor)
    return Look(found.st_ino, found.st_size, found.st_mtime_ns)


def is_written(descriptor: int) -> bool | None:
    """Tell whether somebody has the file open for writing; None when the system does not say.

    A read lease is given only while nobody has (fcntl(2), F_SETLEASE): for our own files, or with
    CAP_LEASE. Whoever opens the file in that moment waits, and we get a signal that we ignore.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as exc:
        return True if exc.errno == errno.EAGAIN else None
    return False


def is_audio(name: str) -> bool:
    """Tell whether a file's name ends as a recording's."""
    return name.rpartition(".")[2].lower() in AUDIO


def _parts(name: str) -> list[str]:
    parts = name.split("/")
    good = all(part not in {"", ".", ".."} and part.isprintable() for part in parts)
    if not good or len(name) > MAX_NAME_CHARS or len(parts) > MAX_DEPTH:
        raise RecordingNameError("that is no name of a file in the folder of recordings")
    return parts


def _walk(folder: int, above: str, found: list[str], depth: int) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if (
                len(found) >= MAX_FILES
                or entry.name.startswith(".")
                or not entry.name.isprintable()
            ):
                continue
            if entry.is_dir(follow_symlinks=False) and depth + 2 < MAX_DEPTH:
                below = os.open(entry.name, _FOLDER_FLAGS, dir_fd=folder)
                try:
                    _walk(below, f"{above}{entry.name}/", found, depth + 1)
                finally:
                    os.close(below)
            elif entry.is_file(follow_symlinks=False) and is_audio(entry.name):
                found.append(above + entry.name)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise RecordingGoneError("the recording is not there") from None
    except OSError as exc:
        if exc.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:
            raise RecordingNameError("a link leads out of the folder of recordings") from None
        raise RecordingError(f"a recording can't be used: {exc.strerror}") from None
