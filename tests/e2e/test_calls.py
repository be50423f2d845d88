"""SCENARIOS A: real SIP calls through real Asterisk, read back from Odoo. Times are Asterisk's."""

from collections.abc import Iterator

import pytest
from lab.agent import Agent
from lab.book import Book, Record, moment
from lab.cast import ALICE, AUTO_ANSWER, BOB, Cast, Person
from lab.office import Office
from lab.process import wait_until
from lab.stage import Stage

pytestmark = pytest.mark.lab


@pytest.fixture
def book(office: Office, people: Cast, agent: Agent, stage: Stage) -> Iterator[Book]:
    """Odoo's calls. Whatever a test did, afterwards no call and no channel is active."""
    ready = Book(office.admin())
    yield ready
    stage.clear()
    stage.wait_idle()
    wait_until(lambda: ready.active() == (0, 0), "nothing active in Odoo", 15)


def notes_on(book: Book, partner: int) -> set[int]:
    """Return the ids of the notes on a partner."""
    domain = [["model", "=", "res.partner"], ["res_id", "=", partner]]
    note = [*domain, ["subtype_id.internal", "=", True]]
    return {row["id"] for row in book.odoo.search_read("mail.message", note, ["id"])}


def told_of(office: Office, people: Cast, person: Person, call: Record) -> int:
    """Return how many missed-call notices of a call somebody got, as that person sees them."""
    session = office.rpc(person.login, people.password)
    domain = [["message_type", "=", "user_notification"], ["body", "ilike", f'"{call["id"]}"']]
    return len(session.search_read("mail.message", domain, ["subject"]))


def only(book: Book, before: int) -> Record:
    """Return the one call since `before`, once it has ended."""
    book.wait_ended(before)
    calls = book.calls(before)
    assert len(calls) == 1, calls
    return calls[0]


def test_1_answered_inbound(book: Book, stage: Stage, office: Office, people: Cast) -> None:
    before, notes = book.last_id(), notes_on(book, people.jane)
    stage.phone("101", ring_s=5)
    caller = stage.inbound("101", talk_s=12)
    caller.finish()
    call = only(book, before)
    assert (call["direction"], call["status"]) == ("in", "answered")
    assert call["partner"].endswith("Jane")
    assert call["answered_user"] == ALICE.name
    assert call["called_users"] == [ALICE.name]
    assert call["ring_duration"] == pytest.approx(5, abs=1)
    assert call["talk_duration"] == pytest.approx(12, abs=1)
    # sipp's own clock says when the 200 came and when the BYE went.
    assert moment(call["answered"]) == pytest.approx(caller.wait_for("INVITE", 200).time, abs=1)
    assert moment(call["ended"]) == pytest.approx(caller.wait_for("BYE").time, abs=1)
    assert len(notes_on(book, people.jane) - notes) == 1
    assert told_of(office, people, ALICE, call) == 0


def test_2_cancelled_while_ringing(book: Book, stage: Stage, office: Office, people: Cast) -> None:
    before = book.last_id()
    stage.phone("101", "never")
    stage.inbound("101", cancel_s=2).finish()
    call = only(book, before)
    assert (call["direction"], call["status"], call["talk_duration"]) == ("in", "noanswer", 0)
    assert (call["answered_user"], call["called_users"]) == (None, [ALICE.name])
    assert told_of(office, people, ALICE, call) == 1
    assert told_of(office, people, BOB, call) == 0


@pytest.mark.parametrize(
    ("answer", "status"),
    [("486 Busy Here", "busy"), ("603 Decline", "busy"), ("404 Not Found", "failed")],
)
def test_2_refused(book: Book, stage: Stage, answer: str, status: str) -> None:
    before = book.last_id()
    stage.phone("101", answer)
    stage.inbound("101").finish()
    call = only(book, before)
    assert (call["direction"], call["status"], call["answered_user"]) == ("in", status, None)
    assert call["hangup_reason"]


def test_2_timed_out(book: Book, stage: Stage) -> None:
    before = book.last_id()
    stage.phone("101", "never")
    stage.phone("102", "never")
    stage.inbound("605", cancel_s=5).finish()  # 101 rings three seconds, then 102
    call = only(book, before)
    assert (call["status"], call["answered_user"]) == ("noanswer", None)
    assert call["called_users"] == [ALICE.name, BOB.name]


def test_2_phone_is_not_registered(book: Book, stage: Stage) -> None:
    before = book.last_id()
    stage.inbound("104").finish()
    call = only(book, before)
    assert (call["status"], call["answered_user"]) == ("failed", None)


def test_2_trunk_knows_no_such_number(book: Book, stage: Stage) -> None:
    before = book.last_id()
    stage.trunk("404 Not Found")
    stage.desk("101", "+32470000009").finish()
    call = only(book, before)
    assert (call["direction"], call["status"]) == ("out", "failed")
    assert call["calling_user"] == ALICE.name


