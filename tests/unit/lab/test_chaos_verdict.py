"""What the chaos runner finds wrong, and what it excuses: only what nobody could hear."""

from datetime import UTC, datetime
from typing import Any

import pytest
from lab.chaos.ledger import strangers
from lab.chaos.recordings import faults
from lab.chaos.report import Report
from lab.chaos.traffic import Plan
from lab.chaos.truth import Truth
from lab.chaos.verdict import Finding, World, judge
from lab.chaos.windows import Windows

T0 = 1_800_000_000.0
NUMBER = "+32470000001"
HEARD = World(Windows())
# Nobody heard Asterisk from 8 to 20 seconds.
DEAF = World(Windows(((T0 + 8, T0 + 20),)))


def truth(answered: float = 2, ended: float = 5, gone: float = 5, **more: Any) -> Truth:
    """Return a call that began at 0 s and which 101 answered; 0 for `answered`: nobody did."""
    plan = Plan(NUMBER, more.pop("to", "101"), "", 7.0, 3.0, 1.0)
    if not answered:
        return Truth(plan, T0, gone=gone and T0 + gone, **more)
    who = {"answered_by": "PJSIP/101", "answered": T0 + answered, "picked_up": T0 + answered}
    ends = {"gone": gone and T0 + gone, "ended": ended and T0 + ended}
    return Truth(plan, T0, **{**who, **ends, **more})


def at(seconds: float) -> str:
    return datetime.fromtimestamp(T0 + seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def call(answered: float = 2, ended: float = 5, **more: Any) -> dict[str, Any]:
    """Return Odoo's word on that call."""
    row = {
        "linkedid": "x",
        "is_active": False,
        "status": "answered" if answered else "noanswer",
        "answered_user": "Alice" if answered else None,
        "started": at(0),
        "answered": answered and at(answered),
        "ended": at(ended),
        "talk_duration": ended - answered if answered else 0,
        "hangup_reason": "The caller hung up",
        "calling_number": NUMBER,
    }
    return {**row, **more}


def kinds(seen: Truth, *calls: dict[str, Any], world: World = HEARD) -> list[str]:
    return [one.kind for one in judge(seen, calls, world)]


def test_what_is_equal_is_right() -> None:
    assert kinds(truth(), call()) == []
    assert kinds(truth(answered=0), call(answered=0)) == []


def test_a_call_that_is_not_there_is_lost() -> None:
    assert kinds(truth()) == ["lost"]


def test_a_second_call_is_a_duplicate() -> None:
    assert kinds(truth(), call(), call()) == ["duplicated"]


def test_an_active_call_is_stuck() -> None:
    assert kinds(truth(), call(is_active=True, status="progress")) == ["stuck_active"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "noanswer", "answered_user": None},
        {"answered_user": "Bob"},
        {"answered_user": None},
        {"hangup_reason": "reconciled"},
    ],
)
def test_wrong_status(wrong: dict[str, Any]) -> None:
    assert kinds(truth(), call(**wrong)) == ["wrong_status"]


def test_an_answer_that_nobody_gave() -> None:
    found = kinds(truth(answered=0), call(answered=0, status="answered", answered_user="Alice"))
    assert "wrong_status" in found


@pytest.mark.parametrize("status", ["progress", "noanswer"])
def test_status_of_a_refused_call_and_of_an_ivr(status: str) -> None:
    refused = truth(answered=0, to="103", refused={486})
    assert kinds(refused, call(answered=0, status=status)) == ["wrong_status"]
    assert kinds(refused, call(answered=0, status="busy")) == []
    ivr = truth(answered=0, to="602", picked_up=T0 + 1)
    assert kinds(ivr, call(answered=0, status=status)) == ["wrong_status"]
    assert kinds(ivr, call(answered=0, status="ended")) == []


@pytest.mark.parametrize("wrong", [{"answered": 6}, {"ended": 9}, {"talk_duration": 9}])
def test_wrong_times(wrong: dict[str, float]) -> None:
    assert set(kinds(truth(), call(**wrong))) == {"wrong_times"}


def test_a_call_before_or_after_the_deafness_has_no_excuse() -> None:
    assert kinds(truth(), world=DEAF) == ["lost"]
    assert kinds(truth(), call(ended=9), world=DEAF) == ["wrong_times", "wrong_times"]


def test_a_call_of_which_nothing_could_be_heard_may_be_missing() -> None:
    late = truth(answered=0, gone=19)
    late.began = T0 + 9
    assert kinds(late, world=DEAF) == []
    late.began = T0 + 6
    assert kinds(late, world=DEAF) == ["lost"]


def test_an_unheard_end_is_reconciled_within_bounds() -> None:
    long = truth(ended=15, gone=15)
    assert kinds(long, call(ended=21, hangup_reason="reconciled"), world=DEAF) == []
    assert (
        kinds(long, call(ended=30, hangup_reason="reconciled"), world=DEAF) == ["wrong_times"] * 2
    )


def test_a_heard_answer_counts_though_the_end_was_not_heard() -> None:
    long = truth(ended=15, gone=15)
    closed = call(answered=0, ended=20, hangup_reason="reconciled")
    assert kinds(long, closed, world=DEAF) == ["wrong_status"]


