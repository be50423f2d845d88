"""Free ports on loopback, and the fact that somebody listens on one."""

import random
import socket
import threading

HOST = "127.0.0.1"
# Below the kernel's own range for outgoing connections (32768 on), so that nobody is given ours by
# chance.
FIRST, LAST = 15000, 32000
_taken: set[int] = set()
_lock = threading.Lock()


def free_port(width: int = 1) -> int:
    """Return the first of `width` neighbouring ports that nobody uses, neither TCP nor UDP."""
    with _lock:
        for _ in range(1000):
            first = random.randrange(FIRST, LAST - width, 2)  # noqa: S311 - no secret
            wanted = range(first, first + width)
            if not _taken.intersection(wanted) and all(_is_free(port) for port in wanted):
                _taken.update(wanted)
                return first
    raise OSError("no free port on loopback")


def give_back(first: int, width: int = 1) -> None:
    """Let ports that `free_port` gave be given again."""
    with _lock:
        _taken.difference_update(range(first, first + width))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((HOST, port))
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
