"""Publish events: persistent, confirmed in a sliding window, again after every loss.

One green thread owns the connection. A confirm per message would cap it at some 2,000 a second; a
window reaches the broker's own speed (shared/reference/figures.md).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import amqp

from asterisk_agent.ami.message import FlatEvent
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import AgentError, BrokerUnreachableError
from asterisk_agent.core.spool import Record
from asterisk_agent.services import broker
from asterisk_agent.services.backlog import Backlog, Rows
from asterisk_agent.services.doorbell import Doorbell

_log = logging.getLogger(__name__)

#: Unconfirmed messages at most. ``calls.watermark`` relies on it: only so far may one come late.
WINDOW = 1_000
#: Messages in a row; then others, the reader above all, have their turn.
GIVE_WAY_EVERY = 25
#: A stop waits so long for the last confirms.
DRAIN_S = 5.0
#: Between two looks whether that time is over.
_LAST_S = 0.1


class _NackedError(Exception):
    """The broker could not keep a message."""


class Publisher:
    """Move events from the backlog to the broker, for as long as ``run`` runs."""

    def __init__(
        self,
        uri: str,
        names: broker.Names,
        backlog: Backlog,
        clock: Clock,
        *,
        on_connected: Callable[[bool], None],
        on_relief: Callable[[], None],
        give_way: Callable[[], None],
    ) -> None:
        self._uri = uri
        self._names = names
        self._backlog = backlog
        self._clock = clock
        self._on_connected = on_connected
        self._on_relief = on_relief
        self._give_way = give_way
        self._bell = Doorbell()
        self._stopping = threading.Event()
        self._overflowing = False

    def put(self, event: FlatEvent, rows: Rows) -> None:
        """Take an event; never waits. What finds no room is counted and told once."""
        if not self._backlog.put(event, rows) and not self._overflowing:
            self._overflowing = True
            _log.error(
                "the backlog is full (%d events, %d bytes of them on disk): events are lost until "
                "RabbitMQ is back; the calls are reconciled then",
                len(self._backlog),
                self._backlog.disk_bytes,
            )
        self._bell.ring()

    def run(self) -> None:
        """Publish until ``stop``; survive the broker's absence."""
        backoff = Backoff(first_s=0.5, cap_s=10.0)
        while not self._stopping.is_set():
            try:
                self._live(backoff)
            except _NackedError:
                _log.error("RabbitMQ could not keep an event; it is sent again")
            except AgentError as exc:
                _log.warning("%s; %d events wait", exc, len(self._backlog))
            finally:
                self._on_connected(False)
                self._backlog.rewind()
            self._stopping.wait(backoff.next_s())

    def lost(self, count: int) -> None:
        """Note that so many events were lost on disk: the calls are reconciled."""
        _log.error("%d events were lost with the spool; the calls are reconciled", count)
        self._overflowing = True
        self._bell.ring()

    def wake(self) -> None:
        """Look at the backlog: something came from disk."""
        self._bell.ring()

    def stop(self) -> None:
        """Ask ``run`` to publish what memory holds, within ``DRAIN_S``, and to return."""
        self._stopping.set()
        self._bell.ring()

    def _live(self, backoff: Backoff) -> None:
        with broker.connection(self._uri) as conn:
            channel = conn.channel()
            broker.declare(channel, self._names)
            channel.confirm_select()
            channel.events["basic_ack"].add(self._confirmed)
            channel.events["basic_nack"].add(self._nacked)
            backoff.reset()
            self._on_connected(True)
            self._pump(conn, channel)

    def _pump(self, conn: amqp.Connection, channel: amqp.Channel) -> None:
        tag = 0
        deadline: float | None = None
        while True:
            tag = self._send(channel, tag)
            self._read(conn)
            conn.heartbeat_tick()
            self._look_at_overflow()
            if not self._stopping.is_set():
                continue
            deadline = deadline or self._clock.monotonic() + DRAIN_S
            if not self._backlog.in_memory or self._clock.monotonic() > deadline:
                return

    def _send(self, channel: amqp.Channel, tag: int) -> int:
        while self._backlog.sent < WINDOW:
            record = self._backlog.send_next(tag + 1)
            if record is None:
                break
            tag += 1
            exchange, key = self._names.exchange, record.name[:255]
            channel.basic_publish(self._message(record), exchange, key)
            if not tag % GIVE_WAY_EVERY:
                self._give_way()
        return tag

    def _read(self, conn: amqp.Connection) -> None:
        if self._backlog.sent >= WINDOW:
            if not broker.drain(conn, broker.WRITE_TIMEOUT_S):
                raise BrokerUnreachableError("RabbitMQ confirms nothing", "see RabbitMQ's log")
        elif self._backlog.ready:
            broker.drain(conn, 0)
        else:
            # Woken by the next event, a confirm, or the broker's heartbeat.
            self._bell.drain(conn, _LAST_S if self._stopping.is_set() else broker.TICK_S)

    def _message(self, record: Record) -> amqp.Message:
        headers = {
            "boot": record.boot,
            "seq": record.seq,
            "server": self._names.agent,
            "rows": record.rows,
        }
        return amqp.Message(
            record.body,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=broker.PERSISTENT,
            application_headers=headers,
        )

    def _confirmed(self, tag: int, multiple: bool) -> None:
        self._backlog.confirm(tag, multiple=multiple)

    def _nacked(self, *_: object) -> None:
        raise _NackedError

    def _look_at_overflow(self) -> None:
        if self._overflowing and not self._backlog.waiting:
            self._overflowing = False
            _log.warning(
                "the backlog is empty again; %d events were lost", self._backlog.overflowed
            )
            self._on_relief()
