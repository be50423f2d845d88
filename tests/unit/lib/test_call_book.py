"""Channels that change calls: transfers, pickups, merges, and late words with an old Linkedid."""

from asterisk_plus_lib.call_book import CallBook
from asterisk_plus_lib.call_state import CallState
from asterisk_plus_lib.events import keys_of

OWNERS = {"PJSIP/101": 1, "PJSIP/102": 2}.get
T = 1_795_393_664.0


def event(
    name: str,
    after_s: float,
    uniqueid: str,
    linkedid: str,
    endpoint: str = "PJSIP/101",
    **more: str,
) -> dict[str, str]:
    """Return an event of one channel."""
    channel = {
        "Channel": f"{endpoint}-0000000{uniqueid}",
        "Uniqueid": uniqueid,
        "Linkedid": linkedid,
    }
    return (
        {"Event": name, "EventTime": f"{T + after_s:.6f}", "ChannelStateDesc": "Up"}
        | channel
        | more
    )


TWO_CALLS = [
    event("Newchannel", 0, "1", "1", "PJSIP/trunk"),
    event("Newchannel", 1, "2", "1", "PJSIP/101"),
    event("BridgeEnter", 2, "2", "1", "PJSIP/101", BridgeUniqueid="A"),
    event("BridgeEnter", 2, "1", "1", "PJSIP/trunk", BridgeUniqueid="A"),
    event("Newchannel", 5, "3", "3", "PJSIP/101"),
    event("Newchannel", 5, "4", "3", "PJSIP/102"),
    event("BridgeEnter", 6, "4", "3", "PJSIP/102", BridgeUniqueid="B"),
    event("BridgeEnter", 6, "3", "3", "PJSIP/101", BridgeUniqueid="B"),
    event("BridgeLeave", 9, "1", "1", "PJSIP/trunk", BridgeUniqueid="A"),
    event("BridgeLeave", 9, "3", "3", "PJSIP/101", BridgeUniqueid="B"),
]
MEET = event("BridgeEnter", 9, "1", "1", "PJSIP/trunk", BridgeUniqueid="B")
END = [
    event("Hangup", 9.1, "2", "1"),
    event("Hangup", 9.2, "3", "3"),
    event("BridgeLeave", 19, "4", "1", "PJSIP/102", BridgeUniqueid="B"),
    event("Hangup", 19.1, "4", "1", "PJSIP/102"),
    event("Hangup", 19.1, "1", "1", "PJSIP/trunk"),
]


def test_the_tone_of_a_recording_is_in_no_call() -> None:
    """Asterisk makes two channels for each tone, and dials one of them."""
    hook = "Local/hook@__func_periodic_hook_context__"
    channel = event("Newchannel", 7, "8", "8", hook)
    dialled = {f"Dest{name}": text for name, text in channel.items()}
    dial = {"Event": "DialBegin", "EventTime": f"{T + 7:.6f}"} | dialled
    assert book_of(*TWO_CALLS, channel, dial, event("Hangup", 8, "8", "8", hook)).states.keys() == {
        "1",
        "3",
    }


def book_of(*events: dict[str, str]) -> CallBook:
    book = CallBook()
    for one in events:
        book.apply(one)
    return book


def check_transferred(book: CallBook) -> None:
    first, second = (book.states[key].facts(OWNERS) for key in ("1", "3"))
    assert (first.is_active, second.is_active) == (False, False)
    assert (first.answered_user, first.final_user, first.talk_s) == (1, 2, 17)
    assert (second.direction, second.talk_s, second.linked_to) == ("internal", 3, ("1",))
    assert dict(first.user_talk) == {1: 7, 2: 10}


def test_channels_that_meet_in_a_bridge_become_one_call_at_once() -> None:
    book = book_of(*TWO_CALLS, MEET)
    first, second = (book.states[key].facts(OWNERS) for key in ("1", "3"))
    assert first.final_user == 2
    assert [leg.moved_to for leg in second.legs] == ["", "1"]
    for one in END:
        book.apply(one)
    check_transferred(book)


def test_the_meeting_is_found_out_later_when_the_other_call_was_not_at_hand() -> None:
    """In Odoo only the calls that a batch names are loaded: nothing names Bob's call when C enters
    his bridge.
    """
    book = book_of(*TWO_CALLS)
    apart = CallBook([CallState.from_json(book.states["1"].to_json())])
    apart.apply(MEET)
    again = CallBook([apart.states["1"], book.states["3"]])
    for one in END:
        again.apply(one)
    check_transferred(again)


def test_a_late_word_with_the_old_linkedid_goes_to_the_call_where_the_channel_lives() -> None:
    book = book_of(*TWO_CALLS, MEET)
    book.apply(event("HangupRequest", 12, "4", "3", "PJSIP/102", Cause="16"))
    first = book.states["1"].facts(OWNERS)
    assert [leg.is_active for leg in first.legs if leg.uniqueid == "4"] == [True]
    assert set(book.states) == {"1", "3"}


