"""SCENARIOS 14 on real calls: the number that the trunk tells finds its partner, or nobody."""

from collections.abc import Iterator

import pytest
from lab.book import Book, Record
from lab.sip_scenario import Caller
from lab.stage import Stage

pytestmark = pytest.mark.lab

SETTINGS = "asterisk_plus.settings"
STRANGER = "+32470555001"
# Nobody is behind it: such a call is over in a moment.
NOWHERE = "615"


@pytest.fixture
def contacts_are_made(book: Book) -> Iterator[None]:
    """Of whoever calls, or is called, and is unknown, a contact is made."""
    settings = book.odoo.search_read(SETTINGS, [], ["id"], limit=1)[0]["id"]
    book.odoo.write(SETTINGS, settings, {"partner_creation": "all"})
    yield
    book.odoo.write(SETTINGS, settings, {"partner_creation": "never"})


def contacts(book: Book, *domain: object) -> list[Record]:
    """Return contacts, archived ones too."""
    everybody = [["active", "in", [True, False]], *domain]
    return book.odoo.search_read("res.partner", everybody, ["name", "phone_e164"])


def calls_from(book: Book, stage: Stage, *callers: Caller) -> list[Record]:
    """Let each of them call, and return their calls in order, once they have ended."""
    before = book.last_id()
    for number, caller in enumerate(callers, 1):
        stage.inbound(NOWHERE, caller).finish()
        book.wait_all(before, number)
    return book.calls(before)


def test_14_every_form_of_a_number_is_jane(book: Book, stage: Stage) -> None:
    forms = ["+32470000001", "0032470000001", "0470000001", "32470000001"]
    calls = calls_from(book, stage, *(Caller(form) for form in forms))
    assert [str(call["partner"]).endswith("Jane") for call in calls] == [True] * len(forms)


def test_14_who_has_no_number_is_nobody(book: Book, stage: Stage, contacts_are_made: None) -> None:
    before = contacts(book)
    texts = ["anonymous", "s", "101", "sip:jane", "0470%00"]
    calls = calls_from(book, stage, *(Caller(text, "Jane") for text in texts))
    assert [call["partner"] for call in calls] == [None] * len(texts)
    assert contacts(book) == before


def test_14_archived_contact_is_nobody(book: Book, stage: Stage) -> None:
    gone = book.odoo.create("res.partner", {"name": "Gone", "phone": STRANGER, "active": False})
    (call,) = calls_from(book, stage, Caller(STRANGER))
    assert call["partner"] is None
    book.odoo.call("res.partner", "unlink", [gone])


def test_contact_is_made_of_an_unknown_caller_once(
    book: Book, stage: Stage, contacts_are_made: None
) -> None:
    before = book.last_id()
    stage.phone("101", "never")
    stage.phone("102", "never")
    # Two at the same moment, in two forms of the number.
    first = stage.inbound("101", Caller(STRANGER, "Joe <b>Bloggs</b>"), cancel_s=2)
    second = stage.inbound("102", Caller("0470555001", "Joe"), cancel_s=2)
    first.finish()
    second.finish()
    calls = book.wait_all(before, 2)
    (made,) = contacts(book, ["phone_e164", "=", STRANGER])
    assert made["name"] in ("Joe <b>Bloggs</b>", "Joe")
    assert [call["partner"] for call in calls] == [made["name"]] * 2
    book.odoo.call("res.partner", "unlink", [made["id"]])


def test_contact_is_made_of_an_unknown_number_that_was_called(
    book: Book, stage: Stage, contacts_are_made: None
) -> None:
    before = book.last_id()
    stage.trunk()
    stage.desk("101", STRANGER, talk_s=0.2).finish()
    call = book.wait_only(before)
    (made,) = contacts(book, ["phone_e164", "=", STRANGER])
    assert (made["name"], call["partner"]) == (STRANGER, STRANGER)
    book.odoo.call("res.partner", "unlink", [made["id"]])