def test_an_unheard_answer_of_a_talk_that_went_on_is_known_afterwards() -> None:
    long = truth(answered=10, ended=25, gone=25)
    assert kinds(long, call(answered=21, ended=25), world=DEAF) == []
    assert kinds(long, call(answered=0, ended=25), world=DEAF) == ["wrong_status"]
    assert kinds(long, call(answered=24, ended=25), world=DEAF) == ["wrong_times"]


def test_an_unheard_talk_may_be_unknown_but_not_somebody_elses() -> None:
    short = truth(answered=10, ended=15, gone=15)
    assert kinds(short, call(answered=0, ended=20, hangup_reason="reconciled"), world=DEAF) == []
    wrong = call(answered=10, ended=15, answered_user="Bob")
    assert kinds(short, wrong, world=DEAF) == ["wrong_status"]


def test_a_call_ends_with_asterisk() -> None:
    died = World(DEAF.blind, deaths=((T0 + 9, T0 + 9.5),))
    long = truth(ended=0, gone=0)
    closed = call(ended=20, hangup_reason="reconciled", talk_duration=18)
    assert kinds(long, closed, world=died) == []
    assert kinds(long, world=died) == ["lost"]


def test_a_call_that_came_while_asterisk_was_being_killed_died_with_it() -> None:
    blind = Windows(((T0 + 0.1, T0 + 4),))
    cut = call(answered=0, ended=4, status="ended", hangup_reason="reconciled")
    away = truth(answered=0, gone=7)
    assert kinds(away, cut, world=World(blind, deaths=((T0 - 0.2, T0 + 0.1),))) == []
    assert kinds(away, cut, world=World(blind, deaths=((T0 - 0.2, T0 - 0.1),))) != []


def test_asterisk_that_ends_or_starts_may_turn_a_call_away() -> None:
    down = World(Windows(), down=Windows(((T0 - 1, T0 + 12),)))
    away = truth(answered=0, gone=0.1, turned_away=True)
    assert kinds(away, world=down) == []
    assert kinds(away) == ["lost"]
    assert kinds(truth(answered=0, gone=0.1), world=down) == ["lost"]


def test_a_dialplan_that_waits_for_odoo_ends_its_call_late() -> None:
    mute = World(Windows(), mute=Windows(((T0, T0 + 9),)))
    assert kinds(truth(answered=0), call(answered=0, ended=12), world=mute) == []
    assert kinds(truth(answered=0), call(answered=0, ended=12)) == ["wrong_times"]
    assert kinds(truth(), call(ended=12), world=mute) != []


def test_an_end_that_waited_for_odoo_may_be_unheard() -> None:
    # The caller goes at 5 s, his channel with Odoo's answer: within 11.5 s, deaf from 8 s on.
    world = World(DEAF.blind, mute=Windows(((T0, T0 + 9),)))
    seen = truth(answered=0)
    late = call(answered=0, ended=20, status="ended", hangup_reason="reconciled")
    assert kinds(seen, late, world=world) == []
    assert kinds(seen, call(answered=0, ended=23), world=world) == ["wrong_times"]
    assert kinds(seen, late, world=DEAF) == ["wrong_status", "wrong_times"]
    assert kinds(truth(), call(hangup_reason="reconciled"), world=world) == ["wrong_status"]


def test_who_was_first_cannot_be_told_in_the_same_moment() -> None:
    assert kinds(truth(glare=True), call(answered=0)) == []


def test_calls_that_nobody_made() -> None:
    held = {
        "": [call(is_active=True), call(calling_number="+32479000001")],
        "+32470000009": [call()],
    }
    found = strangers([truth()], held, "+32479000001")
    assert sorted(one.kind for one in found) == ["duplicated", "stuck_active"]
    stuck = {"": [call(calling_number="+32479000001", is_active=True)]}
    assert [one.kind for one in strangers([], stuck, "+32479000001")] == ["stuck_active"]


def test_the_report_is_bad_for_a_finding_a_problem_a_parked_event_or_no_calls() -> None:
    assert not Report(1, 1, calls=3).bad
    assert Report(1, 1).bad
    assert Report(1, 1, calls=3, parked=1).bad
    assert Report(1, 1, calls=3, problems=["the agent died"]).bad
    assert Report(1, 1, calls=3, recordings_lost=1).bad
    bad = Report(1, 1, calls=3, findings=[Finding("lost", NUMBER, "")])
    assert bad.bad
    assert bad.as_dict()["lost"] == 1


def test_recordings_are_compared_by_their_number_size_and_checksum() -> None:
    made = {"a.wav": (100, "aa"), "b.wav": (50, "bb"), "c.wav": (50, "cc")}
    kept = [("a.wav", 100, "aa"), ("b.wav", 50, "bb"), ("b.wav", 49, "b9")]
    assert faults(made, kept, there={"c.wav"}, known={"a", "b"}) == ["b.wav: 2 of it in Odoo"]
    assert faults(made, kept[:2], there={"c.wav"}, known={"c"}) == ["c.wav: not in Odoo"]
    assert faults(made, kept[:2], there=set(), known=set()) == ["c.wav: not in Odoo"]
    cut = [("a.wav", 90, "a9"), ("b.wav", 50, "bb")]
    assert faults(made, cut, there={"c.wav"}, known=set()) == ["a.wav: another content in Odoo"]
