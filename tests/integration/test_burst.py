"""A thousand calls at once, and an Odoo that takes five seconds: Asterisk waits for nobody."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.process import waited_s

from asterisk_agent.services import broker
from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo
from fakes.odoo_faults import Slow

pytestmark = pytest.mark.lab
OURS = Path("/proc/thread-self")
_log = logging.getLogger(__name__)

CALLS = 1_000
#: Real Asterisk's worst second of such a burst.
EVENTS_PER_S = 39_500
NAMES = (
    "Newchannel",
    "Newstate",
    "DialBegin",
    "DialEnd",
    "BridgeEnter",
    "BridgeLeave",
    "HangupRequest",
    "Hangup",
    "OriginateResponse",
    "VarSet",
)
CONDITION = "event['Variable'] == 'DIALSTATUS' or event['Variable'] == 'QUEUESTATUS'"
RECORDED = Path(__file__).resolve().parents[1] / "data" / "ami" / "one_pbx.ami"
#: Masked: no row of the map is of their classes.
MASKED = (b"TestEvent", b"SuccessfulAuth")
BLOCK = re.compile(rb"Event: (\w+)\r\nPrivilege: [^\r]*\r\n(?:[^\r]+\r\n)+")


def one_call() -> list[tuple[bytes, bytes]]:
    """Return names and bytes of a real call's events, with marks for its time and its number."""
    found = []
    for match in BLOCK.finditer(RECORDED.read_bytes()):
        if match[1] not in MASKED:
            head, _, rest = match[0].partition(b"\r\nPrivilege")
            text = head + b"\r\nPrivilege" + rest.replace(b"\r\n", b"\r\nTimestamp: @time@\r\n", 1)
            found.append((match[1], re.sub(rb"\b17953936\d\d\.", rb"@call@\g<0>", text) + b"\r\n"))
    return found


def wanted(events: list[tuple[bytes, bytes]]) -> int:
    return sum(
        name.decode() in NAMES and (name != b"VarSet" or b"Variable: DIALSTATUS\r\n" in text)
        for name, text in events
    )


def paced(events: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    """Yield a call after the other at Asterisk's pace, with the time at which it says them."""
    text, started = b"".join(text for _, text in events), time.monotonic()
    for call in range(CALLS):
        due = started + call * len(events) / EVENTS_PER_S
        time.sleep(max(0.0, due - time.monotonic()))
        stamp = f"{time.time():.6f}".encode()
        yield text.replace(b"@time@", stamp).replace(b"@call@", b"%d" % (call + 1))


def status(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found


def wait_for(path: Path, **facts: int) -> dict[str, Any]:
    """Return what the agent writes from now on, as soon as these are facts in it."""
    began, deadline = time.time(), time.monotonic() + 240
    while (found := status(path)).get("at", 0) < began or not facts.items() <= found.items():
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def test_the_reader_keeps_up_memory_is_bounded_and_nothing_is_lost(
    amqp_uri: str,
    odoo: FakeOdoo,
    asterisk: FakeAsterisk,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    odoo.rows = [
        {"id": number, "source": "AMI", "name": name, "model": "m", "method": "x", "delay": 0.0,
         "keep_order": True, "condition": CONDITION if name == "VarSet" else ""}
        for number, name in enumerate(NAMES, start=1)
    ]  # fmt: skip
    # Asterisk cuts after five; here the lag tells, less what this machine gave to others.
    asterisk.write_timeout_s = 60.0
    events = one_call()
    expected = CALLS * wanted(events)
    path = tmp_path / "state" / f"agent-{environ['AGENT_NAME']}" / "status.json"
    with AgentProcess(environ, tmp_path) as agent:
        agent.wait_ready()
        assert odoo.wait_for(lambda: "Reconcile" in odoo.names())
        before = wait_for(path, waiting=0)
        odoo.on_next("deliver", *[Slow(5.0)] * 50)
        kept_waiting_s = agent.kept_waiting_s + waited_s(OURS)
        for data in paced(events):
            asterisk.send_raw(data)
        # FullyBooted is an event that was read, too; all of them are with RabbitMQ now.
        after = wait_for(path, waiting=0, events=before["events"] + expected)
        # What this machine gave to others meanwhile is not the agent's: it, or we between the stamp
        # of an event and its sending, were kept waiting.
        kept_waiting_s = agent.kept_waiting_s + waited_s(OURS) - kept_waiting_s
        _log.info("kept waiting %.2f s; before %s, after %s", kept_waiting_s, before, after)
        assert len(asterisk.connections) == 2
        assert after["peak_lag_s"] < 1.0 + kept_waiting_s
        assert after["memory_mb"] < before["memory_mb"] + 150
        assert after["overflowed"] == 0
        # Odoo is far behind: whoever waited for it would be, too.
        assert len(odoo.applied) < expected / 2
        (folder := tmp_path / "check").mkdir()
        shown = {**environ, "STATE_DIRECTORY": str(tmp_path / "state")}
        with AgentProcess(shown, folder, "check", "--json") as command:
            command.end()
        (load,) = [line for line in json.loads(command.text)["lines"] if line["name"] == "load"]
        assert re.search(r"at worst \d+\.\d\d s; \d+ events wait .* \d+ MB", load["text"])
        assert agent.stop() == 0
    # Nothing is lost: what Odoo had no time for is with RabbitMQ.
    assert messages(amqp_uri, environ) + len(odoo.applied) >= expected
    assert "Traceback" not in agent.text


def messages(amqp_uri: str, environ: dict[str, str]) -> int:
    with broker.connection(amqp_uri) as conn:
        queue = broker.Names(environ["AGENT_NAME"]).forward_queue
        return int(conn.channel().queue_declare(queue, passive=True).message_count)
