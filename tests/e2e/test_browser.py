"""What people click: a real Chromium on the real Odoo, through nginx as at a user's."""

from collections.abc import Iterator

import pytest
from lab.agent import Agent
from lab.book import Book
from lab.cast import ALICE, Cast
from lab.desk import Desk
from lab.office import ADMIN, Office
from lab.stage import Stage
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.lab


@pytest.fixture
def admin_desk(office: Office, people: Cast, agent: Agent, browser: Browser) -> Iterator[Desk]:
    """The administrator's window. Nothing in it may end in an error."""
    with browser.new_context() as context:
        desk = Desk(office, context.new_page(), ADMIN, office.admin_password)
        yield desk
        assert desk.errors == []


@pytest.fixture
def alice_desk(office: Office, people: Cast, agent: Agent, browser: Browser) -> Iterator[Desk]:
    """Alice's window. Nothing in it may end in an error, and nothing of what the tests before her
    told comes up: a page that is new to the bus is told the last 50 s once more (bus.py: TIMEOUT).
    """
    office.postgres.sql("delete from bus_bus", office.database)
    with browser.new_context() as context:
        desk = Desk(office, context.new_page(), ALICE.login, people.password)
        yield desk
        assert desk.errors == []


@pytest.mark.parametrize(
    ("button", "answer"),
    [("Test Ping", "The agent answers."), ("Asterisk Ping", "Asterisk answers.")],
)
def test_pings_show_their_answer(admin_desk: Desk, people: Cast, button: str, answer: str) -> None:
    admin_desk.open("asterisk_plus.server", people.server)
    admin_desk.page.click(f"button:has-text('{button}')")
    admin_desk.expect_notice(answer)


def test_9_click_on_the_partners_form(
    alice_desk: Desk, people: Cast, stage: Stage, office: Office
) -> None:
    book = Book(office.admin())
    before = book.last_id()
    stage.phone("101", ring_s=0.5)
    trunk = stage.trunk("ok", ring_s=0.5, talk_s=2)
    alice_desk.open("res.partner", people.jane)
    alice_desk.page.click(alice_desk.web.number("phone"))
    call = book.wait_ended(before)
    assert (call["status"], call["calling_user"]) == ("answered", ALICE.name)
    assert (call["model"], call["res_id"]) == ("res.partner", people.jane)
    assert trunk.find("INVITE") is not None
    alice_desk.open("asterisk_plus.call", call["id"])
    expect(alice_desk.page.locator(".o_form_view")).to_contain_text("Answered")
    expect(alice_desk.page.locator(".o_form_view")).to_contain_text("Jane")


def test_10_declined_call_is_told_in_a_readable_notice(
    alice_desk: Desk, people: Cast, stage: Stage
) -> None:
    alice_desk.open("res.partner", people.jane)
    stage.phone("101", "603 Decline")
    alice_desk.page.click(alice_desk.web.number("phone"))
    alice_desk.expect_notice("Your phone PJSIP/101")


def test_10_agent_is_down(alice_desk: Desk, people: Cast, stage: Stage, agent: Agent) -> None:
    alice_desk.open("res.partner", people.jane)
    agent.stop()
    try:
        alice_desk.page.click(alice_desk.web.number("phone"))
        alice_desk.expect_notice("The agent is not reachable")
    finally:
        agent.start()


@pytest.mark.parametrize(
    "xmlid",
    [
        *("action_call", "action_live_call", "action_channel", "action_call_callback"),
        *("action_call_report", "action_call_participation"),
        *("action_server", "action_event", "action_asterisk_user"),
    ],
)
def test_every_page_opens(admin_desk: Desk, office: Office, xmlid: str) -> None:
    action = office.admin().xmlid(f"asterisk_plus.{xmlid}")
    admin_desk.go(f"action={action}")
    admin_desk.page.wait_for_selector(".o_view_controller")
