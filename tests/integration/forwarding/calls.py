"""Calls as the fake Asterisk says them, and what became of them: what tests of forwarding share."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from asterisk_agent.ami.narrowing import CLASS_OF
from asterisk_agent.services import broker
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo


def row(number: int, name: str, **changes: object) -> dict[str, object]:
    return {
        "id": number,
        "source": "AMI",
        "name": name,
        "model": "asterisk_plus.call",
        "method": "on_event",
        "delay": 0.0,
        "keep_order": True,
        "condition": "",
        **changes,
    }


def say(asterisk: FakeAsterisk, name: str, call: str, number: int = 0) -> None:
    asterisk.emit(
        name,
        CLASS_OF[name],
        ("Channel", f"PJSIP/{call}-0001"),
        ("Uniqueid", f"{call}.1"),
        ("Linkedid", f"{call}.1"),
        ("Number", str(number)),
        ("Timestamp", f"{time.time():.6f}"),
    )


def say_calls(asterisk: FakeAsterisk, calls: int, start: int = 0) -> None:
    asterisk.wait_heard()
    for call in range(start, start + calls):
        say(asterisk, "Newchannel", f"c{call}")
        for number in range(4):
            say(asterisk, "VarSet", f"c{call}", number)
        say(asterisk, "Hangup", f"c{call}")


def told_of(odoo: FakeOdoo) -> dict[str, list[tuple[str, str]]]:
    """Return what was applied of each call, in order."""
    calls: dict[str, list[tuple[str, str]]] = {}
    for item in odoo.applied:
        event = item["event"]
        if "Linkedid" in event:
            calls.setdefault(event["Linkedid"], []).append((event["Event"], event["Number"]))
    return calls


WAIT_S = 60.0
WHOLE = [("Newchannel", "0"), *[("VarSet", str(n)) for n in range(4)], ("Hangup", "0")]


def assert_whole(odoo: FakeOdoo, calls: int) -> None:
    wanted = {f"c{call}.1": WHOLE for call in range(calls)}
    assert odoo.wait_for(lambda: len(told_of(odoo)) == calls and told_of(odoo) == wanted, 60), (
        told_of(odoo)
    )


def queued(amqp_uri: str, environ: dict[str, str], kind: str = "forward_queue") -> int:
    names = broker.Names(environ["AGENT_NAME"])
    with broker.connection(amqp_uri) as conn:
        queue = conn.channel().queue_declare(getattr(names, kind), passive=True)
    return int(queue.message_count)


@contextlib.contextmanager
def hangups(amqp_uri: str, environ: dict[str, str]) -> Iterator[Callable[[], int]]:
    """Give a function that counts the Hangups that the broker has had meanwhile."""
    found: list[dict[str, str]] = []
    with broker.connection(amqp_uri) as conn:
        channel = conn.channel()
        queue = channel.queue_declare("", exclusive=True).queue
        channel.queue_bind(queue, broker.Names(environ["AGENT_NAME"]).exchange, "Hangup")
        yield lambda: len(found) if got(channel, queue, found) else 0


def spooled(path: Path) -> int:
    """Count the events on disk, as of the last batch."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM event").fetchone()[0])


def got(channel: object, queue: str, found: list[dict[str, str]]) -> bool:
    message = channel.basic_get(queue, no_ack=True)  # type: ignore[attr-defined]
    if message is not None:
        found.append(json.loads(message.body))
    return bool(found)
