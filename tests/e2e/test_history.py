"""SCENARIOS 37 and 39 in the browser: the history of calls and what is made of it, its recordings,
and the health page while parts are away.
"""

from collections.abc import Iterator

import pytest
from lab import melody
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.book import Book
from lab.cast import ALICE, Cast
from lab.chaos.recordings import RECORDING
from lab.component import Component
from lab.desk import Desk
from lab.office import ADMIN, Office, recording_settings
from lab.process import wait_until
from lab.sip_scenario import Caller, During
from lab.stack import Lab
from lab.stage import PATIENT_S, Stage
from lab.window import SLOW_MS
from playwright.sync_api import Browser, Locator, expect

# Nothing here depends on Asterisk's version.
pytestmark = [pytest.mark.lab, pytest.mark.parametrize("asterisk", [22], indirect=True)]
STRANGER = "+32499887744"
#: A player that has begun, and gets on.
PLAYS = """async player => {
    player.muted = true;
    await player.play();
    return new Promise(done => player.addEventListener("timeupdate", () => {
        if (player.currentTime > 0) {
            done(true);
        }
    }));
}"""


@pytest.fixture(scope="module")
def agent(lab: Lab, office: Office, people: Cast, asterisk: Asterisk) -> Iterator[Agent]:
    """An agent that takes recordings."""
    running = office.agent(asterisk, recording_settings(asterisk))
    yield running
    lab.drop(running)


@pytest.fixture
def desk(office: Office, people: Cast, browser: Browser) -> Iterator[Desk]:
    """Alice's desk, at her calls."""
    with browser.new_context() as context:
        context.set_default_timeout(SLOW_MS)
        opened = Desk(office, context.new_page(), ALICE.login, people.password)
        opened.go(f"action={office.admin().xmlid('asterisk_plus.action_call')}")
        opened.page.wait_for_selector(".o_list_view")
        yield opened
        assert opened.errors == []


def rows(desk: Desk, text: str) -> Locator:
    """Return the list's lines that hold a text."""
    return desk.page.locator(".o_data_row").filter(has_text=text)


def talk(book: Book, stage: Stage, asterisk: Asterisk) -> int:
    """Let Jane talk with Alice, and play a tune; return the id of the call."""
    before = book.last_id()
    tune = asterisk.folder.parent / "history.alaw"
    melody.write_alaw(tune)
    stage.phone("101", ring_s=0.2)
    playing = [During(play=str(tune)), During(after_s=2)]
    stage.inbound("101", talk_s=0.5, during=playing).finish()
    ended: int = book.wait_ended(before)["id"]
    stage.clear()
    return ended


def miss(book: Book, stage: Stage) -> None:
    """Let a stranger give up."""
    before = book.last_id()
    stage.phone("101", "never")
    stage.inbound("101", Caller(STRANGER), cancel_s=PATIENT_S).finish()
    book.wait_ended(before)
    stage.clear()


def test_37_the_history_is_searched_counted_and_heard(
    book: Book, stage: Stage, desk: Desk, office: Office, asterisk: Asterisk
) -> None:
    call = talk(book, stage, asterisk)
    miss(book, stage)
    action = f"action={office.admin().xmlid('asterisk_plus.action_call')}"
    page = desk.page
    for words, entry, there, gone in (
        ("Jane", "Partner", "Jane", STRANGER),
        (ALICE.name, "PBX user", STRANGER, "no such text"),
    ):
        desk.go(action)
        desk.web.search(page, words, entry)
        expect(rows(desk, there).first).to_be_visible()
        expect(rows(desk, gone)).to_have_count(0)
    desk.go(action)
    for name, there, gone in (("Today", "Jane", "no such"), ("Missed", STRANGER, "Answered")):
        desk.web.choose_filter(page, name)
        expect(rows(desk, there).first).to_be_visible()
        expect(rows(desk, gone)).to_have_count(0)
    desk.go(f"action={office.admin().xmlid('asterisk_plus.action_call_report')}")
    expect(page.locator(".o_graph_renderer canvas")).to_be_visible()
    expect(page.locator(".o_searchview").first).to_contain_text("Date")
    page.click(".o_switch_view.o_pivot")
    expect(page.locator(".o_pivot table")).to_contain_text("No answer")
    own = [["call_id", "=", call]]
    wait_until(lambda: book.odoo.call(RECORDING, "search_count", own) == 1, "the recording", 60)
    desk.open("asterisk_plus.call", call)
    page.locator(".o_notebook .nav-link", has_text="Recordings").click()
    assert page.locator("audio").first.evaluate(PLAYS)


