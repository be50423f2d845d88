"""One connection, from its banner to its end. A reconnection makes a new one.

One thread pumps; ``request`` may be called from any other. What an event means, when to reconnect
and how to log in are not known here.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asterisk_agent.ami.encode import encode_action
from asterisk_agent.ami.message import Banner, Event, FlatEvent, Message
from asterisk_agent.ami.pending import Pending, PendingActions
from asterisk_agent.ami.protocol import AMIProtocol, Wanted
from asterisk_agent.ami.transport import Stream
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import (
    AmiNotConnectedError,
    AmiTimeoutError,
    AmiUnreachableError,
)

Pairs = Sequence[tuple[str, str]]

#: A quarter of what one read takes, some forty events: more than a quiet Asterisk says at once.
BEHIND_BYTES = 16 * 1024
#: manager.c: "Timestamp: %ld.%06lu" when timestampevents=yes.
_TIMESTAMP = re.compile(r"\d{1,11}\.\d{6}")


@dataclass(frozen=True)
class Timeouts:
    """Every wait of a connection, in seconds.

    A half-open socket is noticed after ``ping_after_s + pong_s + tick_s``, which stays under 30.
    """

    connect_s: float = 5.0
    banner_s: float = 5.0
    #: manager.c sleeps one second before it answers a wrong login.
    login_s: float = 10.0
    write_s: float = 5.0
    tick_s: float = 0.5
    ping_after_s: float = 10.0
    pong_s: float = 15.0
    logoff_s: float = 1.0


class AMISession:
    """One connection to Asterisk."""

    def __init__(
        self,
        stream: Stream,
        *,
        clock: Clock,
        timeouts: Timeouts,
        pending: PendingActions,
        on_event: Callable[[Event], None],
        wanted: Wanted,
    ) -> None:
        self.ami_version = ""
        self.last_received_at: float | None = None
        #: The last read found much, so there is probably more.
        self.is_behind = False
        self._protocol = AMIProtocol(wanted)
        self._stream = stream
        self._clock = clock
        self._timeouts = timeouts
        self._pending = pending
        self._on_event = on_event
        self._write_lock = threading.Lock()
        self._heard_at = clock.monotonic()
        self._pinged_at: float | None = None
        self._unasked = 0

    @property
    def skipped(self) -> int:
        """Count the events that nobody wanted."""
        return self._protocol.skipped

    @property
    def rejected(self) -> Counter[str]:
        """Count, by reason, the blocks that Asterisk can't have meant."""
        # A copy first: the reader counts on while another thread asks.
        counts = Counter(self._protocol.rejected)
        if self._unasked:
            counts["unasked"] = self._unasked
        return counts

    def set_wanted(self, wanted: Wanted) -> None:
        """Say which events to parse from now on."""
        self._protocol.set_wanted(wanted)

    def greet(self) -> None:
        """Wait for the banner. Raise ``AmiRemoteError`` when something else answers, or nothing."""
        deadline = self._clock.monotonic() + self._timeouts.banner_s
        while not self.ami_version:
            self._pump_until(deadline, "Asterisk did not say its banner")

    def call(self, pairs: Pairs, timeout_s: float, *, action_id: str = "") -> list[FlatEvent]:
        """Give an action and pump until it is answered: for the thread that pumps."""
        pending = self._send(pairs, action_id)
        deadline = self._clock.monotonic() + timeout_s
        try:
            while not pending.done:
                self._pump_until(deadline, "Asterisk did not answer")
        finally:
            self._pending.close(pending)
        return _result(pending)

    def request(
        self, pairs: Pairs, timeout_s: float, *, action_id: str, as_list: bool
    ) -> list[FlatEvent]:
        """Give an action and wait while another thread pumps.

        Raise ``AmiTimeoutError``, or ``AmiNotConnectedError`` when the connection ends meanwhile.
        """
        pending = self._send(pairs, action_id, as_list=as_list)
        try:
            if not pending.wait(timeout_s):
                raise AmiTimeoutError(f"Asterisk did not answer within {timeout_s:g} s")
        finally:
            self._pending.close(pending)
        return _result(pending)

    def tell(self, pairs: Pairs) -> None:
        """Give an action whose answer nobody waits for."""
        self.send([*pairs, ("ActionID", self._pending.new_id())])

    def send(self, pairs: Pairs) -> None:
        """Send a message. On failure close, so that the pumping thread sees it too, and raise."""
        data = encode_action(pairs)
        try:
            with self._write_lock:
                self._stream.write(data, self._timeouts.write_s)
        except AmiUnreachableError as exc:
            self._stream.close()
            raise AmiNotConnectedError(exc.message) from exc

    def pump(self, timeout_s: float) -> None:
        """Read once, for at most ``timeout_s``, and hand on what came.

        Raise ``AmiUnreachableError`` at the end of the stream, ``AmiRemoteError`` on nonsense.
        """
        data = self._stream.read(timeout_s)
        self.is_behind = data is not None and len(data) >= BEHIND_BYTES
        if data is None:
            return
        if not data:
            raise AmiUnreachableError("Asterisk closed the connection")
        self._heard_at = self._clock.monotonic()
        self._pinged_at = None
        self.last_received_at = self._clock.time()
        for message in self._protocol.receive_data(data):
            self._dispatch(message)

    def keep_alive(self) -> None:
        """Ping when it has been silent; raise ``AmiUnreachableError`` when no pong came."""
        now = self._clock.monotonic()
        if self._pinged_at is None:
            if now - self._heard_at >= self._timeouts.ping_after_s:
                self._pinged_at = now
                self.send([("Action", "Ping"), ("ActionID", self._pending.new_id())])
        elif now - self._pinged_at >= self._timeouts.pong_s:
            raise AmiUnreachableError("Asterisk has fallen silent: the connection is half open")

    def close(self) -> None:
        """Close the connection; never raises."""
        self._stream.close()

    def event_time(self, event: Event) -> str:
        """Tell when Asterisk said an event: Unix seconds with six decimals."""
        timestamp = event.get("Timestamp")
        if _TIMESTAMP.fullmatch(timestamp):
            return timestamp
        return f"{self.last_received_at or self._clock.time():.6f}"

    def _send(self, pairs: Pairs, action_id: str, *, as_list: bool = False) -> Pending:
        action_id = action_id or self._pending.new_id()
        pending = self._pending.open(action_id, as_list=as_list)
        try:
            self.send([*pairs, ("ActionID", action_id)])
        except Exception:
            self._pending.close(pending)
            raise
        return pending

    def _pump_until(self, deadline: float, complaint: str) -> None:
        left = deadline - self._clock.monotonic()
        if left <= 0:
            raise AmiUnreachableError(f"{complaint} in time")
        self.pump(min(left, self._timeouts.tick_s))

    def _dispatch(self, message: Message) -> None:
        if isinstance(message, Banner):
            self.ami_version = message.version
        elif isinstance(message, Event) and "Privilege" in message.headers:
            self._on_event(message)
        elif not self._pending.take(message) and not self._pending.is_ours(message):
            # Neither an answer nor an item of a list of ours: nobody asked for it.
            self._unasked += 1


def _result(pending: Pending) -> list[FlatEvent]:
    if pending.error is not None:
        raise pending.error
    return pending.messages
