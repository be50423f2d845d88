"""Our word about calls against Asterisk's own Cdr and CEL and against what the phones saw, over
calls at random (seeded).

What is known of Cdr's different word stands in docs/reference/call-truth.md, and is left out here.
"""

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.cel import AsteriskWithCel
from lab.process import wait_until
from lab.random_calls import BATCH, Seen, play
from lab.stack import Lab
from lab.stage import Stage

import unit.lib.conftest  # noqa: F401 - makes asterisk_plus_lib importable

# isort: split
from unit.lib.call_replay import Event, events_of, facts, is_wanted, replay

pytestmark = pytest.mark.lab
CALLS = int(os.environ.get("CROSSCHECK_CALLS", "100"))
SEED = int(os.environ.get("CROSSCHECK_SEED", "20261123"))
QUIET_S = 1.0
TOLERANCE_S = 1.5  # two clocks read, two roundings, a busy machine
DECLINED, NO_SUCH_NUMBER = 21, 1
PHONES = ("PJSIP/101", "PJSIP/102", "PJSIP/103")
BY_ASTERISK = ("601", "602", "612", "614")  # Asterisk answers these itself, before anybody does


@pytest.fixture(params=(16, 22), ids=lambda version: f"asterisk{version}")
def own_asterisk(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Asterisk]:
    """An Asterisk that nobody else uses."""
    running = lab.start(AsteriskWithCel(lab.folder / f"crosscheck-{request.param}", request.param))
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
        # Asterisk tells the last of a call after its channel is gone from the list.
        wait_until(lambda: ear.quiet_s > QUIET_S, "AMI falls silent", 30)
        events = events_of(ear.raw)
    book = replay(event for event in events if is_wanted(event))
    found = {
        one.calling_number if one.direction == "in" else one.called_number: one
        for one in facts(book)
    }
    missing = [one for one in seen if one.number not in found]
    assert not missing, missing
    assert len(found) == len(book.states) == len(seen)
    assert sum(bool(one.answered_by) for one in seen) > CALLS / 5, "too few answers to say much"
    assert sum(bool(one.glare) for one in seen) < CALLS / 10
    wrong = [line for one in seen for line in against_phones(one, found[one.number])]
    cdrs = [event for event in events if event.get("Event") == "Cdr"]
    wrong += [
        line for one in seen if not one.glare for line in against_cdr(found[one.number], cdrs)
    ]
    cels = [event for event in events if event.get("Event") == "CEL"]
    wrong += [line for one in seen for line in against_cel(one, found[one.number], cels)]
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
    if not seen.rang <= set(one.rung_endpoints) <= seen.rang | seen.began_to_ring:
        yield f"{name} rang {one.rung_endpoints}, seen {sorted(seen.rang)}"


def against_cdr(one, cdrs: list[Event]) -> Iterator[str]:
    """Tell where we say otherwise than Cdr, but for what is known of Cdr."""
    mine = [cdr for cdr in cdrs if cdr["UniqueID"] == one.linkedid]
    if one.called_number[-3:] in BY_ASTERISK or one.called_number.endswith(("606", "632")):
        return  # Cdr's answer is the IVR's or the queue's own, or Local/'s
    name = f"{one.called_number} ({one.status}, {one.hangup_reason}):"
    answered = [cdr for cdr in mine if cdr["Disposition"] == "ANSWERED" and _called(cdr)]
    theirs = "answered" if answered else _refusal(mine)
    if theirs and one.status != theirs and not (theirs == "noanswer" and _is_noanswer_to_cdr(one)):
        yield f"{name} Cdr says {[(_called(cdr), cdr['Disposition']) for cdr in mine]}"
    elif answered:
        by = {_called(cdr) for cdr in answered}
        if one.answered_endpoint not in by:
            yield f"{name} by {one.answered_endpoint}, Cdr says {by}"
        seconds = max(int(str(cdr["BillableSeconds"])) for cdr in answered)
        if abs(one.talk_s - seconds) > TOLERANCE_S:
            yield f"{name} talked {one.talk_s} s, Cdr says {seconds} s"
        yield from _times(name, one, answered)


def against_cel(seen: Seen, one, cels: list[Event]) -> Iterator[str]:
    """Tell where we say otherwise than CEL: which channels a call had, when it was over, and when
    the phone that answered was first together with somebody. A phone that nobody answers is with
    nobody.
    """
    name = f"{one.called_number} ({one.status}, {one.hangup_reason}):"
    mine = [cel for cel in cels if cel["LinkedID"] == one.linkedid]
    channels = {str(cel["UniqueID"]) for cel in mine if cel["EventName"] == "CHAN_START"}
    ours = {leg.uniqueid for leg in one.legs}
    if channels != ours:
        yield f"{name} legs {sorted(ours)}, CEL says {sorted(channels)}"
    over = [_said(cel) for cel in mine if cel["EventName"] == "LINKEDID_END"]
    if len(over) != 1 or abs(over[0] - one.ended) > TOLERANCE_S:
        yield f"{name} ended at {one.ended}, CEL says {over}"
    together = sorted(
        (_said(cel), str(cel["Channel"]).rpartition("-")[0])
        for cel in mine
        if cel["EventName"] == "BRIDGE_ENTER"
    )
    people = [one for one in together if one[1] in PHONES]
    met = [at for at, endpoint in together if endpoint == one.answered_endpoint]
    if one.status != "answered" and people and not seen.glare:
        yield f"{name} CEL saw {people} talk"
    elif one.status == "answered" and not (met and abs(met[0] - one.answered) <= TOLERANCE_S):
        yield f"{name} answered by {one.answered_endpoint} at {one.answered}, CEL says {together}"


def _said(cel: Event) -> float:
    """Return when Asterisk said so, Unix seconds."""
    return float(str(cel["EventTime"]))


def _called(cdr: Event) -> str:
    """Return the endpoint that a record says was called, empty for Local/ and for none."""
    endpoint = str(cdr["DestinationChannel"]).rpartition("-")[0]
    return "" if endpoint.startswith("Local/") else endpoint


def _refusal(mine: list[Event]) -> str:
    """Return what Cdr makes of a call that nobody answered, empty when it has no record: nobody was
    there to be called.
    """
    said = {cdr["Disposition"] for cdr in mine if _called(cdr)}
    ours = {"NO ANSWER": "noanswer", "BUSY": "busy", "FAILED": "failed", "CONGESTION": "failed"}
    return next((status for word, status in ours.items() if word in said), "")


def _is_noanswer_to_cdr(one) -> bool:
    """Tell whether somebody declined (603), or the number does not exist (404): NO ANSWER too."""
    return any(leg.cause in (DECLINED, NO_SUCH_NUMBER) for leg in one.legs)


def _times(name: str, one, answered: list[Event]) -> Iterator[str]:
    """Compare answer and end with those of the records of an answered call."""
    answer = min(_moment(cdr["AnswerTime"]) for cdr in answered)
    end = max(_moment(cdr["EndTime"]) for cdr in answered)
    if abs(one.answered - answer) > TOLERANCE_S:
        yield f"{name} answered at {one.answered}, Cdr says {answer}"
    if abs(one.ended - end) > TOLERANCE_S:
        yield f"{name} ended at {one.ended}, Cdr says {end}"


def _moment(text: str | list[str]) -> float:
    """Return Cdr's local time (the lab's Asterisk has UTC) as Unix seconds."""
    return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
