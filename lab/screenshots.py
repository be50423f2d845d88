"""`python3 -m lab screenshots`: the pictures of the docs, from a running lab with real calls. With
ODOO_SRC the same pages of that Odoo, into build/screenshots-SERIES/.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from lab import melody, paths
from lab.ami import AmiSession
from lab.book import Book
from lab.cast import ALICE
from lab.chaos.recordings import RECORDING
from lab.desk import Desk, chromium
from lab.odoo_source import OdooSource
from lab.office import ADMIN, Office, config_settings, recording_settings
from lab.process import wait_until
from lab.progress import say, working
from lab.sip_scenario import Caller, During
from lab.stack import Lab
from lab.stage import Stage

SIZE = {"width": 1080, "height": 620}
WIDE = {"width": 1280, "height": 620}
DIALPLAN = "extensions.conf"
#: Nothing loads, and the menu has found its room (14.0 folds it late).
SETTLED = """() => {
    const loading = [...document.querySelectorAll(".o_loading, .o_loading_indicator")];
    const bottom = (one) => document.querySelector(one).getBoundingClientRect().bottom;
    return !loading.some((one) => one.getClientRects().length)
        && bottom(".o_menu_systray") <= bottom(".o_main_navbar") + 1;
}"""
STRANGER = Caller("+32499887766")
#: Picture: the action that is opened, and what must be there.
PAGES = {
    "live-calls": ("action_live_call", ".o_asterisk_live"),
    "calls": ("action_call", ".o_data_row"),
    "call-back": ("action_call_callback", ".o_data_row"),
    "dashboard": ("action_dashboard", ".o_asterisk_figures"),
    "recordings": ("action_recording", ".o_data_row audio"),
    "call-analysis": ("action_call_report", ".o_graph_renderer canvas"),
}


class Pictures:
    """Takes the pictures, of an office in which somebody is on the phone."""

    def __init__(self, office: Office, people_password: str, browser: Browser) -> None:
        self._office, self._browser = office, browser
        self._to = folder(office.odoo.source)
        self._passwords = {ADMIN: office.admin_password, ALICE.login: people_password}

    def pages(self) -> None:
        """Take the pages that are opened by a menu."""
        with self._desk(ADMIN) as desk:
            for name, (action, there) in PAGES.items():
                desk.go(f"action={self._office.admin().xmlid(f'asterisk_plus.{action}')}")
                desk.page.wait_for_selector(there)
                self._take(desk, name)

    def records(self, partner: int, call: int, server: int) -> None:
        """Take forms, and what opens in front of them."""
        with self._desk(ADMIN) as desk:
            desk.open("asterisk_plus.call", call)
            self._take(desk, "call")
            (recording,) = self._office.admin().search_read(RECORDING, [], ["filename"], limit=1)
            desk.open(RECORDING, recording["id"])
            desk.page.wait_for_selector("audio")
            self._take(desk, "recording")
            desk.open("asterisk_plus.server", server)
            desk.page.click("button[name=action_health]")
            desk.page.wait_for_selector(".modal .o_data_row")
            self._take(desk, "health")
            desk.open("asterisk_plus.server", server)
            desk.page.click("button[name=action_find_phones]")
            desk.page.wait_for_selector(".modal .o_data_row")
            self._take(desk, "find-phones")
        with self._desk(ALICE.login) as desk:
            desk.open("res.partner", partner)
            desk.page.click(".o_asterisk_dial > a")
            desk.page.fill(".o_asterisk_dial input", "ja")
            desk.page.wait_for_selector(".o_asterisk_found_one")
            self._take(desk, "dial-pad")

    def set_up(self) -> None:
        """Take the assistant's page of the code, for a server that has no agent yet."""
        admin = self._office.admin()
        server = admin.create("asterisk_plus.server", {"name": "Brussels"})
        with self._desk(ADMIN) as desk:
            desk.open("asterisk_plus.server", server)
            desk.page.click("button[name=action_setup]")
            desk.page.fill(f".modal {desk.web.input('agent_url')}", "https://192.0.2.1/rpc/")
            desk.page.click("button[name=action_to_agent]")
            desk.page.wait_for_selector(".modal [name=code]")
            self._take(desk, "set-up")
        admin.write("asterisk_plus.server", server, {"active": False})

    def config_files(self) -> None:
        """Take the list of configuration files, and one's form, at what was changed in it."""
        with self._desk(ADMIN) as desk:
            desk.page.set_viewport_size(WIDE)
            desk.go(f"action={self._office.admin().xmlid('asterisk_plus.action_conf')}")
            desk.page.wait_for_selector(".o_data_row")
            self._take(desk, "config-files")
            desk.page.click(f".o_data_row:has(.o_data_cell:text-is('{DIALPLAN}'))")
            desk.page.click(".o_notebook .nav-link:text('Difference')")
            self._take(desk, "config-file")

    @contextmanager
    def _desk(self, login: str) -> Iterator[Desk]:
        with self._browser.new_context(viewport=SIZE) as context:  # type: ignore[arg-type]
            yield Desk(self._office, context.new_page(), login, self._passwords[login])

    def _take(self, desk: Desk, name: str) -> None:
        file: Path = self._to / f"{name}.png"
        desk.page.wait_for_function(SETTLED)
        desk.page.screenshot(path=file, animations="disabled")
        say(f"{file.relative_to(paths.CHECKOUT)}: {file.stat().st_size // 1024} kB")


