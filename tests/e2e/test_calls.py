"""SCENARIOS A: real SIP calls through real Asterisk, read back from Odoo. Times are Asterisk's."""

import pytest
from lab.book import Book, Record, is_at, moment
from lab.cast import ALICE, BOB, Cast, Person
from lab.office import Office
from lab.stage import PATIENT_S, Stage

pytestmark = pytest.mark.lab


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
    return book.wait_only(before)


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
    assert is_at(call["answered"], caller.wait_for("INVITE", 200).time)
    assert is_at(call["ended"], caller.wait_for("BYE").time)
    assert len(notes_on(book, people.jane) - notes) == 1
    assert told_of(office, people, ALICE, call) == 0


def test_2_cancelled_while_ringing(book: Book, stage: Stage, office: Office, people: Cast) -> None:
    before = book.last_id()
    stage.phone("101", "never")
    stage.inbound("101", cancel_s=PATIENT_S).finish()
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
    assert is_at(call["answered"], trunk.wait_for("INVITE", 200).time)
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
