"""An Asterisk 16 that still has chan_sip: its sample loads, and its calls are calls in Odoo."""

from collections.abc import Iterator

import pytest
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.book import Book
from lab.cast import ALICE, AUTO_ANSWER, BOB, Cast, Person
from lab.chan_sip import ChanSipAsterisk
from lab.office import Office
from lab.process import wait_until
from lab.stack import Lab
from lab.stage import Stage

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def asterisk(lab: Lab, office: Office) -> Iterator[Asterisk]:
    """An Asterisk without chan_pjsip, whose dialplan asks the office's Odoo."""
    folder = office.folder("chan_sip")
    running = lab.start(ChanSipAsterisk(folder, office.nginx.url, office.database))
    yield running
    lab.drop(running)


@pytest.fixture(scope="module")
def agent(
    lab: Lab, office: Office, people: Cast, asterisk: Asterisk, channels: None
) -> Iterator[Agent]:
    """The agent between them, ready."""
    running = office.agent(asterisk)
    yield running
    lab.drop(running)


@pytest.fixture(scope="module")
def channels(office: Office, people: Cast) -> Iterator[None]:
    """Alice and Bob have phones of chan_sip, which a click rings first."""
    admin = office.admin()
    made = [
        admin.create(
            "asterisk_plus.user_channel",
            {
                "name": f"SIP/{person.exten}",
                "user_id": pbx_user,
                "sequence": 1,
                "auto_answer_header": AUTO_ANSWER,
            },
        )
        for person, pbx_user in ((ALICE, people.alice_pbx), (BOB, people.bob_pbx))
    ]
    yield
    admin.call("asterisk_plus.user_channel", "unlink", made)


@pytest.fixture
def book(office: Office, agent: Agent, stage: Stage) -> Iterator[Book]:
    """Odoo's calls. Whatever a test did, afterwards no call and no channel is active."""
    ready = Book(office.admin())
    yield ready
    stage.clear()
    stage.wait_idle()
    wait_until(lambda: ready.active() == (0, 0), "nothing active in Odoo", 60)


def legs(book: Book, call: dict[str, object]) -> set[tuple[str, str]]:
    """Return (endpoint, PBX user) of a call's legs."""
    domain = [["call_id", "=", call["id"]]]
    rows = book.odoo.search_read("asterisk_plus.channel", domain, ["endpoint", "user_id"])
    return {(row["endpoint"], row["user_id"][1] if row["user_id"] else "") for row in rows}


def leg(person: Person) -> tuple[str, str]:
    """Return the leg of somebody's phone."""
    return f"SIP/{person.exten}", person.name


def test_sample_loads_with_no_warning_but_that_it_is_old(asterisk: Asterisk) -> None:
    assert "chan_sip.so" in asterisk.cli("module show like chan_sip")
    assert "0 modules loaded" in asterisk.cli("module show like chan_pjsip")
    assert "5 sip peers" in asterisk.cli("sip show peers")
    (warning,) = asterisk.warnings()
    assert "'chan_sip' has been loaded but will be deprecated" in warning


def test_inbound_call_is_of_who_answered(book: Book, stage: Stage) -> None:
    before = book.last_id()
    alice = stage.phone("101", "never")
    stage.phone("102", ring_s=1)
    stage.phone("103", "never")
    stage.inbound("600", talk_s=1).finish()
    call = book.wait_only(before)
    assert (call["direction"], call["status"]) == ("in", "answered")
    assert (call["answered_user"], call["called_users"]) == (BOB.name, [ALICE.name, BOB.name])
    assert call["partner"].endswith("Jane")
    assert {leg(ALICE), leg(BOB), ("SIP/trunk", "")} <= legs(book, call)
    # The dialplan asked Odoo, as with chan_pjsip.
    assert alice.wait_for("INVITE").header("From").startswith('"Jane (ACME)"')


def test_click_to_call(book: Book, stage: Stage, office: Office, people: Cast) -> None:
    before = book.last_id()
    phone = stage.phone("101", ring_s=0.5)
    trunk = stage.trunk("ok", ring_s=0.5, talk_s=4)
    session = office.rpc(ALICE.login, people.password)
    session.call("asterisk_plus.server", "originate_call", "+32470000001##12")
    call = book.wait_only(before)
    assert (call["direction"], call["status"]) == ("out", "answered")
    assert call["calling_user"] == ALICE.name
    assert legs(book, call) == {leg(ALICE), ("SIP/trunk", "")}
    name, _, value = AUTO_ANSWER.partition(": ")
    assert phone.wait_for("INVITE").header(name) == value
    invite = trunk.wait_for("INVITE")
    assert f"sip:{ALICE.outbound}@" in invite.header("From")
    assert "sip:+32470000001@" in invite.start
    signals = [m.body for m in trunk.messages() if m.method == "INFO" and not m.sent]
    assert [body.split("\n")[0].strip() for body in signals] == ["Signal=1", "Signal=2"]


def test_phone_that_registers_dials_out(book: Book, stage: Stage) -> None:
    before = book.last_id()
    phone = stage.phone("104")
    stage.inbound("104", talk_s=0.2).finish()
    assert phone.find("INVITE", 200) is not None
    phone.stop()
    phone.register(0)
    stage.trunk()
    stage.desk("102", "+32470000001", talk_s=0.2).finish()
    _inbound, outbound = book.wait_all(before, 2)
    assert (outbound["direction"], outbound["status"]) == ("out", "answered")
    assert outbound["calling_user"] == BOB.name
