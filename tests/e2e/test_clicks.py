"""SCENARIOS 9 to 12: click-to-call with one phone and with two, and everything that can go wrong.

Of every failure the clicking user gets exactly one notice, within NOTICE_S of the fact; no click
takes longer than CLICK_S; and the next click dials the new number.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.book import Book, Record, is_at, moment
from lab.cast import ALICE, AUTO_ANSWER, JANE_NUMBER, Cast
from lab.click_failures import ClickFailures
from lab.clicker import DEVICE, Clicker
from lab.office import Office
from lab.process import wait_until
from lab.rpc import RpcError
from lab.sip import Phone, TrunkSide
from lab.stage import Stage

pytestmark = pytest.mark.lab

CLICK_S, NOTICE_S, WAIT_S = 1.0, 2.0, 60.0
OTHER_ANSWER = "Call-Info: <sip:127.0.0.1>;answer-after=0"


@pytest.fixture
def desk(office: Office, people: Cast, agent: Agent) -> Iterator[Clicker]:
    """Alice with one device, PJSIP/101. None of her clicks takes long."""
    session = office.rpc(ALICE.login, people.password)
    ready = Clicker(office, people, session, office.admin())
    yield ready
    assert ready.click_s < CLICK_S


@pytest.fixture
def two(desk: Clicker) -> Iterator[Clicker]:
    """Alice with a second device, PJSIP/103, that picks up by another header."""
    values = {"name": "PJSIP/103", "user_id": desk.people.alice_pbx, "sequence": 20}
    extra = desk.admin.create(DEVICE, values | {"auto_answer_header": OTHER_ANSWER})
    yield desk
    desk.admin.call(DEVICE, "unlink", [extra])


def dialled(trunk: TrunkSide) -> list[str]:
    """Return the numbers that the provider was asked for, one for each call."""
    return [m.start.split()[1] for m in trunk.messages() if m.method == "INVITE" and not m.sent]


def header_of(phone: Phone, text: str) -> str:
    """Return what the phone was sent of a "Name: value" header."""
    return phone.wait_for("INVITE").header(text.partition(": ")[0])


# One phone, or two, and all goes well


def test_9_and_12_two_devices_ring_and_the_first_goes_on(
    book: Book, stage: Stage, two: Clicker
) -> None:
    before, heard, waited = book.last_id(), two.last_notice(), two.kept_waiting_s()
    phone, other = stage.phone("101", ring_s=1), stage.phone("103", "never")
    trunk = stage.trunk("ok", ring_s=1, talk_s=2)
    call_id = two.click("0470 00 00 01", model="res.partner", res_id=two.people.jane)
    # The row is there at the click, before anybody's phone rang to its end.
    assert [call["id"] for call in book.calls(before)] == [call_id]
    call = book.wait_only(before)
    assert (call["direction"], call["status"]) == ("out", "answered")
    assert (call["calling_user"], call["partner"].split(", ")[-1]) == (ALICE.name, "Jane")
    assert (call["model"], call["res_id"]) == ("res.partner", two.people.jane)
    assert call["talk_duration"] == pytest.approx(2, abs=1)
    assert is_at(call["answered"], trunk.wait_for("INVITE", 200).time)
    assert call["legs"] == 3
    # Each phone with its own header, the called one sees Alice's number, the other one is silent.
    assert header_of(phone, AUTO_ANSWER) == AUTO_ANSWER.partition(": ")[2]
    assert header_of(other, OTHER_ANSWER) == OTHER_ANSWER.partition(": ")[2]
    assert f"sip:{ALICE.outbound}@" in trunk.wait_for("INVITE").header("From")
    assert "sip:0470000001@" in trunk.wait_for("INVITE").start
    picked_up, silent = phone.wait_for("INVITE", 200).time, other.wait_for("CANCEL").time
    kept_s = max(0.0, two.kept_waiting_s() - waited)
    assert picked_up <= silent < picked_up + 1 + kept_s
    assert two.notices(heard) == []


def test_12_both_pick_up_at_the_same_moment(book: Book, stage: Stage, two: Clicker) -> None:
    before, heard = book.last_id(), two.last_notice()
    phones = [stage.phone(exten, ring_s=0.5) for exten in ("101", "103")]
    trunk = stage.trunk("ok", ring_s=0.5, talk_s=1.5)
    two.click(JANE_NUMBER)
    call = book.wait_only(before)
    assert (call["status"], call["legs"], call["calling_user"]) == ("answered", 3, ALICE.name)
    assert call["talk_duration"] == pytest.approx(1.5, abs=1)
    assert len(dialled(trunk)) == 1
    picked_up = [phone for phone in phones if phone.find("INVITE", 200)]
    ended = sorted(phone.wait_for("BYE").time for phone in picked_up)
    assert ended[-1] > trunk.wait_for("BYE").time - 1
    if len(picked_up) == 2:  # the other one was hung up at once, not at the end
        assert ended[0] < trunk.wait_for("BYE").time
    assert two.notices(heard) == []


def test_11_and_12_digits_after_the_answer_while_the_other_device_declines(
    book: Book, stage: Stage, two: Clicker
) -> None:
    before, heard = book.last_id(), two.last_notice()
    stage.phone("101", "486 Busy Here")
    stage.phone("103", ring_s=0.5)
    trunk = stage.trunk("ok", ring_s=0.3, talk_s=5)
    two.click(f"{JANE_NUMBER}##101")
    call = book.wait_only(before)
    assert (call["status"], call["called_number"]) == ("answered", JANE_NUMBER)
    assert "#" not in trunk.wait_for("INVITE").start
    signals = [m for m in trunk.messages() if m.method == "INFO" and not m.sent]
    digits = [m.body.split("\n")[0].strip() for m in signals]
    assert digits == ["Signal=1", "Signal=0", "Signal=1"]
    assert signals[0].time >= trunk.wait_for("INVITE", 200).time + 1
    assert two.notices(heard) == []


# What goes wrong


Failing = Callable[[ClickFailures], AbstractContextManager[None]]
FAILURES: dict[str, tuple[Failing, str]] = {
    "away": (lambda w: w.desk.changed(name="PJSIP/104"), "PJSIP/104 can't be reached"),
    "silent": (lambda w: w.desk.changed(originate_timeout=1), "PJSIP/101 does not respond"),
    "declined": (lambda w: w.on_phone("603 Decline"), "PJSIP/101 declined"),
    "busy": (lambda w: w.on_phone("486 Busy Here"), "PJSIP/101 is busy"),
    "timed-out": (lambda w: w.on_phone("never"), "PJSIP/101 rang, and nobody picked up"),
    "unknown-device": (lambda w: w.desk.changed(name="PJSIP/nosuch"), "no such endpoint"),
    "no-such-context": (lambda w: w.desk.changed(originate_context="nosuch"), "context nosuch"),
    "no-such-exten": (lambda w: w.desk.changed(originate_context="lab"), "extension +3247"),
    "gone-after-the-pick-up": (lambda w: w.gone_after_the_pick_up(), "leads nowhere"),
    "wrong-token": (lambda w: w.wrong_token(), "refused the token"),
    "no-right-to-originate": (lambda w: w.no_right(), "write=originate"),
    "asterisk-down": (lambda w: w.asterisk_down(), "not connected to Asterisk"),
    "agent-down": (lambda w: w.agent_down(), "not reachable"),
    "agent-hangs": (lambda w: w.agent_hangs(), "did not answer in time"),
}


@pytest.fixture
def wrong(
    desk: Clicker, stage: Stage, asterisk: Asterisk, agent: Agent, office: Office
) -> ClickFailures:
    """Everything that a failure is made of."""
    return ClickFailures(desk, stage, asterisk, agent, office)


@pytest.mark.parametrize("failure", FAILURES)
def test_10_one_notice_and_the_next_click_dials_the_new_number(
    book: Book, wrong: ClickFailures, failure: str
) -> None:
    happens, words = FAILURES[failure]
    desk, stage, before, heard = wrong.desk, wrong.stage, book.last_id(), wrong.desk.last_notice()
    with happens(wrong):
        clicked, waited = time.time(), desk.kept_waiting_s()
        desk.click(JANE_NUMBER)
        call = book.wait_only(before)
        told(desk, heard, words, max(clicked, moment(call["ended"])), waited)
    assert (call["status"], call["talk_duration"], call["answered_user"]) == ("failed", 0, None)
    assert call["hangup_reason"]
    stage.clear()
    stage.wait_idle()
    dials_anew(book, stage, desk)
    assert len(desk.notices(heard)) == 1


def told(desk: Clicker, heard: int, words: str, fact: float, waited: float) -> None:
    """Wait for the notice; it is readable, names the number, and came in time, but for what Odoo
    had to wait for a processor since `waited`.
    """
    wait_until(lambda: bool(desk.notices(heard)), "a notice", WAIT_S)
    when, title, message = desk.notices(heard)[0]
    assert "Jane" in title
    assert JANE_NUMBER in title
    assert words in message
    # Odoo keeps the end in whole seconds.
    assert when < fact + NOTICE_S + 1 + max(0.0, desk.kept_waiting_s() - waited)


def dials_anew(book: Book, stage: Stage, desk: Clicker) -> None:
    """Click on another number, which is dialled."""
    before: int = book.last_id()
    stage.phone("101", ring_s=0.1)
    trunk = stage.trunk("ok", ring_s=0.1, talk_s=0.5)
    desk.click("+32470000002")
    call: Record = book.wait_only(before)
    assert call["status"] == "answered"
    assert dialled(trunk)[0].startswith("sip:+32470000002@")


def test_12_both_decline_and_one_notice_names_both(book: Book, stage: Stage, two: Clicker) -> None:
    before, heard, waited = book.last_id(), two.last_notice(), two.kept_waiting_s()
    stage.phone("101", "603 Decline", ring_s=0.1)
    stage.phone("103", "486 Busy Here", ring_s=0.6)
    two.click(JANE_NUMBER)
    call = book.wait_only(before)
    assert (call["status"], call["legs"]) == ("failed", 2)
    told(two, heard, "PJSIP/101 declined", moment(call["ended"]), waited)
    dials_anew(book, stage_of(stage), two)
    found = two.notices(heard)
    assert len(found) == 1
    assert "PJSIP/103 is busy" in found[0][2]


def stage_of(stage: Stage) -> Stage:
    """Return the stage when all of the last call have left it."""
    stage.clear()
    stage.wait_idle()
    return stage


@pytest.mark.parametrize(
    ("context", "words"), [("nosuch", "context nosuch"), ("leads-nowhere", "leads nowhere")]
)
def test_12_the_dialplan_leads_nowhere(
    book: Book, stage: Stage, two: Clicker, asterisk: Asterisk, context: str, words: str
) -> None:
    before, heard, waited = book.last_id(), two.last_notice(), two.kept_waiting_s()
    asterisk.cli("dialplan add extension _+X.,1,Goto,nosuch,1,1 into leads-nowhere")
    stage.phone("103", ring_s=0.2)
    every = two.admin.search_read(DEVICE, [["user_id", "=", two.people.alice_pbx]], ["id"])
    ids = [row["id"] for row in every]
    two.admin.write(DEVICE, ids, {"originate_context": context})
    try:
        two.click(JANE_NUMBER)
        call = book.wait_only(before)
        assert call["status"] == "failed"
        told(two, heard, words, moment(call["ended"]), waited)
    finally:
        two.admin.write(DEVICE, ids, {"originate_context": "from-internal"})
        asterisk.cli("dialplan remove context leads-nowhere")


def test_a_context_that_is_not_there_is_told_to_who_saves_it(desk: Clicker) -> None:
    heard, admin = desk.last_notice(), desk.admin.uid
    with desk.changed(originate_context="from-internal"), desk.changed(originate_context="nosuch"):
        wait_until(lambda: bool(desk.notices(heard, admin)), "a notice", WAIT_S)
    (notice,) = desk.notices(heard, admin)
    assert "no context nosuch. Clicks with PJSIP/101 will fail" in notice[2]


def test_who_may_not_click(book: Book, desk: Clicker) -> None:
    before = book.last_id()
    with pytest.raises(RpcError, match="AccessError"):
        desk.session.write(DEVICE, desk.device(), {"name": "PJSIP/102"})
    with pytest.raises(RpcError, match="AccessError"):
        desk.session.call(
            "asterisk_plus.server", "originate_call_response", [], {"call_id": before}
        )
    with desk.changed(originate_enabled=False), pytest.raises(RpcError, match="ring on a click"):
        desk.click(JANE_NUMBER)
    assert book.last_id() == before
