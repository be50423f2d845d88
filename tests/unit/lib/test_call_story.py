"""The story of a call and its changes of hands, from what Asterisk said: what is told, and what is
not.
"""

import pytest
from asterisk_plus_lib.facts import CallFacts, Party

from unit.lib.call_replay import CALLS, VERSIONS, clicked, facts, recorded, replay

ALICE, BOB = "PJSIP/101", "PJSIP/102"


def first(situation: str, version: str = "22") -> CallFacts:
    events = recorded(CALLS / version / f"{situation}.ami.gz")
    return facts(replay(events, clicked(events)), situation)[0]


def story(situation: str, version: str = "22") -> list[tuple[str, ...]]:
    return [(line.kind, *line.parts) for line in first(situation, version).timeline]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_blind_transfer_says_to_whom(version: str) -> None:
    assert story("blind-transfer", version) == [
        ("start", "caller", "+3225550101"),
        ("ring", ALICE),
        ("answer", ALICE),
        ("blind", ALICE, "102", BOB),
        ("ring", BOB),
        ("answer", BOB),
        ("hangup", "caller"),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_who_hangs_up_to_hand_over_does_not_hang_up(version: str) -> None:
    told = story("attended-transfer", version)
    assert ("attended", ALICE, "102", BOB) in told
    assert ("hangup", ALICE) not in told


def test_handing_over_before_the_other_answers_asks_nobody() -> None:
    assert ("blind", ALICE, "102", BOB) in story("attended-transfer-by-hangup")


@pytest.mark.parametrize("version", VERSIONS)
def test_parking_is_one_step_whichever_word_of_it_comes_first(version: str) -> None:
    events = recorded(CALLS / version / "park-and-retrieve.ami.gz")
    names = [event["Event"] for event in events]
    blind, parked = names.index("BlindTransfer"), names.index("ParkedCall")
    before = facts(replay(events), "park-and-retrieve")[0]
    for key in ("EventTime", "Timestamp"):
        if key in events[blind]:
            events[blind][key], events[parked][key] = events[parked][key], events[blind][key]
    events[blind], events[parked] = events[parked], events[blind]
    after = facts(replay(events), "park-and-retrieve")[0]
    assert after.chain == before.chain
    assert [step.kind for step in after.transfers] == ["park", "retrieve"]


def test_parking_is_one_step() -> None:
    told = [line for line in story("park-and-retrieve") if line[0] not in ("ring", "answer")]
    steps = [("park", ALICE, "701", ""), ("retrieve", BOB, "701", "")]
    assert told == [("start", "caller", "+3225550101"), *steps, ("hangup", "caller")]
    assert first("park-and-retrieve").chain == (
        Party(ALICE, ""),
        Party("", "701"),
        Party(BOB, ""),
    )


def test_the_party_outside_has_no_endpoint() -> None:
    assert story("outbound-busy")[1:3] == [("ring", "called"), ("busy", "called")]
    assert story("group-pickup")[2] == ("pickup", "103", ALICE, ALICE)


@pytest.mark.parametrize(
    ("situation", "line"),
    [
        ("inbound-declined", ("declined", ALICE)),
        ("inbound-timed-out", ("silent", ALICE)),
        ("outbound-refused", ("unreached", "called", "No such number")),
        ("inbound-then-voicemail", ("voicemail", "FAILED")),
        ("queue-full", ("queue_join", "single")),
        ("inbound-wrong-number", ("end", "", "Nobody could be reached")),
    ],
)
def test_what_came_of_it_is_told(situation: str, line: tuple[str, ...]) -> None:
    assert line in story(situation)


def test_each_user_has_one_part() -> None:
    parts = {one.user: (one.role, one.rang) for one in first("two-devices").users}
    assert parts == {1: ("answered", True)}
    parts = {one.user: (one.role, one.rang) for one in first("blind-transfer-by-caller").users}
    assert parts == {1: ("calling", False), 2: ("transferred", True)}


def test_who_answered_and_was_gone_before_the_bridge_talked_no_time() -> None:
    events = recorded(CALLS / "22" / "inbound-no-seconds.ami.gz")
    unbridged = [event for event in events if not str(event["Event"]).startswith("Bridge")]
    [one] = facts(replay(unbridged))
    assert (one.status, one.answered_user, one.user_talk) == ("answered", 1, ((1, 0),))
