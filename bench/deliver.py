"""Events of calls applied in a real Odoo, beside one RPC each through odoorpc, same handlers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from lab.cast import AGENT_LOGIN
from lab.net import HOST
from lab.office import Office

from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.core.settings import Settings
from bench import peers
from bench.calls import Item, at_once, numbered
from bench.company import company, gateway
from bench.rounds import Goal, Result, clock_time, interleave, ratios

ODOORPC = "odoorpc, event by event"
GOALS = {ODOORPC: Goal(10)}
ROUNDS = 7
BATCH: int = Settings.model_fields["deliver_batch"].default
#: Calls of a turn: both last a few seconds.
OURS, THEIRS = 50, 2
_LOOK = """select c.status, c.direction, c.is_active, p.name, c.calling_number, c.called_number,
 c.talk_duration,
 (select count(*) from asterisk_plus_channel l where l.call_id = c.id),
 (select count(*) from asterisk_plus_call_event e where e.call_id = c.id)
 from asterisk_plus_call c left join res_partner p on p.id = c.partner_id
 where c.linkedid like '{mark}%' order by c.id"""

Apply = Callable[[str, Sequence[Item]], None]


def ours(office: Office) -> Apply:
    """Return the forwarder's way: batches, one request and transaction each."""
    odoo = gateway(office)

    def deliver(boot: str, items: Sequence[Item]) -> None:
        todo = list(numbered(list(items), boot))
        for start in range(0, len(todo), BATCH):
            batch = todo[start : start + BATCH]
            results = odoo.deliver("bench", {boot: start}, batch)
            if {result.status for result in results} != {"done"}:
                raise ValueError(f"Odoo did not apply a batch: {results[:3]}")

    return deliver


def odoorpc(office: Office) -> Apply:
    """Return a session of odoorpc's that calls the handler for each event."""
    peers.load()
    import odoorpc

    session: Any = odoorpc.ODOO(HOST, port=office.odoo.port, timeout=60)
    session.login(office.database, AGENT_LOGIN, office.agent_password)

    def apply(_boot: str, items: Sequence[Item]) -> None:
        for item in items:
            session.execute("asterisk_plus.call", "on_ami_event", item["event"])

    return apply


def calls(office: Office, mark: str) -> list[str]:
    """Return what Odoo holds of the calls whose ids begin so."""
    return office.postgres.sql(_LOOK.format(mark=mark), office.database).splitlines()


def must_be(found: Sequence[str], model: str, number: int) -> None:
    """Raise ``ValueError`` unless so many calls were made, all as the model one."""
    if list(found) != [model] * number or "answered" not in model:
        raise ValueError(
            f"Odoo holds {sorted(set(found))}, {len(found)} calls; expected {number} of {model}"
        )


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock: what a request costs Odoo and PostgreSQL is not our process's time."""
    with company() as office:
        events_map = EventMap(gateway(office).get_events_map()[1])
        began, marks = time.time(), count(1)
        theirs, mine = odoorpc(office), ours(office)
        theirs("", at_once("model-", 1, events_map, began))
        # What one RPC for each event makes of a call is what a batch must make of it, too.
        (model,) = calls(office, "model-")

        def turn(apply: Apply, number: int) -> Callable[[], float]:
            def run() -> float:
                mark = f"turn{next(marks)}-"
                items = at_once(mark, number, events_map, began)
                cost = clock_time(lambda: apply(mark, items), len(items))
                must_be(calls(office, mark), model, number)
                return cost

            return run

        contestants = {"ours": turn(mine, OURS), ODOORPC: turn(theirs, THEIRS)}
        costs = interleave(contestants, rounds)
    rate = sorted(1 / cost for cost in costs["ours"])[len(costs["ours"]) // 2]
    told = [
        f"each call: {model}",
        f"ours, here and now: {rate:,.0f} events a second, batches of {BATCH}",
    ]
    return Result("deliver", ratios(costs, "ours"), GOALS, told)
