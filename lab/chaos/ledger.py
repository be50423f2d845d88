"""What Odoo holds after a run: its calls by the outside party's number."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from lab.book import CALL, CHANNEL, FIELDS
from lab.chaos.truth import Truth
from lab.chaos.verdict import Finding, Record
from lab.rpc import OdooRpc

LEG = ["call_id", "caller_num", "connected_num", "exten"]
_NUMBER = re.compile(r"\+32470\d{6}")
Held = Mapping[str, Sequence[Record]]


def calls_by_number(odoo: OdooRpc, after: int) -> Held:
    """Return the calls newer than a call by the outside party's number: the call's own, or a leg's
    (a call that is first heard of in its middle has it only there). Others are under "".
    """
    calls = odoo.search_read(CALL, [["id", ">", after]], FIELDS, order="id")
    words: dict[int, str] = defaultdict(str)
    for leg in odoo.search_read(CHANNEL, [["call_id", ">", after]], LEG):
        words[leg["call_id"][0]] += " ".join(str(leg[name]) for name in LEG[1:]) + " "
    found: dict[str, list[Record]] = defaultdict(list)
    for call in calls:
        call["answered_user"] = call["answered_user_id"][1] if call["answered_user_id"] else None
        own = f"{call['calling_number']} {call['called_number']} "
        number = _NUMBER.search(own + words[call["id"]])
        found[number[0] if number else ""].append(call)
    return found


def strangers(seen: Sequence[Truth], held: Held, but: str) -> list[Finding]:
    """Return Odoo's calls that nobody made, but for those from the number `but`; nor may they be
    active.
    """
    known = {truth.plan.number for truth in seen}
    found = []
    for number in held.keys() - known:
        for call in held[number]:
            if call["calling_number"] == but and not call["is_active"]:
                continue
            kind = "stuck_active" if call["is_active"] else "duplicated"
            found.append(Finding(kind, number or "?", f"nobody made it: {dict(call)}"))
    return found


def parked(odoo: OdooRpc) -> int:
    """Return how many events the agents have parked."""
    rows = odoo.search_read("asterisk_plus.server", [], ["parked_count"])
    return sum(int(row["parked_count"]) for row in rows)
