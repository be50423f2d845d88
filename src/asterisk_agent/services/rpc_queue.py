"""Nameko's rpc on a connection of our own: other services call ours with their ``RpcProxy``.

The wire is nameko 2's (nameko/rpc.py): exchange ``nameko-rpc``, queue ``rpc-<service>`` (the name
ends with the agent's), a reply of ``result`` and ``error`` to ``reply_to``. Not nameko's own
consumer: that one lets no service start without the broker, and none end when the broker is away.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import amqp
from nameko.exceptions import IncorrectSignature, MalformedRequest, MethodNotFound, serialize
from nameko.extensions import Entrypoint, SharedExtension

from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.errors import AgentError
from asterisk_agent.services import broker
from asterisk_agent.services.doorbell import Doorbell
from asterisk_agent.services.extensions import STOP_PART_S, runtime_of, stop_thread

_log = logging.getLogger(__name__)

EXCHANGE = "nameko-rpc"


class RpcQueue(SharedExtension):  # type: ignore[misc]
    """The queue of one service's calls; one green thread owns its connection."""

    def setup(self) -> None:
        """Take the broker's address and the agent's name from the runtime."""
        runtime = runtime_of(self.container)
        self._uri = runtime.amqp_uri
        # Not the bare name: agents on one RabbitMQ would take each other's calls from one queue.
        self._service = runtime.names.service(self.container.service_name)
        self._replies: deque[tuple[amqp.Message, bytes]] = deque()
        self._bell = Doorbell()
        self._stopping = threading.Event()
        self._thread: Any = None
        self.methods: dict[str, Rpc] = getattr(self, "methods", {})

    def register(self, entrypoint: Rpc) -> None:
        """Take a method that may be called."""
        # Extensions are set up in no order: this may come before our own ``setup``.
        self.methods = {**getattr(self, "methods", {}), entrypoint.method_name: entrypoint}

    def start(self) -> None:
        """Consume from now on, as soon as the broker is there."""
        if self._thread is None:
            self._thread = self.container.spawn_managed_thread(self.run, identifier="rpc queue")

    def stop(self) -> None:
        """End; calls that wait in the queue stay there."""
        self.kill()
        stop_thread(self._thread, STOP_PART_S)

    def kill(self) -> None:
        """End soon."""
        self._stopping.set()
        self._bell.ring()

    def run(self) -> None:
        """Consume until ``stop``; survive the broker's absence."""
        backoff = Backoff(first_s=0.5, cap_s=10.0)
        while not self._stopping.is_set():
            try:
                self._live(backoff)
            except AgentError as exc:
                # The publisher tells of the broker's absence; once is enough.
                _log.debug("rpc of %s: %s", self._service, exc)
            self._replies.clear()
            self._stopping.wait(backoff.next_s())

    def _live(self, backoff: Backoff) -> None:
        queue = f"rpc-{self._service}"
        with broker.connection(self._uri) as conn:
            channel = conn.channel()
            channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
            channel.queue_declare(queue, durable=True, auto_delete=False)
            channel.queue_bind(queue, EXCHANGE, f"{self._service}.*")
            # No more than there are workers: a full pool would keep this thread from its heartbeat.
            channel.basic_qos(0, self.container.max_workers, False)
            channel.basic_consume(queue, callback=self._take)
            backoff.reset()
            while not self._stopping.is_set():
                self._bell.drain(conn, broker.TICK_S)
                while self._replies:
                    self._reply(channel, *self._replies.popleft())
                conn.heartbeat_tick()

    def _take(self, message: amqp.Message) -> None:
        name = str(message.delivery_info["routing_key"]).rpartition(".")[2]
        answer = partial(self._answer, message)
        try:
            args, kwargs = _arguments(message.body)
            self._method(name).call(args, kwargs, answer)
        except (MalformedRequest, MethodNotFound, IncorrectSignature) as exc:
            answer(None, exc)

    def _method(self, name: str) -> Rpc:
        if name not in self.methods:
            raise MethodNotFound(name)
        return self.methods[name]

    def _answer(self, message: amqp.Message, result: Any, exc: BaseException | None) -> None:
        error = serialize(exc) if exc is not None else None
        self._replies.append((message, json.dumps({"result": result, "error": error}).encode()))
        self._bell.ring()

    def _reply(self, channel: amqp.Channel, asked: amqp.Message, body: bytes) -> None:
        reply = amqp.Message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=asked.properties.get("correlation_id", ""),
        )
        channel.basic_publish(reply, EXCHANGE, asked.properties.get("reply_to", ""))
        channel.basic_ack(asked.delivery_info["delivery_tag"])


class Rpc(Entrypoint):  # type: ignore[misc]
    """Decorate a method that other Nameko services may call."""

    queue = RpcQueue()

    def setup(self) -> None:
        """Register with the service's queue."""
        self.queue.register(self)

    def call(
        self,
        args: list[Any],
        kwargs: dict[str, Any],
        answer: Callable[[Any, BaseException | None], None],
    ) -> None:
        """Let a worker run the method and answer. Raise ``IncorrectSignature``."""
        self.check_signature(args, kwargs)

        def worked(worker_ctx: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            del worker_ctx
            answer(result, exc_info[1] if exc_info else None)
            return result, exc_info

        self.container.spawn_worker(self, args, kwargs, handle_result=worked)


rpc: Callable[..., Any] = Rpc.decorator


def _arguments(body: str | bytes) -> tuple[list[Any], dict[str, Any]]:
    try:
        call = json.loads(body)
        return list(call["args"]), dict(call["kwargs"])
    except (KeyError, TypeError, ValueError, RecursionError) as exc:
        raise MalformedRequest("Message missing `args` or `kwargs`") from exc
