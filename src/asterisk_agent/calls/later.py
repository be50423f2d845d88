"""What waits long, and keeps no order, waits on the broker: here it would hold others' places.

The forwarder may hold so many unacked messages. One that is due in an hour would hold its place
for an hour, and a thousand of them all places. So it goes to a queue whose messages come back after
a fixed time (RabbitMQ: ``x-message-ttl`` and a dead letter exchange), as often as it takes.
"""

from __future__ import annotations

import math
import re

from asterisk_agent.calls.delivery import Item, Message, Row

#: What is due sooner is held here.
HOLD_S = 5.0
#: So many are held at most; beyond it nothing is that is not due. Far under any prefetch.
MAX_HELD = 250
#: Each is a queue. A wait is put together of them; the last one ends up to a second late.
WAITS_S = (1, 5, 30, 300, 3600)
_LATER = re.compile(r"later(\d+)-(.+)", re.ASCII)


def must_leave(row: Row, remaining_s: float, held: int) -> bool:
    """Tell whether an item is to wait on the broker, when so many are held here."""
    return not row.keep_order and remaining_s > (HOLD_S if held < MAX_HELD else 0.0)


def wait_for(remaining_s: float) -> int:
    """Given what is left of a delay, return the longest of ``WAITS_S`` within it."""
    return max([wait for wait in WAITS_S if wait <= remaining_s], default=WAITS_S[0])


def later_boot(item: Item) -> str:
    """Name the item anew: under its old identity it would be a copy of what was acked.

    The same item gets the same name, so that a copy that the broker made is known for one.
    """
    known = _LATER.fullmatch(item.boot)
    if known is None:
        return f"later1-{item.boot}-{item.seq}-{item.row}"
    return f"later{int(known[1]) + 1}-{known[2]}"


def remaining_s(row: Row, message: Message, wall: float) -> float:
    """Tell how much of a row's delay is left: it runs from when Asterisk said the event.

    After an outage nothing waits twice. A wrong clock on Asterisk's host can shorten a delay, and
    never lengthen it.
    """
    try:
        said_at = float(message.event["EventTime"])
    except (KeyError, TypeError, ValueError):
        said_at = wall
    passed_s = wall - said_at if math.isfinite(said_at) else 0.0
    return max(0.0, row.delay_s - max(0.0, passed_s))
