"""A stream without a socket, for tests and for feeding a recorded session to the real client."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import AmiUnreachableError


class MemoryStream:
    """A ``Stream`` whose other side is a list of reads and a function.

    ``reads`` come one by one, each cut as given; ``b""`` is the end of the stream. ``answer`` gets
    what is written and returns what shall be read next. When there is nothing to read, the time
    that a socket would wait passes on ``clock`` (a fake one), and nobody waits.
    """

    def __init__(
        self,
        clock: Clock,
        reads: Iterable[bytes] = (),
        answer: Callable[[bytes], Iterable[bytes]] | None = None,
    ) -> None:
        self.written: list[bytes] = []
        self.closed = False
        self._clock = clock
        self._reads = deque(reads)
        self._answer = answer

    def feed(self, *reads: bytes) -> None:
        """Add reads."""
        self._reads.extend(reads)

    def read(self, timeout_s: float) -> bytes | None:
        """Return the next read, or ``None`` after the time has passed."""
        if self.closed:
            raise AmiUnreachableError("the connection to Asterisk was lost: closed")
        if not self._reads:
            self._clock.sleep(timeout_s)
            return None
        return self._reads.popleft()

    def write(self, data: bytes, timeout_s: float) -> None:  # noqa: ARG002 (it never waits)
        """Keep what is written, and let the other side answer."""
        if self.closed:
            raise AmiUnreachableError("the connection to Asterisk was lost: closed")
        self.written.append(data)
        if self._answer is not None:
            self.feed(*self._answer(data))

    def close(self) -> None:
        """Close."""
        self.closed = True
