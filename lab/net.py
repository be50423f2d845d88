"""Free ports on loopback, and the fact that somebody listens on one.

Labs that run at the same time share the machine's ports. That a port is free says little: an
Asterisk opens those of its media when a call begins. So each process that runs a lab claims whole
blocks of ports, by locks that end with it.
"""

import fcntl
import os
import random
import socket
import tempfile
import threading
from pathlib import Path

HOST = "127.0.0.1"
# Below the kernel's range for outgoing connections (32768 on): nobody is given ours by chance.
FIRST, LAST, BLOCK = 10000, 32000, 1000
TRIES = 200
_taken: set[int] = set()
_blocks: list[range] = []
_claims: list[int] = []
_lock = threading.Lock()


def free_port(width: int = 1) -> int:
    """Return the first of `width` neighbouring ports that nobody uses, neither TCP nor UDP."""
    with _lock:
        for block in _blocks:
            if (found := _free_in(block, width)) is not None:
                return found
        while claimed := _claim():
            if (found := _free_in(claimed, width)) is not None:
                return found
    raise OSError("no free port on loopback: do too many labs run? python3 -m lab status")


def give_back(first: int, width: int = 1) -> None:
    """Let ports that `free_port` gave be given again."""
    with _lock:
        _taken.difference_update(range(first, first + width))


def _free_in(block: range, width: int) -> int | None:
    for _ in range(TRIES):
        first = random.randrange(block.start, block.stop - width, 2)  # noqa: S311 - no secret
        wanted = range(first, first + width)
        if not _taken.intersection(wanted) and all(_is_free(port) for port in wanted):
            _taken.update(wanted)
            return first
    return None


def _claim() -> range | None:
    """Return a block that no other process has claimed, ours from now on; None if there is none."""
    folder = Path(tempfile.gettempdir()) / f"asterisk-plus-lab-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for start in range(FIRST, LAST, BLOCK):
        block = range(start, start + BLOCK)
        if block in _blocks:
            continue
        claim = os.open(folder / str(start), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claim)
            continue
        _claims.append(claim)
        _blocks.append(block)
        return block
    return None


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                return False
    return True


def listens(port: int, host: str = HOST) -> bool:
    """Tell whether a TCP connection to the port succeeds."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
