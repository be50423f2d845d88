"""Feed the forwarder's planner from its queue, and carry out what it decides.

One green thread owns the connection: messages in, acks and parked items out. Nothing is acked that
did not end, and nothing that is parked is acked before the parked queue has it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import amqp

from asterisk_agent.calls.delivery import Parked
from asterisk_agent.calls.forwarder import Planner
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import AgentError
from asterisk_agent.services import broker
from asterisk_agent.services.doorbell import Doorbell
from asterisk_agent.services.messages import later_message, parked_message, read_message

_log = logging.getLogger(__name__)

#: Redelivered messages come first; all of them must be seen before the first batch, or Odoo would
#: be told to forget a boot of which something is still to come.
_SETTLE_S = 0.25
_SETTLE_AT_MOST_S = 2.0
#: Between two looks at the number of parked items, when nothing is parked.
_LOOK_EVERY_S = 3.0
#: Messages in a row; then others, the reader above all, have their turn.
GIVE_WAY_EVERY = 25
_CONFIRM_S = 10.0


class Consumer:
    """Consume one queue for as long as ``run`` runs."""

    def __init__(
        self,
        uri: str,
        names: broker.Names,
        planner: Planner,
        clock: Clock,
        *,
        prefetch: int,
        on_connected: Callable[[bool], None],
        on_parked: Callable[[int, Parked | None], None],
        wake: Callable[[], None],
        give_way: Callable[[], None],
    ) -> None:
        self._uri = uri
        self._names = names
        self._planner = planner
        self._clock = clock
        self._prefetch = prefetch
        self._on_connected = on_connected
        self._on_parked = on_parked
        self._wake = wake
        self._give_way = give_way
        self._stopping = threading.Event()
        self._bell = Doorbell()
        self._acks: deque[int] = deque()
        self._malformed: deque[tuple[int, amqp.Message]] = deque()
        #: The queues for waiting that this connection has declared.
        self._waits: set[int] = set()
        self._last_parked: Parked | None = None
        self._taken = self._redelivered = False
        self._told_parked = -1
        self._look_again_at = 0.0
        self.open = False
        #: As of the last look: events not fetched yet, and parked items.
        self.queued = self.parked = 0

    def run(self) -> None:
        """Consume until ``stop``; survive the broker's absence."""
        backoff = Backoff(first_s=0.5, cap_s=10.0)
        while not self._stopping.is_set():
            try:
                self._live(backoff)
            except AgentError as exc:
                _log.warning("%s; the events stay in the queue", exc)
            finally:
                self._closed()
            self._stopping.wait(backoff.next_s())

    def stop(self) -> None:
        """Ask ``run`` to return; what is unacked goes back to the queue."""
        self._stopping.set()
        self._bell.ring()

    def ack(self, tags: Sequence[int]) -> None:
        """Ack messages, and look at what the planner parks or lets wait."""
        self._acks.extend(tags)
        self._bell.ring()

    def _closed(self) -> None:
        self.open = False
        self._acks.clear()
        self._malformed.clear()
        self._waits.clear()
        self._planner.lost()
        self._on_connected(False)

    def _live(self, backoff: Backoff) -> None:
        with broker.connection(self._uri) as conn:
            channel = conn.channel()
            broker.declare(channel, self._names)
            channel.basic_qos(0, self._prefetch, False)
            channel.basic_consume(self._names.forward_queue, callback=self._take)
            backoff.reset()
            self._settle(conn)
            self.open = True
            self._told_parked = -1
            self._on_connected(True)
            self._wake()
            self._pump(conn, channel)

    def _settle(self, conn: amqp.Connection) -> None:
        deadline = self._clock.monotonic() + _SETTLE_AT_MOST_S
        while broker.drain(conn, _SETTLE_S) and self._clock.monotonic() < deadline:
            self._give_way()
        self._redelivered = False

    def _pump(self, conn: amqp.Connection, channel: amqp.Channel) -> None:
        parking = conn.channel()
        parking.confirm_select()
        while True:
            self._park(parking)
            self._look_at_parked(channel)
            self._let_leave(parking)
            while self._acks:
                channel.basic_ack(self._acks.popleft())
            if self._stopping.is_set():
                return
            # Messages also come while something else is waited for, a confirm or a queue's length.
            if self._bell.drain(conn, 0 if self._taken else _LOOK_EVERY_S) or self._taken:
                self._read_on(conn)
            conn.heartbeat_tick()

    def _read_on(self, conn: amqp.Connection) -> None:
        taken = 1
        while broker.drain(conn, 0):
            taken += 1
            if not taken % GIVE_WAY_EVERY:
                self._give_way()
        if self._redelivered:
            # Another forwarder went: see all that it held before the first batch.
            self._settle(conn)
        self._taken = False
        self._wake()

    # --- messages ---------------------------------------------------------------------------

    def _take(self, found: amqp.Message) -> None:
        tag, self._taken = int(found.delivery_info["delivery_tag"]), True
        self._redelivered |= bool(found.delivery_info.get("redelivered"))
        try:
            message = read_message(tag, found.body, found.properties.get("application_headers"))
        except ValueError:
            self._malformed.append((tag, found))
            return
        self._acks.extend(self._planner.add(message))

    # --- parking ----------------------------------------------------------------------------

    def _look_at_parked(self, channel: amqp.Channel) -> None:
        """Tell how many there are when that changed: Odoo and the command line change it, too."""
        now = self._clock.monotonic()
        if self._last_parked is None and self._told_parked >= 0 and now < self._look_again_at:
            return
        self._look_again_at = now + _LOOK_EVERY_S
        self.queued = _length(channel, self._names.forward_queue)
        count = self.parked = _length(channel, self._names.parked_queue)
        if self._last_parked is not None or count != self._told_parked:
            self._on_parked(count, self._last_parked)
            self._told_parked, self._last_parked = count, None

    def _park(self, parking: amqp.Channel) -> None:
        for parked in self._planner.unparked():
            body, headers = parked_message(parked, self._names.agent)
            self._publish(parking, self._names.parked_queue, body, headers)
            self._acks.extend(self._planner.parked(parked))
            item, self._last_parked = parked.item, parked
            _log.error(
                "parked after %d tries: %s (row %d): %s",
                parked.attempts,
                item.event.get("Event", ""),
                item.row,
                parked.error,
            )
        while self._malformed:
            tag, found = self._malformed.popleft()
            headers = {"error": "not a message of this agent", "attempts": 0, "row": -1}
            self._publish(parking, self._names.parked_queue, found.body, headers)
            self._acks.append(tag)
            _log.error("parked a message that is not this agent's")
            self._told_parked = -1

    # --- waiting on the broker --------------------------------------------------------------

    def _let_leave(self, parking: amqp.Channel) -> None:
        for later in self._planner.leaving():
            if later.wait_s not in self._waits:
                broker.declare_later(parking, self._names, later.wait_s)
                self._waits.add(later.wait_s)
            queue = self._names.later_queue(later.wait_s)
            self._publish(parking, queue, *later_message(later, self._names.agent))
            self._acks.extend(self._planner.left(later))

    def _publish(
        self, parking: amqp.Channel, queue: str, body: str, headers: Mapping[str, Any]
    ) -> None:
        message = amqp.Message(
            body,
            content_type="application/json",
            delivery_mode=broker.PERSISTENT,
            application_headers=dict(headers),
        )
        parking.basic_publish_confirm(
            message, "", queue, mandatory=True, confirm_timeout=_CONFIRM_S
        )


def _length(channel: amqp.Channel, queue: str) -> int:
    return int(channel.queue_declare(queue, passive=True).message_count)
