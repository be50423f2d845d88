"""When a call reached each place on its way to people: the broker, Odoo's transaction, the bus.

Nothing of the product is changed for it: a queue of our own beside the forwarder's, a trigger
beside the addon's table, and the poll of a browser.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import amqp
from lab.cast import ALICE
from lab.errors import LabError
from lab.office import Office
from lab.rpc import OdooRpc

from asterisk_agent.services import broker

POPUP = "asterisk_plus.popup"
#: Between two looks whether to end.
_TICK_S = 0.5
# A row's later versions are of later transactions; what the trigger wrote stays as it was.
_TRIGGER = """
create table bench_row (call_id int, linkedid varchar, began timestamptz);
create function bench_row() returns trigger language plpgsql as $$
begin insert into bench_row values (new.id, new.linkedid, now()); return null; end $$;
create trigger bench_row after insert on asterisk_plus_call
 for each row execute function bench_row()"""
_ROWS = """select linkedid, call_id, extract(epoch from began),
 extract(epoch from pg_xact_commit_timestamp(xmin)) from bench_row where linkedid like '{}-%'"""


@dataclass(frozen=True)
class Way:
    """Unix times of one call: in RabbitMQ, transaction begun and committed, at the browser (None:
    the call was over when Odoo heard of it)."""

    broker: float
    began: float
    row: float
    popup: float | None


@dataclass
class Moments:
    """What was seen, by the call's Linkedid, and by Odoo's id for the pop-ups."""

    office: Office
    at_broker: dict[str, float] = field(default_factory=dict)
    at_browser: dict[int, float] = field(default_factory=dict)

    def ways(self, mark: str) -> dict[str, Way]:
        """Return the ways of the calls whose Linkedid begins with the mark."""
        rows = self.office.postgres.sql(_ROWS.format(mark), self.office.database).splitlines()
        found = {}
        for linkedid, call, began, row in (line.split("|") for line in rows):
            popup = self.at_browser.get(int(call))
            found[linkedid] = Way(self.at_broker[linkedid], float(began), float(row), popup)
        return found

    def hear(self, message: amqp.Message) -> None:
        """Note an event's arrival in RabbitMQ: a call's first."""
        self.at_broker.setdefault(json.loads(message.body)["Linkedid"], time.time())

    def see(self, told: list[dict[str, Any]]) -> None:
        """Note a browser's messages: a call's first pop-up."""
        now = time.time()
        for one in told:
            if isinstance(message := one["message"], dict) and message.get("type") == POPUP:
                self.at_browser.setdefault(message["call"], now)


def listen(moments: Moments, done: threading.Event, bound: threading.Event) -> None:
    """Hear of the calls' first channels at the broker, as any other service could."""
    with broker.connection(moments.office.rabbitmq.uri) as conn:
        channel = conn.channel()
        channel.exchange_declare(broker.EVENTS_EXCHANGE, "topic", durable=True, auto_delete=False)
        queue = channel.queue_declare(exclusive=True).queue
        channel.queue_bind(queue, broker.EVENTS_EXCHANGE, "Newchannel")
        channel.basic_consume(queue, no_ack=True, callback=moments.hear)
        bound.set()
        while not done.is_set():
            broker.drain(conn, _TICK_S)
            conn.heartbeat_tick()


def poll(moments: Moments, alice: OdooRpc, done: threading.Event) -> None:
    """Wait for messages as Alice's browser does; the end of Odoo is this one's, too."""
    last = 0
    with suppress(OSError, LabError, ValueError):
        while not done.is_set():
            asked = {"channels": [], "last": last, "options": {}}
            told = alice.post("/longpolling/poll", asked)
            moments.see(told)
            last = max([last, *(one["id"] for one in told)])


@contextmanager
def watched(office: Office) -> Iterator[Moments]:
    """Note the moments of all calls while this lasts."""
    office.postgres.sql(_TRIGGER, office.database)
    moments, done, bound = Moments(office), threading.Event(), threading.Event()
    alice = office.rpc(ALICE.login, office.password)
    hearing = threading.Thread(target=listen, args=(moments, done, bound))
    # Up to fifty seconds in a poll: its Odoo ends before that.
    threading.Thread(target=poll, args=(moments, alice, done), daemon=True).start()
    hearing.start()
    try:
        bound.wait(30)
        yield moments
    finally:
        done.set()
        hearing.join()
