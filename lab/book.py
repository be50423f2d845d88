"""What Odoo holds of calls, read back through its RPC: what the tests and the demo believe."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lab.errors import LabError
from lab.process import wait_until
from lab.rpc import OdooRpc

CALL = "asterisk_plus.call"
CHANNEL = "asterisk_plus.channel"
PARTICIPATION = "asterisk_plus.call_participation"
FIELDS = [
    *(
        "linkedid",
        "direction",
        "status",
        "is_active",
        "calling_number",
        "called_number",
        "did",
        "partner_id",
        "queue",
    ),
    *(
        "calling_user_id",
        "answered_user_id",
        "final_user_id",
        "called_user_ids",
        "participation_ids",
        "ring_duration",
        "talk_duration",
        "total_duration",
    ),
    *(
        "started",
        "ringing",
        "answered",
        "ended",
        "hangup_cause",
        "hangup_reason",
        "hangup_side",
        "transfer_chain",
        "linked_to",
        "channel_ids",
        "model",
        "res_id",
    ),
]
Record = dict[str, Any]
WAIT_S = 60.0
#: A phone and Asterisk look at the clock at different moments, on a busy machine.
APART_S = 2.0


class Book:
    """The calls of one Odoo, as a user sees them."""

    def __init__(self, odoo: OdooRpc) -> None:
        self.odoo = odoo

    def last_id(self) -> int:
        """Return the id of the newest call, 0 for none: what comes later is told apart by it."""
        newest = self.odoo.search_read(CALL, [], ["id"], order="id desc", limit=1)
        return int(newest[0]["id"]) if newest else 0

    def calls(self, after: int = 0) -> list[Record]:
        """Return the calls that are newer than a call, oldest first, with names of people."""
        rows = self.odoo.search_read(CALL, [["id", ">", after]], FIELDS, order="id")
        return [self._readable(row) for row in rows]

    def wait_call(
        self, after: int, so: Callable[[Record], bool], what: str, timeout_s: float = WAIT_S
    ) -> Record:
        """Wait until one call after `after` is so, and return it. Raise NotReadyError."""
        found: list[Record] = []

        def seen() -> bool:
            found[:] = [call for call in self.calls(after) if so(call)]
            return bool(found)

        wait_until(seen, f"in Odoo: {what}", timeout_s)
        return found[0]

    def wait_ended(self, after: int, timeout_s: float = WAIT_S) -> Record:
        """Wait until a call after `after` has ended; return it."""
        return self.wait_call(
            after, lambda call: not call["is_active"], "a call that has ended", timeout_s
        )

    def wait_all(self, after: int, number: int, timeout_s: float = WAIT_S) -> list[Record]:
        """Wait until there are so many calls after `after`, and all have ended; return them."""
        found: list[Record] = []

        def over() -> bool:
            found[:] = self.calls(after)
            return len(found) >= number and not any(call["is_active"] for call in found)

        wait_until(over, f"in Odoo: {number} calls that have ended", timeout_s)
        if len(found) != number:
            raise LabError(f"not {number} calls, but {len(found)}: {found}")
        return found

    def wait_only(self, after: int, timeout_s: float = WAIT_S) -> Record:
        """Wait until a call after `after` has ended, and return it: there is no other."""
        return self.wait_all(after, 1, timeout_s)[0]

    def talk_times(self, call: Record) -> dict[str, int]:
        """Return the seconds that each PBX user talked in a call, of those who did."""
        fields = ["user_id", "talked", "talk_duration"]
        parts = self.odoo.call(PARTICIPATION, "read", call["participation_ids"], fields)
        return {part["user_id"][1]: part["talk_duration"] for part in parts if part["talked"]}

    def active(self) -> tuple[int, int]:
        """Return how many calls and channels are active."""
        counts = [
            self.odoo.call(model, "search_count", [["is_active", "=", True]])
            for model in (CALL, CHANNEL)
        ]
        return counts[0], counts[1]

    def _readable(self, row: Record) -> Record:
        for name in ("partner_id", "calling_user_id", "answered_user_id", "final_user_id"):
            row[name.removesuffix("_id")] = row[name][1] if row[name] else None
        users = self.odoo.call("asterisk_plus.user", "read", row["called_user_ids"], ["name"])
        row["called_users"] = sorted(user["name"] for user in users)
        row["legs"] = len(row["channel_ids"])
        return row


def is_at(text: str, seen: float) -> bool:
    """Tell whether a time of Odoo's is the moment that a phone saw (Unix seconds): Odoo leaves out
    the fraction of Asterisk's second.
    """
    return -APART_S < seen - moment(text) < 1 + APART_S


def moment(text: str) -> float:
    """Return Odoo's text of a time (UTC) as Unix seconds."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
