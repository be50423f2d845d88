"""Lines that tell a waiting person what is being done, with the seconds since the start."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_START = time.monotonic()
_LOCK = threading.Lock()
TICK_S = 10.0


def say(text: str) -> None:
    """Print one line to stderr, with the seconds since the lab was imported."""
    with _LOCK:
        print(f"[lab {time.monotonic() - _START:6.1f}s] {text}", file=sys.stderr, flush=True)


@contextmanager
def working(text: str) -> Iterator[None]:
    """Say what begins, that it still goes on every TICK_S seconds, and how long it took."""
    began = time.monotonic()
    done = threading.Event()

    def tick() -> None:
        while not done.wait(TICK_S):
            say(f"{text} … {time.monotonic() - began:.0f} s")

    say(f"{text} …")
    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
    say(f"{text}: done in {time.monotonic() - began:.1f} s")