def test_the_dashboard_opens_what_it_counts(
    book: Book, stage: Stage, desk: Desk, office: Office
) -> None:
    miss(book, stage)
    desk.go(f"action={office.admin().xmlid('asterisk_plus.action_dashboard')}")
    card = desk.page.locator(".o_kanban_record").filter(has_text="Today")
    missed = card.get_by_role("button", name="Missed")
    expect(missed).to_be_visible()
    count = int(missed.locator("strong").inner_text())
    assert count >= 1
    desk.web.press(missed)
    expect(desk.page.locator(".o_list_view .o_data_row")).to_have_count(count)
    expect(rows(desk, STRANGER).first).to_be_visible()


def test_an_activity_is_planned_of_a_call(
    book: Book, stage: Stage, desk: Desk, asterisk: Asterisk
) -> None:
    desk.open("asterisk_plus.call", talk(book, stage, asterisk))
    desk.page.click(desk.web.plan_activity)
    dialog = desk.page.get_by_role("dialog")
    desk.page.locator(f".modal {desk.web.input('summary')}").fill("Send the offer")
    dialog.get_by_role("button", name=desk.web.schedule).first.click()
    expect(dialog).to_have_count(0)
    expect(desk.page.locator(".o_form_view")).to_contain_text("Send the offer")


@pytest.fixture
def health(office: Office, people: Cast, browser: Browser) -> Iterator[Desk]:
    """The admin's desk, at the server's health."""
    with browser.new_context() as context:
        context.set_default_timeout(SLOW_MS)
        opened = Desk(office, context.new_page(), ADMIN, office.admin_password)
        opened.open("asterisk_plus.server", people.server)
        opened.page.get_by_role("button", name="Health").click()
        yield opened
        assert opened.errors == []


def look(desk: Desk, **expected: str) -> None:
    """Look again until each line, by its first word, says its state and a cure."""
    page = desk.page.get_by_role("dialog")

    def said() -> bool:
        page.get_by_role("button", name="Look again").click()
        page.locator(".o_data_row").nth(7).wait_for()
        # All in one look: they are drawn anew meanwhile.
        lines = page.locator(".o_data_row").all_inner_texts()
        return all(
            any(line.startswith(part) and words in line for line in lines)
            for part, words in expected.items()
        )

    wait_until(said, f"the page says {expected}", 60)


def test_39_the_page_tells_what_is_away_and_the_cure(
    health: Desk, office: Office, asterisk: Asterisk, agent: Agent
) -> None:
    look(health, Agent="It answers.", Asterisk="Asterisk answers.", Broker="all there")
    away: list[tuple[Component, dict[str, str]]] = [
        (asterisk, {"Agent": "It answers.", "Asterisk": "asterisk-agent check"}),
        (office.rabbitmq, {"Broker": "AMQP_URI", "Agent": "It answers."}),
        (agent, {"Agent": "not reachable", "Asterisk": "Unknown", "Broker": "Start it"}),
    ]
    for component, expected in away:
        component.stop()
        try:
            look(health, **expected)
        finally:
            component.start()
    look(health, Agent="It answers.", Asterisk="Asterisk answers.", Broker="all there")