def folder(source: OdooSource | None) -> Path:
    """Return the folder of the pictures; there it is."""
    place = f"build/screenshots-{source.series}" if source else "docs/images"
    made: Path = paths.CHECKOUT / place
    made.mkdir(parents=True, exist_ok=True)
    return made


def screenshots(version: int) -> int:
    """Make the pictures; return 0."""
    with Lab() as lab, chromium() as browser:
        office = Office(lab)
        office.start()
        people = office.people()
        asterisk = office.asterisk(version)
        office.agent(asterisk, {**config_settings(asterisk), **recording_settings(asterisk)})
        with AmiSession.ear(asterisk) as ami, working("some calls"):
            stage, book = Stage(lab, asterisk, ami), Book(office.admin())
            call = _history(stage, book)
            _edit_dialplan(office, people.server)
            pictures = Pictures(office, people.password, browser)
            pictures.pages()
            pictures.records(people.jane, call, people.server)
            pictures.config_files()
            pictures.set_up()
            stage.asterisk.cli("channel request hangup all")
            stage.clear()
    return 0


def _history(stage: Stage, book: Book) -> int:
    """Let a few calls happen, the last of which goes on; return its id."""
    tune = stage.asterisk.folder.parent / "melody.alaw"
    melody.write_alaw(tune)
    music = [During(play=str(tune)), During(after_s=melody.SECONDS)]
    for caller, cancel_s in ((STRANGER, 1.0), (Caller("+32470000003"), None)):
        before = book.last_id()
        stage.phone("101", "never" if cancel_s else "ok", ring_s=0.5)
        during = [] if cancel_s else music
        stage.inbound("101", caller, cancel_s=cancel_s, talk_s=2, during=during).finish()
        book.wait_ended(before)
        stage.clear()
    wait_until(
        lambda: book.odoo.search_read(RECORDING, [], ["filename"]), "a recording in Odoo", 60
    )
    before = book.last_id()
    stage.phone("101", ring_s=0.5)
    stage.inbound("101", talk_s=600)
    return int(book.wait_call(before, lambda call: bool(call["answered"]), "Alice talks")["id"])


def _edit_dialplan(office: Office, server: int) -> None:
    """Fetch Asterisk's files, and change the dialplan in Odoo."""
    odoo, conf = office.admin(), "asterisk_plus.conf"
    odoo.call("asterisk_plus.server", "action_fetch_configs", [server])
    found = odoo.search_read(conf, [["name", "=", DIALPLAN]], ["content"])[0]
    content = found["content"].replace("Dial(PJSIP/101,3,tT)", "Dial(PJSIP/101,10,tT)")
    odoo.write(conf, found["id"], {"content": content})
