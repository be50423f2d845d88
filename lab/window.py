"""A person's browser, and what came and went in it: pop-ups of calls, lines of lists."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, TimeoutError, expect

from lab.desk import Desk

SLOW_MS = 60_000
# Notes which pop-ups come and what they say, how many lines a list has, and how many requests wait
# for Odoo's bus; on every page.
WATCH = """
window.came = []; window.lines = []; window.polls = 0; window.pollsFailed = [];
const {open, send} = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (method, url) {
    this.isPoll = String(url).includes("/longpolling/poll");
    return open.apply(this, arguments);
};
XMLHttpRequest.prototype.send = function () {
    if (this.isPoll) {
        window.polls += 1;
        window.pollSince = Date.now();
        this.addEventListener("loadend", () => {
            window.polls -= 1;
            if (this.status !== 200) {
                window.pollsFailed.push({at: Date.now() / 1000, status: this.status});
            }
        });
    }
    return send.apply(this, arguments);
};
const note = () => {
    const at = Date.now() / 1000;
    for (const one of document.querySelectorAll(".o_asterisk_popup")) {
        let there = window.came.find((known) => known.call === one.dataset.call);
        if (!there) {
            there = {call: one.dataset.call, at, said: []};
            window.came.push(there);
        }
        const title = one.querySelector(".o_asterisk_popup_title");
        if (title && !there.said.includes(title.textContent)) {
            there.said.push(title.textContent);
        }
    }
    const count = document.querySelectorAll(".o_list_view .o_data_row").length;
    if (!window.lines.length || window.lines[window.lines.length - 1].count !== count) {
        window.lines.push({count, at});
    }
};
// OWL changes the text that is there, where the old widgets put in new elements.
new MutationObserver(note).observe(document, {childList: true, subtree: true, characterData: true});
"""


@dataclass
class Window:
    """A person's browser, with what it showed since its page was loaded."""

    desk: Desk
    context: BrowserContext

    @property
    def page(self) -> Page:
        return self.desk.page

    @property
    def popup(self) -> Locator:
        return self.page.locator(".o_asterisk_popup")

    def came(self) -> list[dict[str, Any]]:
        """Return the pop-ups since the page was loaded: call, time (Unix seconds), titles."""
        found: list[dict[str, Any]] = self.page.evaluate("window.came")
        return found

    def wait_said(self, *titles: str) -> None:
        """Wait until the only pop-up since the page was loaded has said all of this, in this
        order. Some words stay for a few seconds only: too short for a test that looks late.
        """
        said = "titles => window.came.length == 1 && titles.join() == window.came[0].said"
        told = f"{said}.filter(one => titles.includes(one)).join()"
        self.page.wait_for_function(told, arg=list(titles), timeout=SLOW_MS)

    def ready(self) -> None:
        """Wait until the web client has opened its page."""
        self.page.wait_for_function("window.odoo && odoo.isReady", timeout=SLOW_MS)

    def listen(self) -> None:
        """Wait until the page waits for Odoo's bus. That may take long: it comes back 11 to 30 s
        after a request that failed (bus: longpolling_bus.js), and 15 s after another window that
        listened for both has gone (crosstab_bus.js). What came meanwhile is answered at once: a
        request that waits for a second has nothing old to bring.
        """
        self.ready()
        try:
            self.page.wait_for_function(self.desk.web.listens, timeout=SLOW_MS)
        except TimeoutError as problem:
            failed = self.page.evaluate("window.pollsFailed")
            raise AssertionError(f"the page does not listen; failed polls: {failed}") from problem

    def clear(self) -> None:
        """Close what pop-ups are left of the test before, and forget them; then listen."""
        self.listen()
        crosses = "document.querySelectorAll('.o_asterisk_popup_close')"
        self.page.evaluate(f"{crosses}.forEach(cross => cross.click())")
        expect(self.popup).to_have_count(0, timeout=SLOW_MS)
        self.page.evaluate("window.came = []")

    def lines(self) -> list[dict[str, Any]]:
        """Return how many lines the open list had, and since when."""
        found: list[dict[str, Any]] = self.page.evaluate("window.lines")
        return found
