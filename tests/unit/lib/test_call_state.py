"""The state machine on small made-up streams: what recordings can't show (cuts, reconciliation,
strangers' texts, bounds).
"""

import json

import pytest
from asterisk_plus_lib.call_book import CallBook
from asterisk_plus_lib.call_state import MAX_LEGS, CallState
from asterisk_plus_lib.events import WANTED_EVENTS
from asterisk_plus_lib.handlers import HANDLERS
from hypothesis import given, settings
from hypothesis import strategies as st

OWNERS = {"PJSIP/101": 1, "PJSIP/102": 2}.get
T = 1_795_393_664.0
CALL = "1795393664.1"


def event(name: str, after_s: float, channel: str, uniqueid: str, **headers: str) -> dict[str, str]:
    """Return an event as the agent gives it."""
    basic = {"Event": name, "EventTime": f"{T + after_s:.6f}", "Channel": channel}
    return basic | {"Uniqueid": uniqueid, "Linkedid": CALL, "ChannelStateDesc": "Ring"} | headers


def dial(name: str, after_s: float, endpoint: str, uniqueid: str, **headers: str) -> dict[str, str]:
    """Return DialBegin or DialEnd: C's channel dials an endpoint."""
    dest = {"DestChannel": f"{endpoint}-0000000a", "DestUniqueid": uniqueid, "DestLinkedid": CALL}
    return event(name, after_s, "PJSIP/trunk-00000001", CALL) | dest | headers


NEW = event(
    "Newchannel", 0, "PJSIP/trunk-00000001", CALL, Exten="+3225550101", CallerIDNum="+32470000001"
)
RINGS = [
    dial("DialBegin", 1, "PJSIP/101", "2"),
    event("Newstate", 1.5, "PJSIP/101-0000000a", "2", ChannelStateDesc="Ringing"),
]
ANSWERS = dial("DialEnd", 5, "PJSIP/101", "2", DialStatus="ANSWER")
END = [
    event("Hangup", 9, "PJSIP/101-0000000a", "2", Cause="16"),
    event("Hangup", 9.1, "PJSIP/trunk-00000001", CALL, Cause="16"),
]


def state_of(*events: dict[str, str]) -> CallState:
    state = CallState(CALL)
    for one in events:
        state.apply(one)
    return state


def test_an_active_call_rings_then_is_answered() -> None:
    state = state_of(NEW, *RINGS)
    assert state.facts(OWNERS).status == "progress"
    state.apply(ANSWERS)
    facts = state.facts(OWNERS)
    assert (facts.status, facts.is_active, facts.answered, facts.answered_user) == (
        "answered",
        True,
        T + 5,
        1,
    )
    assert (facts.hangup_reason, facts.hangup_side, facts.hangup_cause) == ("", "", None)


def test_times_without_a_word_of_bridges() -> None:
    facts = state_of(NEW, *RINGS, ANSWERS, *END).facts(OWNERS)
    assert (facts.ring_s, facts.talk_s, facts.total_s) == (4, 4, 9)


def test_up_is_no_answer() -> None:
    up = event("Newstate", 1, "PJSIP/trunk-00000001", CALL, ChannelStateDesc="Up")
    facts = state_of(NEW, up, END[1]).facts(OWNERS)
    assert (facts.status, facts.answered, facts.talk_s) == ("ended", None, 0)


def test_a_hangup_one_millisecond_before_newstate_leaves_no_zombie() -> None:
    late = event("Newstate", 9.101, "PJSIP/trunk-00000001", CALL, ChannelStateDesc="Up")
    state = state_of(NEW, *RINGS, ANSWERS, *END, late)
    assert not state.is_active
    assert not any(leg.is_active for leg in state.facts(OWNERS).legs)


def test_close_ends_what_is_active_with_its_reason() -> None:
    state = state_of(NEW, *RINGS)
    state.close(T + 60, "Lost contact with Asterisk")
    facts = state.facts(OWNERS)
    assert (facts.is_active, facts.status, facts.ended) == (False, "noanswer", T + 60)
    assert facts.hangup_reason == "Lost contact with Asterisk"


def test_close_does_not_take_an_answer_back() -> None:
    state = state_of(NEW, *RINGS, ANSWERS)
    state.close(T + 60, "reconciled")
    assert state.facts(OWNERS).status == "answered"


