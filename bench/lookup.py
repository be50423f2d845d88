"""`get_caller_name` among 200,000 and 1,000,000 contacts, beside a controller that does nothing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from statistics import median
from urllib.parse import quote

from lab.net import HOST
from lab.office import MODULES, Office

from bench import many, plans
from bench.clients import Asked, Request, ask
from bench.company import company
from bench.rounds import Goal, Result, interleave, ratios

SIZES = (200_000, 1_000_000)
EMPTY = "an empty controller, p99"
GROWTH = "1,000,000 to 200,000 contacts"
GOALS = {EMPTY: Goal(2, at_most=True), GROWTH: Goal(1.3, at_most=True)}
ROUNDS = 7
CLIENTS = 8
#: Requests of a turn.
COUNT = 300
SAMPLE = 40
_NAME = re.compile(rb"(Person|Company) \d+( \(Company \d+\))?")


def question(office: Office, contact: int) -> Request:
    """Return the dialplan's question when a contact calls."""
    number = quote(many.number_of(contact), safe="")
    return Request(HOST, office.odoo.port, f"/asterisk_plus/get_caller_name?number={number}")


def is_name(status: int, body: bytes) -> bool:
    """Tell whether a reply is the name of one of our contacts."""
    return status == 200 and _NAME.fullmatch(body) is not None


def is_empty(status: int, body: bytes) -> bool:
    """Tell whether a reply is the empty controller's."""
    return status == 200 and body == b""


def must_know(office: Office, contacts: list[int]) -> None:
    """Raise ``ValueError`` unless each contact's call is answered with its own name."""
    names = iter(contacts)  # one client: in this order
    right = lambda _status, body: body == many.name_of(next(names)).encode()  # noqa: E731
    ask([question(office, one) for one in contacts], 1, right)


def contestants(
    office: Office, count: int, asked: dict[str, list[Asked]]
) -> dict[str, Callable[[], float]]:
    """Return a turn of each: the slowest of a hundred requests, eight at a time."""
    empty = Request(HOST, office.odoo.port, "/asterisk_plus_test/empty")

    def ours() -> float:
        contacts = [many.FIRST + random.randrange(count) for _ in range(COUNT)]  # noqa: S311
        found = ask([question(office, one) for one in contacts], CLIENTS, is_name)
        asked["ours"].append(found)
        return found.p99_s

    def nothing() -> float:
        asked[EMPTY].append(ask([empty] * COUNT, CLIENTS, is_empty))
        return asked[EMPTY][-1].p99_s

    return {"ours": ours, EMPTY: nothing}


def growth(before: dict[str, list[float]], after: dict[str, list[float]]) -> list[float]:
    """Return [min, median, max] of how many times as dear it became, each beside its empty one."""
    small, large = (
        [mine / its for mine, its in zip(each["ours"], each[EMPTY], strict=True)]
        for each in (before, after)
    )
    each = sorted(one / median(small) for one in large)
    return [round(value, 3) for value in (each[0], median(each), each[-1])]


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock, on the clients' side; with the larger number what counts."""
    costs, told = [], []
    with company(modules=(*MODULES, "asterisk_plus_test")) as office:
        for count in SIZES:
            many.fill(office, count)
            sample = random.sample(range(many.FIRST, many.FIRST + count), SAMPLE)
            many.must_agree(office.admin(), sample)
            must_know(office, sample)
            asked: dict[str, list[Asked]] = {"ours": [], EMPTY: []}
            costs.append(interleave(contestants(office, count, asked), rounds))
            for name, its in asked.items():
                rate = median(one.per_s for one in its)
                p99, middle = (median(one.at_s(n) for one in its) * 1000 for n in (99, 50))
                told.append(
                    f"{count:,} contacts, {name}: median {middle:.0f} ms, p99 {p99:.0f} ms, "
                    f"{rate:.0f} a second, {CLIENTS} at a time, here and now"
                )
        seen = plans.of(office, lambda: must_know(office, sample))
        told.append(f"{len(seen)} queries; contacts by {plans.in_short(seen, 'res_partner')}")
        if scans := plans.without_index(seen):
            raise ValueError(f"queries without an index: {scans}")
    found = ratios(costs[-1], "ours", cost=True)
    return Result("lookup", found | {GROWTH: growth(*costs)}, GOALS, told)
