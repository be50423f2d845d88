"""Files of recordings while they come in: one per recording, appended to, found again after any interruption. No Odoo in it.

A part is named by the checksum that it will have, so whoever goes on with it goes on with the same bytes; constant memory,
whatever the size.
"""
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import time

CHUNK = 256 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
# Odoo keeps a size in 32 bits (ir.attachment: file_size).
MAX_BYTES = 2**31 - 1
# The disk is Odoo's, too: so much stays free.
RESERVE_BYTES = 256 * 1024 * 1024
STALE_S = 7 * 86400


class StoreFull(Exception):
    """The disk has not the room."""


class Part:
    """The bytes of one recording that have arrived; `folder` is made when it is not there."""

    def __init__(self, folder, server_id, sha256, size):
        if not isinstance(sha256, str) or not SHA256.match(sha256):
            raise ValueError("sha256")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= MAX_BYTES:
            raise ValueError("size")
        self.size = size
        self.sha256 = sha256
        self._folder = folder
        self.path = os.path.join(folder, "%d-%s.part" % (server_id, sha256))

    @property
    def offset(self):
        """How many bytes there are."""
        try:
            return os.stat(self.path).st_size
        except FileNotFoundError:
            return 0

    def append(self, offset, stream, length):
        """Take `length` bytes that belong at `offset`; return how many there are now. Take none if others belong there.

        What comes before the connection breaks is kept: it is right as far as it goes. Raise StoreFull.
        """
        with self._locked() as file:
            there = file.seek(0, os.SEEK_END)
            if offset != there or there + length > self.size:
                return there
            if shutil.disk_usage(self._folder).free < self.size - there + RESERVE_BYTES:
                raise StoreFull()
            left = length
            while left:
                chunk = stream.read(min(CHUNK, left))
                if not chunk:
                    break
                file.write(chunk)
                left -= len(chunk)
            return there + length - left

    def digests(self):
        """Return the part's SHA-256, and its SHA-1, by which Odoo names files. Everything is on the disk afterwards."""
        sha256, sha1 = hashlib.sha256(), hashlib.sha1()
        with self._locked() as file:
            os.fsync(file.fileno())
            file.seek(0)
            for chunk in iter(lambda: file.read(CHUNK), b""):
                sha256.update(chunk)
                sha1.update(chunk)
        return sha256.hexdigest(), sha1.hexdigest()

    def link(self, target):
        """Give the part a second name; the one that it has stays until the transaction is committed."""
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.link(self.path, target)

    def drop(self):
        """Remove the part, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    @contextlib.contextmanager
    def _locked(self):
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        with open(self.path, "ab+") as file:
            # A request of an agent that was killed may still write here: the next one waits for its end.
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def sweep(folder, now=None):
    """Remove parts with which nobody went on for a week."""
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            if entry.name.endswith(".part") and entry.stat().st_mtime < (now or time.time()) - STALE_S:
                os.unlink(entry.path)
