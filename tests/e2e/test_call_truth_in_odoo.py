"""Situations played live through Asterisk, agent and Odoo, compared with the same table as the
recordings (tests/data/ami/calls/expected.txt), and each user's talk time with the phones' own
clocks. CALL_TRUTH=all plays every one of them.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from lab.agent import Agent
from lab.all_situations import SITUATIONS
from lab.asterisk import Asterisk
from lab.book import Book, Record
from lab.cast import Cast
from lab.office import Office
from lab.process import wait_until
from lab.sip_talk import rings, seconds, talks
from lab.stage import Stage

import unit.lib.conftest  # noqa: F401 - makes asterisk_plus_lib importable

# isort: split
from unit.lib.call_replay import CALLS
from unit.lib.call_table import TOLERANCE_S, Row, read_table, told, verdict

pytestmark = pytest.mark.lab
# What changes hands, and one of each other kind.
CHOSEN = (
    "attended-transfer",
    "attended-transfer-by-phone",
    "blind-transfer",
    "directed-pickup",
    "group-pickup",
    "inbound-forwarded",
    "inbound-then-voicemail",
    "local-channels",
    "park-and-retrieve",
    "queue-full",
    "queue-third-cycle",
)
QUICK_S = 1
TABLE = read_table(CALLS / "expected.txt")
# Odoo makes click-to-calls itself; and there Alice has one device only.
HERE = [name for name in TABLE if not name.startswith("click") and "two-devices" not in name]
QUICK = [name for name in HERE if sum(row.seconds[2] for row in TABLE[name]) <= QUICK_S]
PLAYED = HERE if os.environ.get("CALL_TRUTH") == "all" else sorted({*CHOSEN, *QUICK})
USERS = {"101": "Alice", "102": "Bob"}
# *2: whoever transfers is alone while the other one's phone rings.
BY_FEATURE = {"attended-transfer": "102", "attended-transfer-by-hangup": "102"}
# They go on talking to Asterisk itself.
ALONE_AT_LAST = ("both-sent-elsewhere",)


@pytest.fixture
def book(office: Office, people: Cast, agent: Agent, stage: Stage) -> Iterator[Book]:
    """Odoo's calls."""
    yield Book(office.admin())
    stage.clear()
    stage.wait_idle()


@pytest.mark.parametrize("situation", PLAYED)
def test_call_truth_in_odoo(
    book: Book, stage: Stage, asterisk: Asterisk, situation: str, record_property
) -> None:
    # In an order of their own: of two phones that call at once either may be the first.
    expected = sorted((in_odoo(row) for row in TABLE[situation]), key=lambda row: row.strict)
    before = book.last_id()
    SITUATIONS[situation](stage)
    stage.wait_idle()
    wait_until(
        lambda: len(book.calls(before)) == len(expected) and book.active() == (0, 0),
        f"{len(expected)} calls in Odoo, nothing active",
        60,
    )
    calls = [(call, book.talk_times(call)) for call in book.calls(before)]
    found = sorted((_found(situation, *one) for one in calls), key=lambda row: row.strict)
    words = verdict(found, expected)
    version = asterisk.version
    record_property("call_truth", told(situation, version, "played", words, found, expected))
    assert words == "equal"
    if situation not in ALONE_AT_LAST:
        _agrees_with_phones(situation, stage, [talk_times for _call, talk_times in calls])


def _agrees_with_phones(situation: str, stage: Stage, talk_times: list[dict[str, int]]) -> None:
    """Compare each user's talk time, over all calls of the situation, with what their phone saw."""
    seen = stage.messages()
    alone = rings(seen.get(BY_FEATURE.get(situation, ""), []))
    ours: Counter[str] = Counter()
    for talk_time in talk_times:
        ours.update(talk_time)
    for exten, user in USERS.items():
        if user in ours:
            theirs = seconds(talks(seen[exten]), alone if situation in BY_FEATURE else ())
            assert abs(ours[user] - theirs) <= TOLERANCE_S * len(talk_times), (user, ours, theirs)


def in_odoo(row: Row) -> Row:
    """Return a row of the table in Odoo's terms: users by their names, without the phones that are
    nobody's.
    """
    direction, status, calling, called, rung, answered, last, queue, side, reason, *more = (
        row.strict
    )
    _changes, way, *users = more
    names = [USERS[exten] for exten in rung.split() if exten in USERS]
    hands = [USERS.get(one, one) for one in way.split(" > ")]
    strict = (direction, status, calling.split()[-1], called, " ".join(names))
    strict += (_user(answered), _user(last), queue, side, reason, " → ".join(hands))
    return Row(row.situation, (*strict, *(_user(f"({user})") for user in users)), row.seconds)


def _user(party: str) -> str:
    """Return the name of the user of "102 (2)", empty for a phone that is nobody's."""
    return {"1": "Alice", "2": "Bob"}.get(party.partition("(")[2].rstrip(")"), "")


def _found(situation: str, call: Record, talk_times: dict[str, int]) -> Row:
    names = (
        *("direction", "status", "calling_number", "called_number"),
        *("called_users", "answered_user", "final_user", "queue"),
        *("hangup_side", "hangup_reason", "transfer_chain"),
    )
    values = call | {"called_users": " ".join(call["called_users"])}
    users = sorted(talk_times)
    durations = [call[f"{name}_duration"] for name in ("ring", "talk", "total")]
    spent = [talk_times[user] for user in users]
    return Row(situation, (*(values[name] or "" for name in names), *users), (*durations, *spent))
