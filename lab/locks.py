"""Locks in the cache folder: two runs at once make one thing once."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from lab import paths


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock of the cache folder; wait for whoever holds it."""
    paths.cache().mkdir(parents=True, exist_ok=True)
    with (paths.cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
