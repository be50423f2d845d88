"""The addon's pages among 200,000 contacts and 1,000,000 calls, beside Odoo's own contact list.

A real browser opens each page once, and what it asks Odoo's models is written down; then the same
requests are sent again and again. What a page costs in the browser is no matter here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lab.cast import ALICE
from lab.desk import Desk, chromium
from lab.office import ADMIN, Office
from lab.rpc import OdooRpc
from playwright.sync_api import Request

from bench import history, many, plans
from bench.company import company
from bench.rounds import Goal, Result, clock_time, interleave, ratios

CONTACTS, CALLS = 200_000, 1_000_000
LIST = "Odoo's contact list"
SLOWEST = "the slowest page"
GOALS = {SLOWEST: Goal(2, at_most=True)}
ROUNDS = 5
ASKS = "/web/dataset/"
SHOWN = {
    "list": ".o_list_view",
    "kanban": ".o_kanban_view",
    "graph": ".o_graph_renderer",
    "pivot": ".o_pivot",
    "form": ".o_form_view",
}
PAGE_MS = 120_000
#: All that a person of the addon can open, and in which form; what only an admin has is behind.
VIEWS = {
    "action_call": ("list",),
    "action_dashboard": ("kanban",),
    "action_live_call": ("kanban", "list"),
    "action_channel": ("list",),
    "action_call_callback": ("list", "pivot", "graph"),
    "action_call_report": ("graph", "pivot", "list"),
    "action_call_participation": ("pivot", "graph", "list"),
    "action_recording": ("list", "pivot"),
}
ADMINS = dict.fromkeys(
    [
        "action_access_list",
        "action_access_ban",
        "action_security_attempt",
        "action_security_alarm",
        "action_server",
        "action_asterisk_user",
        "action_asterisk_user_channel",
        "action_asterisk_tag",
        "action_event",
        "action_conf",
    ],
    ("list",),
)


@dataclass
class Page:
    """What opening a page asks of Odoo: paths and parameters, in order."""

    session: OdooRpc
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def open(self) -> None:
        """Ask all of it again."""
        for path, params in self.asked:
            self.session.post(path, params)


class Clerk:
    """Writes down what one person's browser asks."""

    def __init__(self, desk: Desk, session: OdooRpc) -> None:
        self._desk, self._session = desk, session
        self._page = Page(session)
        desk.page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        path = request.url.removeprefix(self._desk.office.nginx.url)
        if path.startswith(ASKS) and request.post_data:
            self._page.asked.append((path, json.loads(request.post_data)["params"]))

    def open(self, state: str, kind: str) -> Page:
        """Open a place of the web client, wait until it is shown, and return what it asked."""
        self._page = Page(self._session)
        self._desk.go(state)
        self._desk.page.wait_for_selector(SHOWN[kind], timeout=PAGE_MS)
        # What a view asks for when it is there already: its tags' names, its progress bars.
        self._desk.page.wait_for_load_state("load")
        self._desk.page.wait_for_timeout(1_000)
        return self._page


@contextmanager
def clerk(office: Office, login: str, password: str) -> Iterator[Clerk]:
    """Give a browser in which somebody is logged in."""
    with chromium() as browser, browser.new_context() as context:
        desk = Desk(office, context.new_page(), login, password)
        yield Clerk(desk, office.rpc(login, password))


def pages(office: Office) -> dict[str, Page]:
    """Return all pages: the contact list, the admin's, and those of a PBX user, by names."""
    ids = {name: office.admin().xmlid(f"asterisk_plus.{name}") for name in {**VIEWS, **ADMINS}}
    contacts = office.admin().xmlid("base.action_partner_form")
    found = {}
    with clerk(office, ADMIN, office.admin_password) as admin:
        found[LIST] = admin.open(f"action={contacts}&view_type=list", "list")
        for name, kinds in {**VIEWS, **ADMINS}.items():
            for kind in kinds:
                found[f"{name} {kind}"] = admin.open(f"action={ids[name]}&view_type={kind}", kind)
        call = f"id={history.FIRST}&model=asterisk_plus.call&view_type=form"
        found["a call"] = admin.open(call, "form")
        partner = f"id={many.FIRST}&model=res.partner&view_type=form"
        found["a contact with its calls"] = admin.open(partner, "form")
    with clerk(office, ALICE.login, office.password) as alice:
        for name, kinds in VIEWS.items():
            page = alice.open(f"action={ids[name]}&view_type={kinds[0]}", kinds[0])
            found[f"{name} {kinds[0]}, a PBX user's"] = page
    empty = [name for name, page in found.items() if not page.asked]
    if empty:
        raise ValueError(f"these pages asked nothing: {empty}")
    return found


def seen(office: Office, found: dict[str, Page]) -> list[str]:
    """Return a line for each page that reads a table without an index."""
    told = []
    for name, page in found.items():
        for scan in plans.without_index(plans.of(office, page.open)):
            told.append(f"{name}: {scan.table} read whole, {scan.rows:,} rows: {scan.query[:300]}")
    return told


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock what each page asks, the slowest page's median with the list's."""
    with company() as office:
        many.fill(office, CONTACTS)
        history.fill(office, CALLS, CONTACTS)
        found = pages(office)

        def turn(page: Page) -> Callable[[], float]:
            return lambda: clock_time(page.open, 1)

        costs = interleave({name: turn(page) for name, page in found.items()}, rounds)
        scans = seen(office, found)
    each = {name: ratios({"ours": costs[name], LIST: costs[LIST]}, "ours", cost=True)[LIST]
            for name in found if name != LIST}  # fmt: skip
    slowest = max(each, key=lambda name: each[name][1])
    middle = sorted(costs[LIST])[len(costs[LIST]) // 2] * 1000
    told = [f"{LIST}: {middle:.0f} ms, here and now", f"{SLOWEST}: {slowest}", *scans]
    told += [
        f"{name}: {least:.2f} {median:.2f} {most:.2f}"
        for name, (least, median, most) in each.items()
    ]
    return Result("pages", {SLOWEST: each[slowest]} | each, GOALS, told)