def test_a_channel_that_answers_another_calls_dial_goes_on_there() -> None:
    dest = {
        "DestChannel": "PJSIP/102-00000005",
        "DestUniqueid": "5",
        "DestLinkedid": "5",
        "DialStatus": "ANSWER",
    }
    book = book_of(
        event("Newchannel", 0, "1", "1", "PJSIP/trunk"),
        event("Newchannel", 1, "5", "5", "PJSIP/102", Exten="*8"),
        event("DialEnd", 2, "1", "1", "PJSIP/trunk", **dest),
        event("BridgeEnter", 2, "5", "5", "PJSIP/102", BridgeUniqueid="A"),
        event("BridgeEnter", 2, "1", "1", "PJSIP/trunk", BridgeUniqueid="A"),
        event("Hangup", 7, "5", "1", "PJSIP/102"),
        event("Hangup", 7, "1", "1", "PJSIP/trunk"),
    )
    call, pickers = (book.states[key].facts(OWNERS) for key in ("1", "5"))
    assert (call.answered_user, call.talk_s, call.is_active) == (2, 5, False)
    assert (pickers.status, pickers.linked_to, pickers.is_active) == ("ended", ("1",), False)
    assert pickers.hangup_reason == "Went on in another call"


def test_a_conference_does_not_make_one_call() -> None:
    room = {"BridgeUniqueid": "R", "BridgeType": "base", "BridgeTechnology": "softmix"}
    book = book_of(
        event("Newchannel", 0, "1", "1"),
        event("Newchannel", 1, "2", "2", "PJSIP/102"),
        event("BridgeEnter", 2, "1", "1", **room),
        event("BridgeEnter", 3, "2", "2", "PJSIP/102", **room),
    )
    assert [state.is_active for state in book.states.values()] == [True, True]
    assert [state.facts(OWNERS).linked_to for state in book.states.values()] == [(), ()]


def test_parked_callers_of_one_lot_do_not_talk() -> None:
    lot = {"BridgeUniqueid": "P", "BridgeType": "holding", "BridgeTechnology": "holding_bridge"}
    book = book_of(
        event("Newchannel", 0, "1", "1", "PJSIP/trunk"),
        event("Newchannel", 0, "2", "1", "PJSIP/101"),
        event("BridgeEnter", 2, "1", "1", "PJSIP/trunk", **lot),
        event("BridgeEnter", 3, "2", "1", "PJSIP/101", **lot),
    )
    assert book.states["1"].facts(OWNERS).status == "progress"


def test_the_last_words_of_an_unknown_call_make_none() -> None:
    for name in ("Hangup", "HangupRequest", "BridgeLeave", "VarSet", "OriginateResponse"):
        assert not book_of(event(name, 0, "9", "9")).touched


def test_touched_names_the_changed_calls_only() -> None:
    book = CallBook([CallState("1"), CallState("3")])
    book.apply(event("Newchannel", 0, "1", "1"))
    assert list(book.touched) == ["1"]


def test_two_servers_with_the_same_ids_have_books_of_their_own() -> None:
    one, other = (
        book_of(event("Newchannel", 0, "1", "1")),
        book_of(event("Newchannel", 0, "1", "1")),
    )
    one.apply(event("Hangup", 1, "1", "1"))
    assert (one.states["1"].is_active, other.states["1"].is_active) == (False, True)


def test_keys_of_names_every_call_and_channel_of_a_batch() -> None:
    dest = {"DestChannel": "PJSIP/102-5", "DestUniqueid": "5", "DestLinkedid": "5"}
    assert keys_of([event("DialEnd", 0, "1", "1", **dest)]) == ({"1", "5"}, {"1", "5"})
    transfer = {
        "Event": "AttendedTransfer",
        "OrigTransfererUniqueid": "2",
        "OrigTransfererLinkedid": "1",
    }
    transfer |= {"SecondTransfererUniqueid": "3", "SecondTransfererLinkedid": "3"}
    assert keys_of([transfer]) == ({"1", "3"}, {"2", "3"})
    assert keys_of([{"Event": "Reload"}]) == (set(), set())


def test_the_channel_of_who_listens_is_in_no_call() -> None:
    name = f"odoo-spy-{'a' * 16}-1795407595.1"
    own = {"Uniqueid": name, "Linkedid": name, "Channel": "PJSIP/109-00000009"}
    called = {f"Dest{header}": value for header, value in own.items()}
    book = CallBook()
    for event, ids in (("Newchannel", own), ("DialBegin", called), ("CoreShowChannel", own)):
        book.apply({"Event": event, "EventTime": "1795407600.0", **ids})
    assert book.touched == {}
