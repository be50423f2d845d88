"""SCENARIOS 22 and 23: somebody else's rows of the events map, without touching the agent."""

from collections.abc import Iterator
from typing import Any

import pytest
from lab.agent import Agent
from lab.book import Book
from lab.cast import Cast
from lab.office import Office
from lab.process import wait_until
from lab.rpc import OdooRpc
from lab.stage import Stage

pytestmark = pytest.mark.lab
SEEN = "asterisk_plus_test.seen"


@pytest.fixture
def admin(office: Office, people: Cast, agent: Agent) -> OdooRpc:
    """Odoo's administrator, while the agent runs."""
    return office.admin()


@pytest.fixture
def rows(admin: OdooRpc, people: Cast) -> Iterator["Rows"]:
    """A way to add rows to the map; they are gone afterwards."""
    added = Rows(admin, people)
    yield added
    added.remove()


class Rows:
    """Rows of the events map, added as an administrator does, followed by Reload Events."""

    def __init__(self, admin: OdooRpc, people: Cast) -> None:
        self.admin, self.people, self.ids = admin, people, []  # type: OdooRpc, Cast, list[int]

    def add(self, **values: Any) -> int:
        """Add one row and let the agent download the map."""
        made = self.admin.create(
            "asterisk_plus.event", {"model": SEEN, "method": "on_event", **values}
        )
        self.ids.append(made)
        self.reload()
        return made

    def reload(self) -> None:
        """Press Reload Events; it must be answered with success."""
        answer = self.admin.call(
            "asterisk_plus.server", "action_reload_events", [self.people.server]
        )
        assert answer["params"]["type"] == "success", answer

    def remove(self) -> None:
        """Take the rows away again."""
        self.admin.call("asterisk_plus.event", "unlink", self.ids)
        self.reload()


def seen(admin: OdooRpc, name: str, after: int) -> list[dict[str, Any]]:
    """Return what the handlers kept since `after`."""
    return admin.search_read(SEEN, [["name", "=", name], ["id", ">", after]], ["event"], order="id")


def last(admin: OdooRpc) -> int:
    """Return the id of the last thing seen."""
    rows = admin.search_read(SEEN, [], ["id"], order="id desc", limit=1)
    return int(rows[0]["id"]) if rows else 0


def test_23_row_added_in_odoo_works_after_reload(
    admin: OdooRpc, rows: Rows, stage: Stage, agent: Agent
) -> None:
    running, after = agent.process, last(admin)
    rows.add(name="Cdr", condition="event['Disposition'] == 'ANSWERED'", delay=0.5)
    stage.phone("101", "486 Busy Here")
    stage.inbound("101").finish()
    stage.clear()
    stage.wait_idle()
    stage.phone("101", ring_s=0.2)
    stage.inbound("101", talk_s=1).finish()
    wait_until(lambda: seen(admin, "Cdr", after), "the Cdr of the answered call", 60)
    found = seen(admin, "Cdr", after)
    assert len(found) == 1
    assert "('Disposition', 'ANSWERED')" in found[0]["event"]
    assert "('SystemName', " in found[0]["event"]
    assert agent.process is running


def test_bad_condition_is_told_to_the_admin_and_stops_nothing(
    admin: OdooRpc, rows: Rows, stage: Stage, office: Office
) -> None:
    book, before = Book(admin), Book(admin).last_id()
    bad = rows.add(name="Hangup", condition="event.__class__")

    def told() -> bool:
        return bool(
            admin.search_read("asterisk_plus.event", [["id", "=", bad]], ["error"])[0]["error"]
        )

    wait_until(told, "the row's error in Odoo", 60)
    stage.phone("101", ring_s=0.2)
    stage.inbound("101", talk_s=0.5).finish()
    assert book.wait_ended(before)["status"] == "answered"


def test_22_handler_that_always_raises_is_parked_and_the_next_event_passes(
    admin: OdooRpc, rows: Rows, stage: Stage, people: Cast
) -> None:
    book, before, after = Book(admin), Book(admin).last_id(), last(admin)
    rows.add(name="Newchannel", method="on_event_raise")
    stage.phone("101", ring_s=0.2)
    stage.inbound("101", talk_s=0.5).finish()
    assert book.wait_ended(before, 120)["status"] == "answered"

    def parked() -> bool:
        found = admin.search_read(
            "asterisk_plus.server", [["id", "=", people.server]], ["parked_count"]
        )
        return bool(found[0]["parked_count"])

    wait_until(parked, "parked events, in Odoo", 120)
    assert seen(admin, "raises", after) == []
