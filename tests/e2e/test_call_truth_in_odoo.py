"""Situations played live through Asterisk, agent and Odoo, compared with the same table as the
recordings (tests/data/ami/calls/expected.txt). CALL_TRUTH=all plays every one of them.
"""

import os
from collections.abc import Iterator

import pytest
from lab.agent import Agent
from lab.all_situations import SITUATIONS
from lab.book import Book, Record
from lab.cast import Cast
from lab.office import Office
from lab.process import wait_until
from lab.stage import Stage

import unit.lib.conftest  # noqa: F401 - makes asterisk_plus_lib importable

# isort: split
from unit.lib.call_replay import CALLS
from unit.lib.call_table import TOLERANCE_S, Row, read_table

pytestmark = pytest.mark.lab
CHOSEN = (
    "attended-transfer",
    "attended-transfer-by-phone",
    "blind-transfer",
    "group-pickup",
    "inbound-forwarded",
    "inbound-then-voicemail",
    "local-channels",
    "park-and-retrieve",
    "queue-full",
    "queue-third-cycle",
)
TABLE = read_table(CALLS / "expected.txt")
# Odoo makes click-to-calls itself; and there Alice has one device only.
HERE = [name for name in TABLE if not name.startswith("click") and "two-devices" not in name]
PLAYED = HERE if os.environ.get("CALL_TRUTH") == "all" else CHOSEN
USERS = {"1": "Alice", "2": "Bob"}


@pytest.fixture
def book(office: Office, people: Cast, agent: Agent, stage: Stage) -> Iterator[Book]:
    """Odoo's calls."""
    yield Book(office.admin())
    stage.clear()
    stage.wait_idle()


@pytest.mark.parametrize("situation", PLAYED)
def test_call_truth_in_odoo(book: Book, stage: Stage, situation: str) -> None:
    before, expected = book.last_id(), TABLE[situation]
    SITUATIONS[situation](stage)
    stage.wait_idle()
    wait_until(
        lambda: len(book.calls(before)) == len(expected) and book.active() == (0, 0),
        f"{len(expected)} calls in Odoo, nothing active",
        30,
    )
    found = sorted(book.calls(before), key=lambda call: call["started"])
    assert [_found(call) for call in found] == [_expected(row) for row in expected]
    for call, row in zip(found, expected, strict=True):
        seconds = [call[f"{name}_duration"] for name in ("ring", "talk", "total")]
        pairs = zip(seconds, row.seconds, strict=False)
        assert all(abs(mine - theirs) <= TOLERANCE_S for mine, theirs in pairs), (seconds, row)


def _found(call: Record) -> tuple[str, ...]:
    names = ("direction", "status", "called_number", "answered_user", "queue", "hangup_reason")
    return tuple(call[name] or "" for name in names)


def _expected(row: Row) -> tuple[str, ...]:
    direction, status, _calling, called, _rung, answered, _last, queue, *more = row.strict
    user = answered.partition("(")[2].rstrip(")")
    return direction, status, called, USERS.get(user, ""), queue, more[1]
