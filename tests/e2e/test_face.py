"""SCENARIOS 33 to 35, and 10 in the browser: calls and leads, the board of live calls and what is
done there, numbers that are clicked, the dial pad. On real calls.
"""

from collections.abc import Iterator

import pytest
from lab.agent import Agent
from lab.book import CALL, CHANNEL, Book
from lab.cast import ALICE, BOB, JANE_NUMBER, Cast
from lab.desk import Desk
from lab.office import Office
from lab.process import wait_until
from lab.rpc import OdooRpc, RpcError
from lab.sip_scenario import Caller
from lab.stage import PATIENT_S, Stage
from lab.window import SLOW_MS, WATCH, Window
from playwright.sync_api import Browser, Route, expect

# Nothing here depends on Asterisk's version.
pytestmark = [pytest.mark.lab, pytest.mark.parametrize("asterisk", [22], indirect=True)]
LEAD = "crm.lead"
STRANGER = "+32499887755"


@pytest.fixture(scope="module")
def window(office: Office, people: Cast, agent: Agent, browser: Browser) -> Iterator[Window]:
    """Alice's window. Nothing in it may end in an error."""
    with browser.new_context() as context:
        context.set_default_timeout(SLOW_MS)
        context.add_init_script(WATCH)
        opened = Window(Desk(office, context.new_page(), ALICE.login, people.password), context)
        yield opened
        assert opened.desk.errors == []


@pytest.fixture
def alice(window: Window, office: Office) -> Desk:
    """Alice's desk, at her calls, hearing Odoo's bus."""
    window.desk.go(f"action={office.admin().xmlid('asterisk_plus.action_call')}")
    window.clear()
    return window.desk


@pytest.fixture
def boss(office: Office, people: Cast) -> Iterator[OdooRpc]:
    """Bob, who supervises for a while."""
    admin = office.admin()
    group = admin.xmlid("asterisk_plus.group_supervisor")
    admin.write("res.users", people.bob, {admin.groups: [(4, group)]})
    yield office.rpc(BOB.login, people.password)
    admin.write("res.users", people.bob, {admin.groups: [(3, group)]})


@pytest.fixture
def book(office: Office, people: Cast, agent: Agent, stage: Stage) -> Iterator[Book]:
    """Odoo's calls. Afterwards nothing is active, whoever still talks."""
    ready = Book(office.admin())
    yield ready
    stage.asterisk.cli("channel request hangup all")
    stage.wait_idle()
    stage.clear()
    wait_until(lambda: ready.active() == (0, 0), "nothing active in Odoo", 60)


def talking(book: Book, stage: Stage) -> dict[str, object]:
    """Let Jane talk with Alice; return the call."""
    before = book.last_id()
    stage.phone("101", ring_s=0.2)
    stage.inbound("101", talk_s=600)
    call = book.wait_call(before, lambda call: bool(call["answered_user"]), "Alice talks")
    both = [["call_id", "=", call["id"]], ["is_active", "=", True], ["answered", "!=", False]]
    wait_until(lambda: book.odoo.call(CHANNEL, "search_count", both) == 2, "both ends talk", 60)
    return call


def applications(stage: Stage) -> list[str]:
    """Return what runs on each channel now: "PJSIP/102 ChanSpy PJSIP/101-00000001,q"."""
    lines = stage.asterisk.cli("core show channels concise").splitlines()
    found = [line.split("!") for line in lines if "!" in line]
    return [f"{one[0].rpartition('-')[0]} {one[5]} {one[6]}" for one in found]


def test_33_open_lead_is_linked_and_a_missed_stranger_becomes_one(
    book: Book, stage: Stage, people: Cast
) -> None:
    odoo, before = book.odoo, book.last_id()
    settings = odoo.search_read("asterisk_plus.settings", [], ["id"])[0]["id"]
    odoo.write("asterisk_plus.settings", settings, {"is_lead_of_missed": True})
    odoo.write("asterisk_plus.settings", settings, {"lead_user_id": people.bob})
    lead = odoo.create(LEAD, {"name": "Wants a pump", "phone": JANE_NUMBER})
    try:
        stage.phone("101", ring_s=0.2)
        stage.inbound("101", talk_s=1).finish()
        call = book.wait_ended(before)
        assert (call["model"], call["res_id"]) == (LEAD, lead)
        stage.clear()
        stage.phone("101", "never")
        before = book.last_id()
        stage.inbound("101", Caller(STRANGER), cancel_s=PATIENT_S).finish()
        missed = book.wait_ended(before)
        fields = ["phone_e164", "user_id", "active"]
        made = odoo.call(LEAD, "read", [missed["res_id"]], fields)[0]
        assert (missed["model"], made["phone_e164"], made["user_id"][0]) == (
            LEAD,
            STRANGER,
            people.bob,
        )
        assert odoo.search_read(LEAD, [["phone_e164", "=", STRANGER]], ["id"]) == [
            {"id": missed["res_id"]}
        ]
    finally:
        odoo.write("asterisk_plus.settings", settings, {"is_lead_of_missed": False})
        odoo.call(LEAD, "unlink", [lead])


