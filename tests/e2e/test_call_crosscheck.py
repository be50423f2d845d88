"""Our word about calls against Asterisk's own Cdr and against what the phones saw, over calls at
random (seeded).

What is known of Cdr's different word stands in docs/reference/call-truth.md, and is left out here.
"""

import os
import random
from collections.abc import Iterator

import pytest
from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.random_calls import BATCH, Seen, play
from lab.stack import Lab
from lab.stage import Stage

import unit.lib.conftest  # noqa: F401 - makes asterisk_plus_lib importable

# isort: split
from unit.lib.call_replay import Event, events_of, facts, is_wanted, replay

pytestmark = pytest.mark.lab
CALLS = int(os.environ.get("CROSSCHECK_CALLS", "100"))
SEED = int(os.environ.get("CROSSCHECK_SEED", "20261123"))
TOLERANCE_S = 1.5  # two clocks read, two roundings, a busy machine
BY_ASTERISK = ("601", "602", "612", "614")  # Asterisk answers these itself, before anybody does


@pytest.fixture(params=(16, 22), ids=lambda version: f"asterisk{version}")
def own_asterisk(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Asterisk]:
    """An Asterisk that nobody else uses."""
    running = lab.start(Asterisk(lab.folder / f"crosscheck-{request.param}", request.param))
    yield running
    lab.drop(running)


def test_crosscheck(own_asterisk: Asterisk, lab: Lab) -> None:
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    seen: list[Seen] = []
    with AmiSession.ear(own_asterisk) as ear, AmiSession.ear(own_asterisk) as hands:
        stage = Stage(lab, own_asterisk, hands)
        for first in range(0, CALLS, BATCH):
            try:
                seen += play(stage, chance, first + 1)
            finally:
                stage.clear()
        events = events_of(ear.raw)
    book = replay(event for event in events if is_wanted(event))
    found = {
        one.calling_number if one.direction == "in" else one.called_number: one
        for one in facts(book)
    }
    assert len(found) == len(book.states) == len(seen)
    assert sum(bool(one.answered_by) for one in seen) > CALLS / 5, "too few answers to say much"
    assert sum(bool(one.glare) for one in seen) < CALLS / 10
    wrong = [line for one in seen for line in against_phones(one, found[one.number])]
    cdrs = [event for event in events if event.get("Event") == "Cdr"]
    wrong += [
        line for one in seen if not one.glare for line in against_cdr(found[one.number], cdrs)
    ]
    print(f"{len(seen)} calls, {sum(one.status == 'answered' for one in found.values())} answered")  # noqa: T201
    assert not wrong, "\n".join(wrong)


def against_phones(seen: Seen, one) -> Iterator[str]:
    """Tell where we say otherwise than the phones."""
    name = f"{seen.number} -> {one.called_number} ({one.status}):"
    if one.is_active:
        yield f"{name} is still active"
    if seen.glare and one.answered_endpoint in ("", seen.glare):
        return
    if one.answered_endpoint != seen.answered_by:
        yield f"{name} answered by {one.answered_endpoint}, seen {seen.answered_by}"
    elif seen.answered:
        if abs(one.answered - seen.answered) > TOLERANCE_S:
            yield f"{name} answered at {one.answered}, seen {seen.answered}"
        if abs(one.talk_s - (seen.ended - seen.answered)) > TOLERANCE_S:
            yield f"{name} talked {one.talk_s} s, seen {seen.ended - seen.answered:.2f} s"
    if seen.rang != set(one.rung_endpoints):
        yield f"{name} rang {one.rung_endpoints}, seen {sorted(seen.rang)}"


def against_cdr(one, cdrs: list[Event]) -> Iterator[str]:
    """Tell where we say otherwise than Cdr, but for what is known of Cdr."""
    mine = [
        cdr for cdr in cdrs if cdr["UniqueID"] == one.linkedid and cdr["Disposition"] == "ANSWERED"
    ]
    by = {str(cdr["DestinationChannel"]).rpartition("-")[0] for cdr in mine} - {""}
    by = {endpoint for endpoint in by if not endpoint.startswith("Local/")}
    if one.called_number[-3:] in BY_ASTERISK or one.called_number.endswith(("606", "632")):
        return  # Cdr's answer is the IVR's or the queue's own, or Local/'s
    if (one.status == "answered") != bool(by):
        yield f"{one.called_number}: {one.status}, Cdr says answered by {by}"
    elif by:
        seconds = max(int(str(cdr["BillableSeconds"])) for cdr in mine)
        if abs(one.talk_s - seconds) > TOLERANCE_S:
            yield f"{one.called_number}: talked {one.talk_s} s, Cdr says {seconds} s"