def test_4_ring_group_is_credited_to_who_answered(book: Book, stage: Stage) -> None:
    before = book.last_id()
    stage.phone("101", "never")
    stage.phone("102", ring_s=2)
    stage.phone("103", "never")
    stage.inbound("600", talk_s=2).finish()
    call = only(book, before)
    assert (call["status"], call["answered_user"]) == ("answered", BOB.name)
    assert call["called_users"] == [ALICE.name, BOB.name]


def test_5_queue_that_answers_first_is_no_answer(book: Book, stage: Stage) -> None:
    before = book.last_id()
    stage.phone("101", "never")
    stage.phone("102", "never")
    stage.inbound("601", talk_s=4).finish()
    call = only(book, before)
    assert (call["status"], call["talk_duration"], call["answered_user"]) == ("noanswer", 0, None)


def test_6_ivr_only(book: Book, stage: Stage) -> None:
    before = book.last_id()
    stage.inbound("602").finish()
    call = only(book, before)
    assert (call["status"], call["answered_user"]) == ("ended", None)


def test_7_desk_phone_dials_out_with_early_media(book: Book, stage: Stage) -> None:
    before = book.last_id()
    trunk = stage.trunk("183,ok", ring_s=3)
    stage.desk("101", "+32470000001", talk_s=3).finish()
    call = only(book, before)
    assert (call["direction"], call["status"]) == ("out", "answered")
    assert call["calling_user"] == ALICE.name
    assert call["partner"].endswith("Jane")
    assert call["talk_duration"] == pytest.approx(3, abs=1)
    assert moment(call["answered"]) == pytest.approx(trunk.wait_for("INVITE", 200).time, abs=1)
    assert moment(call["answered"]) >= trunk.wait_for("INVITE", 183).time + 2


def test_8_alice_calls_bob(book: Book, stage: Stage, office: Office) -> None:
    before = book.last_id()
    partners = office.admin().call("res.partner", "search_count", [])
    stage.phone("102", ring_s=1)
    stage.desk("101", "102", talk_s=2).finish()
    call = only(book, before)
    assert (call["direction"], call["status"]) == ("internal", "answered")
    assert (call["calling_user"], call["answered_user"]) == (ALICE.name, BOB.name)
    assert call["partner"] is None
    assert office.admin().call("res.partner", "search_count", []) == partners


def test_9_click_to_call(book: Book, stage: Stage, office: Office, people: Cast) -> None:
    before = book.last_id()
    phone = stage.phone("101", ring_s=2)
    trunk = stage.trunk("ok", ring_s=2, talk_s=4)
    alice = office.rpc(ALICE.login, people.password)
    alice.call(
        "asterisk_plus.server",
        "originate_call",
        "0470 00 00 01",
        model="res.partner",
        res_id=people.jane,
    )
    # The row is there at the click, before anybody's phone rang to its end.
    assert len(book.calls(before)) == 1
    call = only(book, before)
    assert (call["direction"], call["status"]) == ("out", "answered")
    assert call["calling_user"] == ALICE.name
    assert call["partner"].endswith("Jane")
    assert (call["model"], call["res_id"]) == ("res.partner", people.jane)
    assert call["talk_duration"] == pytest.approx(4, abs=1)
    assert moment(call["answered"]) == pytest.approx(trunk.wait_for("INVITE", 200).time, abs=1)
    name, _, value = AUTO_ANSWER.partition(": ")
    assert phone.wait_for("INVITE").header(name) == value
    invite = trunk.wait_for("INVITE")
    assert f"sip:{ALICE.outbound}@" in invite.header("From")
    assert "sip:0470000001@" in invite.start


def test_11_partners_extension_is_dialled_after_the_answer(
    book: Book, stage: Stage, office: Office, people: Cast
) -> None:
    before = book.last_id()
    stage.phone("101", ring_s=0.5)
    trunk = stage.trunk("ok", ring_s=0.5, talk_s=6)
    alice = office.rpc(ALICE.login, people.password)
    alice.call("asterisk_plus.server", "originate_call", "+32470000001##101")
    call = only(book, before)
    assert call["called_number"] == "+32470000001"
    assert "#" not in trunk.wait_for("INVITE").start
    signals = [m.body for m in trunk.messages() if m.method == "INFO" and not m.sent]
    assert [body.split("\n")[0].strip() for body in signals] == ["Signal=1", "Signal=0", "Signal=1"]


def test_click_to_call_that_the_own_phone_declines(
    book: Book, stage: Stage, office: Office, people: Cast
) -> None:
    before = book.last_id()
    stage.phone("101", "603 Decline")
    alice = office.rpc(ALICE.login, people.password)
    alice.call("asterisk_plus.server", "originate_call", "+32470000001")
    call = only(book, before)
    assert call["status"] == "failed"
    stage.clear()
    # The next click dials the new number.
    before = book.last_id()
    stage.phone("101", ring_s=0.5)
    trunk = stage.trunk("ok", ring_s=0.5, talk_s=1)
    alice.call("asterisk_plus.server", "originate_call", "+32470000002")
    assert only(book, before)["status"] == "answered"
    assert "+32470000002" in trunk.wait_for("INVITE").start