def test_missed_call_waits_until_it_was_called_back(
    book: Book, stage: Stage, alice: Desk, window: Window, office: Office
) -> None:
    before = book.last_id()
    stage.phone("101", "never")
    stage.inbound("101", Caller(STRANGER), cancel_s=PATIENT_S).finish()
    missed = book.wait_ended(before)
    stage.clear()
    stage.phone("101", ring_s=0.2)
    stage.trunk(ring_s=0.2, talk_s=1)
    alice.go(f"action={office.admin().xmlid('asterisk_plus.action_call_callback')}")
    window.listen()
    row = alice.page.locator(".o_data_row").filter(has_text=STRANGER)
    row.first.locator("button[name=action_call_back]").click()
    talk = book.wait_ended(missed["id"])
    assert (talk["status"], talk["called_number"]) == ("answered", STRANGER)
    fields = ["callback_state", "callback_call_id"]
    found = book.odoo.call(CALL, "read", [missed["id"]], fields)[0]
    assert (found["callback_state"], found["callback_call_id"][0]) == ("done", talk["id"])
    # The list follows by itself.
    expect(row).to_have_count(0, timeout=SLOW_MS)


def test_a_number_in_a_list_is_called_by_a_click(
    book: Book, stage: Stage, alice: Desk, office: Office, people: Cast
) -> None:
    before = book.last_id()
    stage.phone("101", ring_s=0.2)
    stage.trunk(ring_s=0.2, talk_s=1)
    alice.go(f"action={office.admin().xmlid('contacts.action_contacts')}&view_type=list")
    alice.page.locator(".o_data_row").filter(has_text="Jane").locator(alice.web.any_number).click()
    alice.expect_notice("Pick up your phone")
    call = book.wait_ended(before)
    assert (call["status"], call["model"], call["res_id"]) == (
        "answered",
        "res.partner",
        people.jane,
    )


def test_dial_pad_finds_calls_shows_and_hangs_up(book: Book, stage: Stage, alice: Desk) -> None:
    before = book.last_id()
    stage.phone("101", ring_s=0.2)
    stage.trunk(ring_s=0.2)
    pad = alice.page.locator(".o_asterisk_dial")
    pad.locator("> a").click()
    pad.locator("input").fill("jan")
    expect(pad.locator(".o_asterisk_found_one")).to_contain_text("Jane", timeout=SLOW_MS)
    pad.locator("input").press("ArrowDown")
    pad.locator("input").press("Enter")
    book.wait_call(before, lambda call: bool(call["answered"]), "Jane answers")
    expect(pad.locator(".o_asterisk_dial_flight")).to_contain_text("Jane", timeout=SLOW_MS)
    pad.locator("> a").click()
    pad.locator(".o_asterisk_hangup").click()
    assert book.wait_ended(before)["status"] == "answered"
    expect(pad.locator(".o_asterisk_dial_call")).to_have_count(0, timeout=SLOW_MS)


def test_10_a_number_that_nobody_can_dial_is_one_notice(
    book: Book, stage: Stage, alice: Desk, people: Cast
) -> None:
    devices = "asterisk_plus.user_channel"
    own = [["user_id", "=", people.alice_pbx]]
    device = book.odoo.search_read(devices, own, ["id"], order="id", limit=1)[0]["id"]
    book.odoo.write(devices, device, {"originate_enabled": False})
    try:
        alice.open("res.partner", people.jane)
        alice.page.click(alice.web.number("phone"))
        alice.expect_notice("ring on a click")
        expect(alice.page.locator(".o_notification")).to_have_count(1)
        expect(alice.page.locator(".modal")).to_have_count(0)
    finally:
        book.odoo.write(devices, device, {"originate_enabled": True})


