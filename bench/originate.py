"""From a click in Odoo to the INVITE at the phone, beside a login to Asterisk for each click.

Both are requests of the same user to the same Odoo, one click at a time; the phone is busy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from lab.asterisk import Asterisk
from lab.cast import ALICE
from lab.net import HOST
from lab.office import MODULES, Office
from lab.stack import Lab

from bench.busy_phone import BusyPhone
from bench.clients import percentile
from bench.rounds import Goal, Result, interleave, ratios

LOGIN = "a login for each click"
P99 = f"{LOGIN}, p99"
GOALS: dict[str, Goal] = {}
ROUNDS = 7
CLICKS = 15
NUMBER = "+32470000001"


def clicks(office: Office, pbx: Asterisk) -> dict[str, Callable[[], object]]:
    """Return what a click of each does."""
    people = office.people()
    office.agent(pbx)
    session = office.rpc(ALICE.login, people.password)
    account = (HOST, pbx.ami_port), "lab", pbx.lab_secret, f"PJSIP/{ALICE.exten}", NUMBER

    def theirs() -> None:
        if (said := session.call("asterisk_plus_test.click", "originate", *account)) != "Success":
            raise ValueError(f"Asterisk refused: {said}")

    return {
        "ours": lambda: session.call("asterisk_plus.server", "originate_call", NUMBER),
        LOGIN: theirs,
    }


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock; the median of a turn's clicks, and the slowest of a hundred of all."""
    rang_s: dict[str, list[float]] = {"ours": [], LOGIN: []}
    with Lab() as lab:
        office = Office(lab, (*MODULES, "asterisk_plus_test"))
        office.start()
        pbx = office.asterisk(22)
        with BusyPhone(pbx.accounts[ALICE.exten]) as phone:

            def turn(name: str, click: Callable[[], object]) -> Callable[[], float]:
                def run() -> float:
                    took = []
                    for _ in range(CLICKS):
                        began = time.monotonic()
                        click()
                        took.append(phone.next_invite() - began)
                    rang_s[name] += took
                    return median(took)

                return run

            contestants = {name: turn(name, click) for name, click in clicks(office, pbx).items()}
            costs = interleave(contestants, rounds)
    p99 = {name: percentile(sorted(each), 99) for name, each in rang_s.items()}
    told = [
        f"{name}: median {median(each) * 1000:.0f} ms, p99 {p99[name] * 1000:.0f} ms "
        f"from click to INVITE, here and now, {len(each)} clicks"
        for name, each in rang_s.items()
    ]
    found = ratios(costs, "ours", cost=True)
    found[P99] = [round(p99["ours"] / p99[LOGIN], 3)] * 3
    return Result("originate", found, GOALS, told)
