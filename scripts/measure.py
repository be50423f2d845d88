#!/usr/bin/env python3
"""Measure what one machine does, for docs/how-to/scale.md: reader and spool in seconds of a processor, deliver() of a real Odoo.

PYTHONPATH=src:. $(scripts/environment)/bin/python scripts/measure.py [--odoo]
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from lab.office import Office
from lab.stack import Lab

from asterisk_agent.ami.block import parse_event
from asterisk_agent.ami.protocol import AMIProtocol
from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.core.spool import Spool
from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.gateway import OdooGateway
from asterisk_agent.odoo.jsonrpc import JsonRpc
from asterisk_agent.services.backlog import Backlog

TOP = Path(__file__).resolve().parent.parent
CALL = (TOP / "tests" / "data" / "ami" / "one_pbx.ami").read_bytes()
VARSET = "event['Variable'] == 'DIALSTATUS'"
NAMES = [
    "Newchannel",
    "Newstate",
    "DialBegin",
    "DialEnd",
    "BridgeEnter",
    "BridgeLeave",
    "HangupRequest",
    "Hangup",
]
CALLS = 1000


def calls(count: int) -> bytes:
    """Return the recorded call so many times, each with identities of its own."""
    return b"".join(re.sub(rb"\b(17953936\d\d\.)", b"%d\\1" % n, CALL) for n in range(1, count + 1))


def events_map() -> EventMap:
    """Return a map like the addon's."""
    rows = [{"id": n, "name": name} for n, name in enumerate(NAMES, start=1)]
    return EventMap([*rows, {"id": 99, "name": "VarSet", "condition": VARSET}])


def reader_and_spool() -> None:
    """Read a burst, match it, number it; then write it down and read it back."""
    found, lines = events_map(), events_map().wanted_lines()
    protocol = AMIProtocol({name: lines.get(name, ()) for name in found.wanted_names})
    protocol.receive_data(b"Asterisk Call Manager/5.0.5\r\n")
    data, backlog = calls(CALLS), Backlog(1_000_000, boot="measure")
    began = time.process_time()
    for start in range(0, len(data), 65536):
        for event in protocol.receive_data(data[start : start + 65536]):
            flat = event.to_flat()
            if rows := found.match(flat):
                backlog.put(flat, rows)
    took, wanted = time.process_time() - began, len(backlog)
    total = wanted + protocol.skipped
    print(f"reader: {total} events, {wanted} wanted, {took:.2f} s: {total / took:,.0f} a second")
    records = [backlog.send_next(n) for n in range(wanted)]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        spool = Spool(Path(folder) / "agent" / "events.sqlite")
        spool.open()
        began = time.process_time()
        for start in range(0, wanted, 2000):
            spool.append([r for r in records[start : start + 2000] if r])
        wrote = time.process_time()
        while spool.count:
            spool.forget(spool.read(0, 2000)[-1].pos)
        read = time.process_time()
        spool.close()
    print(
        f"spool: {wanted / (wrote - began):,.0f} written, {wanted / (read - wrote):,.0f} read and forgotten a second"
    )


def odoo() -> None:
    """Deliver calls to a real Odoo, in batches of several sizes."""
    with Lab() as lab:
        office = Office(lab)
        office.start()
        people = office.people()
        rpc = JsonRpc(office.nginx.url, timeout_s=60)
        client = OdooClient(
            rpc, db=office.database, user="asterisk1", password=people.agent_password
        )
        gateway = OdooGateway(client)
        _, rows = gateway.get_events_map()
        items = [item for n in range(300) for item in call_items(EventMap(rows), n)]
        for item, seq in zip(items, range(1, len(items) + 1), strict=True):
            item.update(boot="measure", seq=seq)
        for size in (1, 20, 200, 1000):
            part, items = items[: size * 5], items[size * 5 :]
            began = time.monotonic()
            for start in range(0, len(part), size):
                batch = part[start : start + size]
                results = gateway.deliver("measure", {"measure": batch[0]["seq"] - 1}, batch)
                if {result.status for result in results} != {"done"}:
                    sys.exit(f"Odoo did not apply a batch: {results[:3]}")
            took = time.monotonic() - began
            print(
                f"odoo: batches of {size}: {len(part) / took:,.0f} events a second, {took / 5:.3f} s a batch"
            )


def call_items(found: EventMap, number: int) -> list[dict[str, object]]:
    """Return the items of one call, as the forwarder has them."""
    items = []
    text = re.sub(rb"\b(17953936\d\d\.)", b"%d\\1" % (number + 1), CALL)
    for block in text.split(b"\r\n\r\n"):
        if block.startswith(b"Event: "):
            event = parse_event(block, solicited=False).to_flat()
            event |= {"EventTime": f"{time.time():.6f}", "SystemName": "measure"}
            items += [{"row": match.row, "event": event} for match in found.match(event)]
    return items


if __name__ == "__main__":
    reader_and_spool()
    if "--odoo" in sys.argv:
        odoo()
