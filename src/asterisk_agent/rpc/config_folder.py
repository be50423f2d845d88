"""Asterisk's configuration folder: the only door to the files that Odoo's admins may edit.

One flat folder and a list of what a name may be. A link is never followed, a file is exchanged as
a whole or not at all, and keeps its owner and its mode.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from asterisk_agent.core.errors import ConfigFileError

#: In base64 it fits into a request of RPC_MAX_BODY's default.
MAX_BYTES = 512 << 10
#: All files together, in a reply.
MAX_TOTAL_BYTES = 8 << 20
MAX_FILES = 500
#: Who writes these gives himself what the agent's policy keeps from him: modules, manager and REST
#: accounts, commands at the start, programs in any file. They also hold the agent's own secret.
CLOSED = frozenset(("asterisk.conf", "modules.conf", "manager.conf", "ari.conf", "cli.conf"))
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}\.(conf|ael|lua)", re.ASCII)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_MODE = 0o640


def is_open_name(name: str) -> bool:
    """Tell whether a file of that name may be read and written."""
    return bool(_NAME.fullmatch(name)) and name not in CLOSED


def digest(content: bytes) -> str:
    """Return the SHA-256 by which a content is compared."""
    return hashlib.sha256(content).hexdigest()


class ConfigFolder:
    """The files of ``root``. Every method raises ``ConfigFileError``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __repr__(self) -> str:
        return f"<ConfigFolder {self._root}>"

    def read_all(self) -> dict[str, bytes]:
        """Return every file that may be edited; links and files over ``MAX_BYTES`` are none."""
        found: dict[str, bytes] = {}
        total = 0
        with self._opened() as folder:
            with _told(), os.scandir(folder) as entries:
                names = sorted(one.name for one in entries if is_open_name(one.name))
            for name in names[:MAX_FILES]:
                with suppress(ConfigFileError):
                    found[name] = _read(folder, name)
                    total += len(found[name])
                if total > MAX_TOTAL_BYTES:
                    raise ConfigFileError("size")
        return found

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        with self._opened() as folder:
            return _read(folder, _checked(name))

    def write(self, name: str, content: bytes, was: str | None = None) -> None:
        """Exchange or make a file.

        With ``was`` only if its content has that digest now; the empty text: if there is none.
        """
        if len(content) > MAX_BYTES:
            raise ConfigFileError("size")
        with self._opened() as folder:
            before = _look(folder, _checked(name))
            _compare(folder, name, before, was)
            with _told():
                # A new one is the folder's owner's and group's.
                _exchange(folder, name, content, before or os.fstat(folder))

    def remove(self, name: str, was: str | None = None) -> None:
        """Remove a file; with ``was`` only if its content has that digest."""
        with self._opened() as folder:
            before = _look(folder, _checked(name))
            if before is None:
                raise ConfigFileError("absent")
            _compare(folder, name, before, was)
            with _told():
                os.unlink(name, dir_fd=folder)
                os.fsync(folder)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the folder, and let nobody else of us in until it is closed."""
        with _told():
            folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(folder)


def _checked(name: str) -> str:
    if not is_open_name(name):
        raise ConfigFileError("name")
    return name


def _look(folder: int, name: str) -> os.stat_result | None:
    """Return what the file is, None if it is not there. A link, a folder, a device is refused."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ConfigFileError("disk") from exc
    if not stat.S_ISREG(found.st_mode):
        raise ConfigFileError("link")
    return found


def _read(folder: int, name: str) -> bytes:
    if _look(folder, name) is None:
        raise ConfigFileError("absent")
    with _told():
        descriptor = os.open(name, _READ, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigFileError("link")
            content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ConfigFileError("size")
    return content


def _compare(folder: int, name: str, before: os.stat_result | None, was: str | None) -> None:
    if was is None:
        return
    now = "" if before is None else digest(_read(folder, name))
    if now != was:
        raise ConfigFileError("changed")


def _exchange(folder: int, name: str, content: bytes, like: os.stat_result) -> None:
    """Write beside the file, then rename over it: whoever reads sees the old or the new one."""
    beside = f".{name}.{secrets.token_hex(8)}"
    mode = like.st_mode & 0o777 if stat.S_ISREG(like.st_mode) else NEW_MODE
    descriptor = os.open(beside, _MAKE, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if (like.st_uid, like.st_gid) != (os.geteuid(), os.fstat(file.fileno()).st_gid):
                os.fchown(file.fileno(), like.st_uid, like.st_gid)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside, dir_fd=folder)
        raise
    os.fsync(folder)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as exc:
        raise ConfigFileError("absent") from exc
    except OSError as exc:
        raise ConfigFileError("disk") from exc