def test_close_again_changes_nothing() -> None:
    state = state_of(NEW, *RINGS)
    state.close(T + 60, "reconciled")
    before = state.to_json()
    state.close(T + 90, "again")
    assert json.loads(state.to_json())["legs"] == json.loads(before)["legs"]


def test_reconcile_closes_only_what_is_gone() -> None:
    state = state_of(NEW, *RINGS, ANSWERS)
    state.reconcile({CALL}, T + 60, "reconciled")
    legs = {leg.uniqueid: leg for leg in state.facts(OWNERS).legs}
    assert (legs[CALL].is_active, legs["2"].is_active) == (True, False)


def test_reconcile_leaves_what_began_later() -> None:
    state = state_of(NEW)
    state.reconcile((), T - 1, "reconciled")
    assert state.is_active


def test_the_true_hangup_replaces_our_closing() -> None:
    state = state_of(NEW, *RINGS, ANSWERS)
    state.close(T + 60, "reconciled")
    for one in END:
        state.apply(one)
    facts = state.facts(OWNERS)
    assert (facts.ended, facts.hangup_reason, facts.hangup_cause) == (
        T + 9.1,
        "The PBX ended the call",
        16,
    )


def test_a_channel_that_was_closed_in_error_lives_again_by_a_newer_event_only() -> None:
    state = state_of(NEW)
    state.close(T + 60, "reconciled")
    state.apply(NEW)
    assert not state.is_active
    state.apply(event("Newstate", 61, "PJSIP/trunk-00000001", CALL, ChannelStateDesc="Up"))
    assert state.is_active


def test_a_live_channel_list_opens_an_unknown_call() -> None:
    bridged = {"BridgeId": "b1", "ChannelStateDesc": "Up"}
    book = CallBook()
    book.apply(event("CoreShowChannel", 0, "PJSIP/trunk-00000001", CALL, **bridged))
    book.apply(event("CoreShowChannel", 0, "PJSIP/101-00000002", "2", **bridged))
    facts = book.touched[CALL].facts(OWNERS)
    assert (facts.is_active, facts.status, facts.answered_user) == (True, "answered", 1)


def test_a_live_list_tells_of_bridges_that_were_missed() -> None:
    """While AMI was away 101 left its bridge and came into another, with 102."""
    state = state_of(NEW, *RINGS, ANSWERS)
    for channel, uniqueid in (("PJSIP/trunk-00000001", CALL), ("PJSIP/101-0000000a", "2")):
        state.apply(event("BridgeEnter", 5, channel, uniqueid, BridgeUniqueid="A"))
    state.apply(event("CoreShowChannel", 20, "PJSIP/trunk-00000001", CALL, BridgeId=""))
    state.apply(event("CoreShowChannel", 20, "PJSIP/101-0000000a", "2", BridgeId="B"))
    for one in END:
        state.apply(one | {"EventTime": str(T + 60)})
    assert state.facts(OWNERS).talk_s == 15


# A click-to-call before, and without, Asterisk


def test_a_click_is_an_active_call_before_asterisk_hears_of_it() -> None:
    facts = CallState.originated("click-1", T, "PJSIP/101", "+32470000001").facts(OWNERS)
    assert (facts.direction, facts.status, facts.is_active) == ("out", "progress", True)
    assert (facts.called_number, facts.calling_user, facts.started) == ("+32470000001", 1, T)


def test_a_click_that_never_reached_asterisk() -> None:
    state = CallState.originated("click-1", T, "PJSIP/101", "+32470000001")
    state.close(T + 2, "The agent does not answer")
    facts = state.facts(OWNERS)
    assert (facts.status, facts.is_active, facts.total_s) == ("failed", False, 2)
    assert facts.hangup_reason == "The agent does not answer"


def test_a_click_that_was_given_up_too_early_goes_on() -> None:
    state = CallState.originated(CALL, T, "PJSIP/101", "+32470000001")
    state.close(T + 2, "no answer from the agent")
    state.apply(event("Newchannel", 3, "PJSIP/101-0000000a", CALL))
    assert state.facts(OWNERS).is_active


def test_an_unknown_originates_failure_makes_no_call() -> None:
    book = CallBook()
    book.apply(
        {"Event": "OriginateResponse", "Response": "Failure", "Uniqueid": "x", "EventTime": str(T)}
    )
    assert not book.touched