def test_34_the_board_moves_by_itself(
    book: Book, stage: Stage, alice: Desk, window: Window, office: Office
) -> None:
    alice.go(f"action={office.admin().xmlid('asterisk_plus.action_live_call')}")
    alice.page.wait_for_selector(".o_kanban_view")
    window.listen()
    card = alice.page.locator(".o_asterisk_live")
    expect(card).to_have_count(0)
    talking(book, stage)
    for text in ("Jane", "Alice", "Talking"):
        expect(card).to_contain_text(text, timeout=SLOW_MS)
    hang_up, listen = (alice.web.card_button(f"action_{did}") for did in ("hangup", "listen"))
    expect(card.locator(hang_up)).to_be_visible()
    assert card.locator(listen).count() == 0
    alice.web.end_late(alice.page)
    card.locator(hang_up).click()
    expect(card).to_have_count(0, timeout=SLOW_MS)


def test_34_a_list_that_still_loads_takes_what_changes_meanwhile(
    book: Book, stage: Stage, alice: Desk, window: Window, office: Office
) -> None:
    held: list[Route] = []
    hold = lambda route: route.continue_() if held else held.append(route)  # noqa: E731
    alice.page.route("**/*search_read*", hold)
    with alice.page.expect_request("**/*search_read*"):
        alice.go(f"action={office.admin().xmlid('asterisk_plus.action_call')}")
    talking(book, stage)
    # What rings her window came with what told the list.
    expect(window.popup).to_be_visible(timeout=SLOW_MS)
    (request,) = held
    request.continue_()
    expect(alice.page.locator(".o_data_row").first).to_contain_text("Jane", timeout=SLOW_MS)
    alice.page.unroute("**/*search_read*")


@pytest.mark.parametrize(
    ("method", "options"),
    [("action_listen", "q"), ("action_whisper", "qw"), ("action_barge", "qB")],
)
def test_35_a_supervisor_listens_and_makes_no_rows(
    book: Book, stage: Stage, boss: OdooRpc, method: str, options: str
) -> None:
    call = talking(book, stage)
    before = book.odoo.call(CHANNEL, "search_count", [])
    phone = stage.phone("102", ring_s=0.2)
    boss.call(CALL, method, [call["id"]])
    phone.wait_for("INVITE")

    def spies() -> bool:
        found = [one for one in applications(stage) if one.startswith("PJSIP/102 ChanSpy")]
        return len(found) == 1 and found[0].endswith(f",{options}")

    wait_until(spies, f"102 runs ChanSpy with {options}", 60)
    stage.asterisk.cli("channel request hangup all")
    book.wait_ended(int(str(call["id"])) - 1)
    assert [one["id"] for one in book.calls(int(str(call["id"])) - 1)] == [call["id"]]
    assert book.odoo.call(CHANNEL, "search_count", []) == before


def test_35_nobody_else_does(book: Book, stage: Stage, office: Office, people: Cast) -> None:
    call = talking(book, stage)
    bob, alice = (office.rpc(one.login, people.password) for one in (BOB, ALICE))
    for session in (bob, alice):
        for method in ("action_listen", "action_whisper", "action_barge"):
            with pytest.raises(RpcError):
                session.call(CALL, method, [call["id"]])
    for method in ("action_hangup", "action_park"):
        with pytest.raises(RpcError):
            bob.call(CALL, method, [call["id"]])
    assert len(stage.channels()) == 2


def test_a_transfer_to_nowhere_is_told_and_the_call_goes_on(
    book: Book, stage: Stage, alice: Desk, window: Window, office: Office
) -> None:
    call = talking(book, stage)
    alice.open("asterisk_plus.call", int(str(call["id"])))
    window.listen()
    alice.page.get_by_role("button", name="Transfer").click()
    dialog = alice.page.get_by_role("dialog")
    alice.page.locator(f".modal {alice.web.input('exten')}").fill("7")
    dialog.get_by_role("button", name="Transfer").click()
    alice.expect_notice("no such extension")
    expect(alice.page.locator(".o_notification")).to_have_count(1)
    assert len(stage.channels()) == 2


def test_transfer_and_park_from_odoo(
    book: Book, stage: Stage, office: Office, people: Cast
) -> None:
    call = talking(book, stage)
    stage.phone("102", ring_s=0.2)
    alice, bob = (office.rpc(one.login, people.password) for one in (ALICE, BOB))
    wizard = alice.create("asterisk_plus.transfer", {"call_id": call["id"], "exten": "102"})
    alice.call("asterisk_plus.transfer", "action_transfer", [wizard])
    before = int(str(call["id"])) - 1
    book.wait_call(before, lambda one: one["final_user"] == BOB.name, "Bob took over")
    bob.call(CALL, "action_park", [call["id"]])
    stage.wait_event("ParkedCall")
