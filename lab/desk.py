"""A real Chromium, and people's windows in it: what the tests click and see."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from lab.office import Office
from lab.provision import provision
from lab.recipes import BROWSER_TOOLS, HOST_TOOLS
from lab.webclient import WebClient

# No sandbox: the tests run as root. The others keep Chromium from looking for hosts of its own.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET = ["--disable-background-networking", "--disable-component-update"]

LOAD_MS = 120_000
# A busy machine's page is late.
expect.set_options(timeout=60_000)

# OWL wraps what went wrong: tell it as well.
CAUSES = """
for (const kind of ["unhandledrejection", "error"]) {
    window.addEventListener(kind, ({reason, error}) => {
        const cause = ((reason || error) || {}).cause;
        if (cause) {
            console.error("cause: " + (cause.stack || cause));
        }
    });
}
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium."""
    provision((), HOST_TOOLS | BROWSER_TOOLS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*FLAGS, *QUIET]
        )
        yield running
        running.close()


class Desk:
    """One person's browser window, logged in."""

    def __init__(self, office: Office, page: Page, login: str, password: str) -> None:
        self.office, self.page = office, page
        self.web = WebClient(office.odoo.version)
        self.errors: list[str] = []
        page.add_init_script(CAUSES)
        # The first page of a database waits for all of its scripts and styles to be made.
        page.set_default_navigation_timeout(LOAD_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        # Not by the login page: what it still loads when the form is sent carries the old session,
        # and Odoo 14 may then keep that one.
        answer = page.context.request.post(
            f"{office.nginx.url}/web/session/authenticate",
            data={"params": {"db": office.database, "login": login, "password": password}},
        )
        assert answer.json()["result"]["uid"]  # noqa: S101 - a helper of tests
        page.goto(f"{office.nginx.url}/web")
        page.wait_for_selector(".o_main_navbar")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, model: str, record: int) -> None:
        """Open a record's form."""
        self.go(f"id={record}&model={model}&view_type=form")
        self.page.wait_for_selector(".o_form_view")

    def go(self, state: str) -> None:
        """Load the web client anew at a place. (A page that is still loading its own place would
        go back there.)
        """
        self.page.goto("about:blank")
        self.page.goto(f"{self.office.nginx.url}/web#{state}")

    def expect_notice(self, text: str) -> None:
        """Wait until a notification says so. Odoo 14's bus may be away for half a minute, after a
        poll that failed (longpolling_bus.js).
        """
        expect(self.page.locator(".o_notification").filter(has_text=text)).to_be_visible(
            timeout=60_000
        )