# Bounds and strangers


def test_every_wanted_event_is_handled_and_no_other_is_known() -> None:
    assert {row.name for row in WANTED_EVENTS} | {"CoreShowChannel"} == set(HANDLERS)


def test_the_state_stays_small() -> None:
    state = state_of(NEW)
    for cycle in range(1000):
        phone, uniqueid = f"PJSIP/1{cycle % 10:02}", f"leg{cycle}"
        state.apply(dial("DialBegin", cycle, phone, uniqueid))
        state.apply(
            event("Newstate", cycle, f"{phone}-0000000a", uniqueid, ChannelStateDesc="Ringing")
        )
        state.apply(dial("DialEnd", cycle + 0.5, phone, uniqueid, DialStatus="NOANSWER"))
        state.apply(event("Hangup", cycle + 0.6, f"{phone}-0000000a", uniqueid, Cause="16"))
    assert len(state.legs) <= MAX_LEGS
    assert len(state.to_json()) < 40_000
    facts = state.facts(OWNERS)
    assert len(facts.rung_endpoints) == 10
    assert facts.ring_s == 1000


def test_a_forgotten_leg_does_not_rise_from_a_repeated_event() -> None:
    state = state_of(NEW)
    first = dial("DialBegin", 0, "PJSIP/101", "leg0")
    for cycle in range(MAX_LEGS + 5):
        state.apply(dial("DialBegin", cycle, "PJSIP/101", f"leg{cycle}"))
        state.apply(event("Hangup", cycle + 0.6, "PJSIP/101-0000000a", f"leg{cycle}", Cause="16"))
    assert not state.knows("leg0")
    state.apply(first)
    assert not state.knows("leg0")


def test_a_strangers_texts_are_cut() -> None:
    name = "<script>" * 1000
    state = state_of(
        NEW | {"CallerIDName": name, "CallerIDNum": "9" * 10_000, "Exten": "8" * 10_000}
    )
    facts = state.facts(OWNERS)
    assert len(facts.calling_name) <= 80
    assert len(facts.calling_number) <= 80
    assert facts.calling_name == name[: len(facts.calling_name)]


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "{}",
        "[]",
        '{"v": 0}',
        '"x"',
        "not json",
        '{"v": 1}',
        '{"v": 1, "linkedid": 5, "legs": []}',
    ],
)
def test_a_foreign_state_is_refused(stored: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own and ours are one type
        CallState.from_json(stored)


names = st.sampled_from([row.name for row in WANTED_EVENTS] + ["CoreShowChannel", "Nonsense", ""])
PARTS = ("", "Dest", "Parkee", "Target", "Transferee", "Transferer", "OrigTransferer")
PARTS += ("TransferTarget", "Retriever")
headers = st.sampled_from(
    [part + name for part in PARTS for name in ("Uniqueid", "Linkedid", "Channel", "Exten")]
    + ["EventTime", "ChannelStateDesc", "DialStatus", "Cause", "CallerIDNum", "CallerIDName"]
    + ["BridgeUniqueid", "BridgeTechnology", "BridgeType", "BridgeId", "Variable", "Value"]
    + ["Response", "Queue", "Result", "Reason", "Forward"]
)
ids = st.sampled_from(["1", "2", "3", "", "<unknown>", "x" * 300])
words = ["ANSWER", "BUSY", "Ringing", "Up", "DIALSTATUS", "FULL", "Success", "PJSIP/101-1"]
words += ["VMSTATUS"]
values = st.one_of(
    ids,
    st.sampled_from([*words, "nan", "inf", "-1", "16", "²"]),
    st.text(max_size=20),
    st.lists(st.text(max_size=5), max_size=3),
    st.none(),
    st.integers(),
)


@settings(deadline=None)
@given(st.lists(st.tuples(names, st.dictionaries(headers, values, max_size=12)), max_size=25))
def test_garbage_never_raises_and_survives_a_rest(stream) -> None:
    book = CallBook()
    for name, some in stream:
        book.apply({"Event": name, **some})
    for state in book.states.values():
        assert CallState.from_json(state.to_json()).facts(OWNERS) == state.facts(OWNERS)
        state.close(2e9, "reconciled")
        assert not state.facts(OWNERS).is_active
