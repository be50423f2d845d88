"""SCENARIOS 37: a recording plays in the page, in the list and in the form, and is sought in."""

from collections.abc import Iterator

import pytest
from lab import melody
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.book import Book, Record
from lab.cast import ALICE, Cast
from lab.chaos.recordings import RECORDING
from lab.desk import Desk
from lab.office import Office, recording_settings
from lab.process import wait_until
from lab.sip_scenario import During
from lab.stack import Lab
from lab.stage import Stage
from playwright.sync_api import Browser, Locator, Response, expect

# Nothing here depends on Asterisk's version.
pytestmark = [pytest.mark.lab, pytest.mark.parametrize("asterisk", [22], indirect=True)]
PARTIAL = 206
LATER_S = 2.0
SOUGHT = "([player, to]) => player.ended || (player.currentTime > to && !player.seeking)"


@pytest.fixture(scope="module")
def agent(lab: Lab, office: Office, people: Cast, asterisk: Asterisk) -> Iterator[Agent]:
    """An agent that takes recordings."""
    running = office.agent(asterisk, recording_settings(asterisk))
    yield running
    lab.drop(running)


@pytest.fixture
def recording(stage: Stage, book: Book) -> Record:
    """A recording of Jane, who plays a melody to Alice."""
    before = book.last_id()
    tune = stage.asterisk.folder.parent / "melody.alaw"
    melody.write_alaw(tune)
    stage.phone("101", ring_s=0.3)
    playing = [During(play=str(tune)), During(after_s=melody.SECONDS)]
    stage.inbound("101", talk_s=0.5, during=playing).finish()
    call = book.wait_only(before)
    wanted = ([["call_id", "=", call["id"]]], ["duration", "audio_url"])
    wait_until(lambda: book.odoo.search_read(RECORDING, *wanted), "the recording in Odoo", 60)
    return book.odoo.search_read(RECORDING, *wanted)[0]


def plays_and_seeks(player: Locator, recording: Record) -> None:
    """Press play, as a person does, and go to another place."""
    expect(player).to_be_visible()
    box = player.bounding_box()
    assert box
    player.click(position={"x": 18, "y": box["height"] / 2})
    page = player.page
    element = player.element_handle()
    page.wait_for_function("player => player.currentTime > 0.3", arg=element)
    assert abs(player.evaluate("player => player.duration") - recording["duration"]) < 0.2
    player.evaluate("(player, to) => { player.currentTime = to; }", LATER_S)
    page.wait_for_function(SOUGHT, arg=[element, LATER_S])
    player.evaluate("player => player.pause()")


def test_37_a_recording_plays_and_seeks(
    office: Office, people: Cast, recording: Record, browser: Browser
) -> None:
    heard: list[Response] = []
    with browser.new_context() as context:
        desk = Desk(office, context.new_page(), ALICE.login, people.password)
        desk.page.on("response", lambda response: heard.append(response))
        desk.go(f"action={office.admin().xmlid('asterisk_plus.action_recording')}")
        row = desk.page.locator(".o_data_row").filter(has=desk.page.locator("audio")).first
        plays_and_seeks(row.locator(f"audio[src='{recording['audio_url']}']"), recording)
        # Whoever listens stays in the list.
        expect(desk.page.locator(".o_list_view")).to_be_visible()
        desk.open(RECORDING, recording["id"])
        plays_and_seeks(desk.page.locator("audio"), recording)
        assert desk.errors == []
    statuses = {one.status for one in heard if one.url.endswith(recording["audio_url"])}
    assert statuses == {PARTIAL}
