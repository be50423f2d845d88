"""Confirmed persistent events to a real RabbitMQ, beside nameko's own event dispatcher."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle, islice
from typing import Any

import amqp
from lab.rabbitmq import RabbitMQ
from lab.stack import Lab
from nameko.standalone.events import event_dispatcher

from asterisk_agent.core.clock import SystemClock
from asterisk_agent.services import broker
from asterisk_agent.services.backlog import Backlog
from asterisk_agent.services.publishing import Publisher
from bench.rounds import Goal, Result, clock_time, interleave, ratios
from bench.stream import fifty_calls, map_rows, simply_read

NAMEKO = "nameko dispatcher"
GOALS = {NAMEKO: Goal(7)}
ROUNDS = 9
#: Events of a turn: both last about a second.
OURS, THEIRS = 5_000, 500
NAMES = broker.Names("bench")
_ROWS = [[1, 0.0, True]]
_SOURCE, _QUEUE = "bench", "bench.nameko"

Event = dict[str, Any]


def wanted() -> list[Event]:
    """Return the events of fifty calls whose names the shipped map has."""
    names = {str(row["name"]) for row in map_rows()}
    return [event for event in simply_read(fifty_calls(1)) if event["Event"] in names]


def must_hold(messages: Iterable[amqp.Message], events: Iterable[Mapping[str, Any]]) -> None:
    """Raise ``ValueError`` unless a queue held these events, in order, each persistent."""
    held = [(json.loads(one.body), one.properties.get("delivery_mode")) for one in messages]
    if held != [(dict(event), broker.PERSISTENT) for event in events]:
        raise ValueError("the queue holds others than were published, or not persistently")


class Broker:
    """A connection that declares, looks and empties."""

    def __init__(self, channel: amqp.Channel) -> None:
        self.channel = channel
        broker.declare(channel, NAMES)
        channel.exchange_declare(f"{_SOURCE}.events", "topic", durable=True, auto_delete=False)
        channel.queue_declare(_QUEUE, durable=True, auto_delete=False)
        channel.queue_bind(_QUEUE, f"{_SOURCE}.events", "#")

    def take(self, queue: str) -> Iterator[amqp.Message]:
        """Yield what a queue holds, and take it out."""
        while message := self.channel.basic_get(queue, no_ack=True):
            yield message

    def empty(self, queue: str, held: int) -> None:
        """Empty a queue. Raise ``ValueError`` unless it held so many."""
        if self.channel.queue_purge(queue) != held:
            raise ValueError(f"{queue} held others than the {held} that were confirmed")


def ours(uri: str, events: list[Event]) -> None:
    """Publish as the agent does: into the backlog, and out of it until all is confirmed."""
    backlog = Backlog(len(events), boot="bench")
    publisher = Publisher(
        uri,
        NAMES,
        backlog,
        SystemClock(),
        # A publisher that is to stop sends what memory holds, and then returns.
        on_connected=lambda up: publisher.stop() if up else None,
        on_relief=lambda: None,
        give_way=lambda: None,
    )
    for event in events:
        publisher.put(event, _ROWS)
    publisher.run()
    if backlog.confirmed != len(events):
        raise ValueError(f"{backlog.confirmed} of {len(events)} events were confirmed")


def nameko(uri: str) -> Callable[[list[Event]], None]:
    """Return nameko's way: persistent by default, a confirm for each, its connection kept."""
    dispatch = event_dispatcher({"AMQP_URI": uri}, use_confirms=True)

    def publish(events: list[Event]) -> None:
        for event in events:
            dispatch(_SOURCE, event["Event"], event)

    return publish


@contextmanager
def rabbitmq() -> Iterator[str]:
    """Give a RabbitMQ of the lab's."""
    with Lab() as lab:
        yield lab.start(RabbitMQ(lab.folder / "rabbitmq")).uri


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock: what a confirm per message costs is waiting."""
    with rabbitmq() as uri, broker.connection(uri) as conn:
        place, theirs = Broker(conn.channel()), nameko(uri)
        mine, its = (list(islice(cycle(wanted()), count)) for count in (OURS, THEIRS))
        ours(uri, mine)
        must_hold(place.take(NAMES.forward_queue), mine)
        theirs(its)
        must_hold(place.take(_QUEUE), its)

        def turn(publish: Callable[[], None], queue: str, count: int) -> Callable[[], float]:
            def run() -> float:
                cost = clock_time(publish, count)
                place.empty(queue, count)
                return cost

            return run

        costs = interleave(
            {
                "ours": turn(lambda: ours(uri, mine), NAMES.forward_queue, OURS),
                NAMEKO: turn(lambda: theirs(its), _QUEUE, THEIRS),
            },
            rounds,
        )
    told = ["not confirmed, lost, out of order or not persistent: 0"]
    return Result("publish", ratios(costs, "ours"), GOALS, told)
