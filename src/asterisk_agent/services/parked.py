"""The queue of parked items, for the command line and for Odoo: list, deliver again, drop."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import amqp

from asterisk_agent.core.settings import Settings
from asterisk_agent.rpc.parked import MAX_LISTED
from asterisk_agent.services import broker


@contextmanager
def _channel(settings: Settings) -> Iterator[tuple[amqp.Channel, broker.Names]]:
    names = broker.names_of(settings)
    with broker.connection(settings.amqp_uri.get_secret_value()) as conn:
        channel = conn.channel()
        broker.declare(channel, names)
        yield channel, names


class Parked:
    """The queue of one agent."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def listed(self, limit: int) -> list[dict[str, Any]]:
        """List the oldest parked events."""
        return listed(self._settings, limit)

    def replay(self) -> int:
        """Deliver all of them again; return how many."""
        return replay(self._settings)

    def drop(self) -> int:
        """Drop all of them; return how many."""
        return drop(self._settings)


def listed(settings: Settings, limit: int = MAX_LISTED) -> list[dict[str, Any]]:
    """List the parked events, at most ``limit``; they stay where they are."""
    found: list[dict[str, Any]] = []
    with _channel(settings) as (channel, names):
        # What is got and not acked goes back to its place when the connection closes.
        while len(found) < limit and (message := channel.basic_get(names.parked_queue)):
            found.append(_told(message))
    return found


def _told(message: amqp.Message) -> dict[str, Any]:
    headers = message.properties.get("application_headers") or {}
    try:
        event = json.loads(message.body)
    except ValueError:
        event = {}
    event = event if isinstance(event, dict) else {}
    return {
        "event": str(event.get("Event", "")),
        "linkedid": str(event.get("Linkedid", "")),
        "row": headers.get("row", ""),
        "attempts": headers.get("attempts", ""),
        "error": headers.get("error", ""),
    }


def replay(settings: Settings) -> int:
    """Put every parked event behind the others in the forwarder's queue; return how many.

    Under a boot of its own: below the old one's watermark Odoo would take it for a copy.
    """
    boot = f"replay-{secrets.token_hex(8)}"
    count = 0
    with _channel(settings) as (channel, names):
        left = channel.queue_declare(names.parked_queue, passive=True).message_count
        while count < left and (message := channel.basic_get(names.parked_queue)):
            count += 1
            headers = dict(message.properties.get("application_headers") or {})
            headers.update(boot=boot, seq=count)
            again = amqp.Message(
                message.body,
                content_type="application/json",
                delivery_mode=broker.PERSISTENT,
                application_headers=headers,
            )
            # Straight into the queue: other services have had this event.
            channel.basic_publish_confirm(again, "", names.forward_queue, mandatory=True)
            channel.basic_ack(message.delivery_info["delivery_tag"])
    return count


def drop(settings: Settings) -> int:
    """Drop every parked event; return how many."""
    with _channel(settings) as (channel, names):
        return int(channel.queue_purge(names.parked_queue))
