"""Messages on RabbitMQ, as docs/reference/agent-odoo.md, section 3, writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from asterisk_agent.calls.delivery import Later, Message, Parked, Row
from asterisk_agent.calls.later import later_boot


def read_message(tag: int, body: str | bytes, headers: object) -> Message:
    """Read a message of the contract, section 3. Raise ``ValueError`` for any other."""
    if not isinstance(headers, Mapping):
        raise ValueError("no headers")  # noqa: TRY004 (one error for every fault)
    try:
        event = json.loads(body)
        rows = [_row(*row) for row in json.loads(headers["rows"])]
        boot, seq = str(headers["boot"]), int(headers["seq"])
    except (KeyError, TypeError, RecursionError) as exc:
        raise ValueError("headers or body are wrong") from exc
    if not isinstance(event, dict) or not isinstance(event.get("Event"), str) or seq < 1:
        raise ValueError("no event")
    return Message(tag, boot, seq, event, rows)


def _row(row: Any, delay_s: Any, keep_order: Any) -> Row:
    return Row(int(row), float(delay_s), bool(keep_order))


def parked_message(parked: Parked, server: str) -> tuple[str, dict[str, Any]]:
    """Return the body and the headers with which an item lies in the parked queue."""
    item = parked.item
    headers = {
        "boot": item.boot,
        "seq": item.seq,
        "server": server,
        "rows": json.dumps([[item.row, 0, True]]),
        "row": item.row,
        "error": parked.error[:500],
        "attempts": parked.attempts,
    }
    return json.dumps(dict(item.event)), headers


def later_message(later: Later, server: str) -> tuple[str, dict[str, Any]]:
    """Return the body and the headers with which an item waits, and comes back."""
    row = later.row
    headers = {
        "boot": later_boot(later.item),
        "seq": 1,
        "server": server,
        "rows": json.dumps([[row.id, row.delay_s, row.keep_order]]),
    }
    return json.dumps(dict(later.item.event)), headers
