"""RabbitMQ: names (docs/reference/agent-odoo.md, section 3), connections, declarations.

The door for the foreign errors of py-amqp.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp.exceptions import AccessRefused, AMQPError, NotAllowed, PreconditionFailed

from asterisk_agent.core.errors import BrokerAuthError, BrokerError, BrokerUnreachableError
from asterisk_agent.core.setting_types import amqp_nodes
from asterisk_agent.core.settings import Settings

#: Every agent's exchange is bound to it: ``@event_handler("asterisk", "Hangup")`` listens here.
EVENTS_EXCHANGE = "asterisk.events"
CONNECT_TIMEOUT_S = 5.0
#: A write blocks while RabbitMQ is out of memory or disk; then the connection is given up.
WRITE_TIMEOUT_S = 15.0
HEARTBEAT_S = 30
#: How late a heartbeat may be sent: who waits for a connection looks so often, whatever happens.
TICK_S = 5.0
PERSISTENT = 2

_UNREACHABLE_CURE = "see whether RabbitMQ runs and AMQP_URI names its host and port"
_TYPE_CURE = "queues keep the type of their first start: see AMQP_QUEUES in docs/how-to/scale.md"
_NO_LIMIT = 1 << 30
_AUTH_CURE = "give AMQP_URI the user, password and virtual host of an account in RabbitMQ"


@dataclass(frozen=True)
class Names:
    """The names of one agent's exchange and queues."""

    agent: str
    #: Replicated queues (Raft), for a cluster; they work on a single node, too.
    quorum: bool = False

    @property
    def exchange(self) -> str:
        """Name this agent's exchange."""
        return f"asterisk.server.{self.agent}"

    @property
    def forward_queue(self) -> str:
        """Name the forwarder's queue."""
        return f"asterisk.forward.{self.agent}"

    @property
    def parked_queue(self) -> str:
        """Name the queue of parked items."""
        return f"asterisk.parked.{self.agent}"

    def service(self, name: str) -> str:
        """Name one of this agent's services for nameko's rpc: no agent answers for another."""
        return f"{name}.{self.agent}"

    def later_queue(self, wait_s: int) -> str:
        """Name the queue whose messages come back to the forwarder's after so many seconds."""
        return f"asterisk.later.{self.agent}.{wait_s}"


def names_of(settings: Settings) -> Names:
    """Name what belongs to the agent of these settings."""
    return Names(settings.agent_name, quorum=settings.amqp_queues == "quorum")


@contextmanager
def broker_errors() -> Iterator[None]:
    """Let nothing of py-amqp out: raise ``BrokerAuthError``, ``BrokerUnreachableError`` ..."""
    try:
        yield
    except (AccessRefused, NotAllowed) as exc:
        raise BrokerAuthError("RabbitMQ refused AMQP_URI's account", _AUTH_CURE) from exc
    except OSError as exc:
        raise BrokerUnreachableError("no connection to RabbitMQ", _UNREACHABLE_CURE) from exc
    except AMQPError as exc:
        recoverable = getattr(exc, "reply_code", None) in (None, 320, 541)
        type_ = BrokerUnreachableError if recoverable else BrokerError
        text = getattr(exc, "reply_text", None) or type(exc).__name__
        cure = _TYPE_CURE if isinstance(exc, PreconditionFailed) else "see RabbitMQ's log"
        raise type_(f"RabbitMQ: {text}", cure) from exc


@contextmanager
def connection(uri: str) -> Iterator[amqp.Connection]:
    """Connect to the first node that is there, and close at the end.

    Raise ``BrokerError``'s children, also from inside.
    """
    with broker_errors():
        conn = _connected(amqp_nodes(uri))
        try:
            yield conn
        finally:
            _close(conn)


def _connected(nodes: list[str]) -> amqp.Connection:
    """Connect; the last node's failure is the one that is told."""
    *others, last = nodes
    for node in others:
        try:
            return _connect(node)
        except BrokerUnreachableError:
            continue
    return _connect(last)


def _connect(node: str) -> amqp.Connection:
    conn = amqp.Connection(**_arguments(node))
    with broker_errors():
        try:
            conn.connect()
        except BaseException:
            conn.collect()
            raise
    return conn


def _arguments(uri: str) -> dict[str, Any]:
    parts = urlsplit(uri)
    host = parts.hostname or "localhost"
    tls = parts.scheme == "amqps"
    return {
        "host": f"{f'[{host}]' if ':' in host else host}:{parts.port or (5671 if tls else 5672)}",
        "userid": unquote(parts.username or "guest"),
        "password": unquote(parts.password or "guest"),
        "virtual_host": unquote(parts.path[1:]) or "/",
        "ssl": {"server_hostname": host, "cert_reqs": ssl.CERT_REQUIRED} if tls else False,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "write_timeout": WRITE_TIMEOUT_S,
        "heartbeat": HEARTBEAT_S,
    }


def _close(conn: amqp.Connection) -> None:
    try:
        conn.close()
    except (AMQPError, OSError):
        conn.collect()


def declare(channel: amqp.Channel, names: Names) -> None:
    """Declare everything that this agent needs: whoever comes first, reader or forwarder."""
    for exchange in (names.exchange, EVENTS_EXCHANGE):
        channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
    channel.exchange_bind(EVENTS_EXCHANGE, names.exchange, "#")
    # One consumer at a time, the next one when it goes: order.
    _declare_queue(channel, names, names.forward_queue, {"x-single-active-consumer": True})
    channel.queue_bind(names.forward_queue, names.exchange, "#")
    _declare_queue(channel, names, names.parked_queue, {})


def declare_later(channel: amqp.Channel, names: Names, wait_s: int) -> None:
    """Declare the queue whose messages go to the forwarder's after so many seconds."""
    arguments: dict[str, Any] = {
        "x-message-ttl": wait_s * 1000,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": names.forward_queue,
    }
    if names.quorum:
        # Only so no message is lost when a node goes while it is moved.
        arguments |= {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
    _declare_queue(channel, names, names.later_queue(wait_s), arguments)


def _declare_queue(
    channel: amqp.Channel, names: Names, queue: str, arguments: dict[str, Any]
) -> None:
    if names.quorum:
        # RabbitMQ 4 drops what came back twenty times; each restart of the agent counts.
        arguments = {**arguments, "x-queue-type": "quorum", "x-delivery-limit": _NO_LIMIT}
    channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments or None)


def drain(conn: amqp.Connection, timeout_s: float) -> bool:
    """Read what the broker sends, at most so long; tell whether something came."""
    try:
        conn.drain_events(timeout=timeout_s)
    except TimeoutError:
        return False
    return True
