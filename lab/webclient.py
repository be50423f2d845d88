"""Where things are on Odoo's pages, and how a browser hears the bus, by series: 14.0 and 15.0 have
Odoo's old widgets, later ones OWL.
"""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page

# 14.0 and 15.0: a request that waits for a second has nothing old to bring.
_POLLS = "window.polls > 0 && Date.now() - window.pollSince > 1000"
# Later ones: the websocket lies in a worker, out of sight; what came before it was open comes then.
_READY = "window.odoo && odoo.isReady"

# A board that is told of a change meanwhile loads that: the reload before it ends as undefined.
_LATE = """async () => {
    const card = $(".o_asterisk_live").closest(".o_kanban_record").data("record");
    const board = card.getParent().getParent();
    const overtaken = (reason) => reason === undefined || Promise.reject(reason);
    while ((await board.reload().catch(overtaken)) === true);
    await board._reloadAfterButtonClick(card, {record: card.state});
}"""


@dataclass(frozen=True)
class WebClient:
    """The web client of a series, as "17.0"."""

    series: str

    @property
    def is_owl(self) -> bool:
        """Tell whether its widgets are OWL components."""
        return float(self.series) >= 16

    @property
    def listens(self) -> str:
        """Return a JavaScript expression: the page hears the bus."""
        return _READY if self.is_owl else _POLLS

    def input(self, name: str) -> str:
        """Return the selector of a field's input in an open form."""
        return f"[name={name}] input" if self.is_owl else f"input[name={name}]"

    def choose(self, page: Page, name: str, words: str) -> None:
        """Choose from a field's list of choices in an open form."""
        if float(self.series) >= 19:
            page.click(f"[name={name}] input")
            page.locator(".o_select_menu_item").filter(has_text=words).click()
        else:
            field = f"[name={name}] select" if self.is_owl else f"select[name={name}]"
            page.locator(field).select_option(label=words)

    def card_button(self, name: str) -> str:
        """Return the selector of a button of a kanban card."""
        return f"button[name={name}]" if self.is_owl else f"button[data-name={name}]"

    @property
    def state(self) -> str:
        """Return the selector of the state in a form's status bar that its record is in."""
        current = ".o_arrow_button_current" if self.is_owl else ".btn-primary"
        return f".o_statusbar_status {current}"

    def number(self, name: str) -> str:
        """Return the selector of a telephone number in a form, by whose click it is called."""
        if self.is_owl:
            return f"[name={name}] a[href^='tel:']"
        return f"a.o_asterisk_call[name={name}], [name={name}] a.o_asterisk_call"

    @property
    def any_number(self) -> str:
        """Return the selector of whatever telephone number is called by a click."""
        return "a[href^='tel:']" if self.is_owl else "a.o_asterisk_call"

    @property
    def plan_activity(self) -> str:
        """Return the selector of the button by which an activity of a form's record is planned."""
        return ".o-mail-Chatter-activity, .o_ChatterTopbar_buttonScheduleActivity"

    @property
    def schedule(self) -> str:
        """Return the words on the button by which the planned activity is kept."""
        return "Save" if float(self.series) >= 19 else "Schedule"

    def press(self, button: Locator) -> None:
        """Press a kanban card's button by its key. Odoo 14 keeps Enter for the card
        (kanban_record.js: _onKeyDownOpenFirstLink), 19 Space as well (kanban_renderer.js).
        """
        if float(self.series) >= 19:
            button.click()
        else:
            button.press("Space")

    def end_late(self, page: Page) -> None:
        """Let a button of the board's card end when the board was drawn anew since the click. OWL's
        buttons ask the model of their board, which is always the one that is there.
        """
        if not self.is_owl:
            page.evaluate(_LATE)

    def search(self, page: Page, words: str, entry: str) -> None:
        """Search by one of the entries that open below the words."""
        page.fill(".o_searchview_input", words)
        entries = page.locator(".o_searchview_autocomplete :is(li, .o-dropdown-item)")
        entries.filter(has_text=entry).first.click()

    def choose_filter(self, page: Page, name: str) -> None:
        """Choose one of a page's filters, by its words."""
        if float(self.series) >= 17:
            page.click(".o_searchview_dropdown_toggler")
        else:
            page.get_by_role("button", name="Filters").click()
        page.get_by_role("menuitemcheckbox", name=name, exact=True).click()
        page.keyboard.press("Escape")

    def open_preferences(self, page: Page) -> None:
        """Open the user's own preferences."""
        page.click(".o_user_menu button" if float(self.series) >= 15 else ".o_user_menu > a")
        menu = "[data-menu=preferences]" if float(self.series) >= 19 else "[data-menu=settings]"
        page.click(menu if self.is_owl else f".o_user_menu {menu}")

    def overhear(self, context: BrowserContext, url: str, channels: list[Any]) -> dict[str, Any]:
        """Ask the bus as somebody's browser does; return the answer of JSON-RPC, whose result is
        a list of messages, each a dict with its kind as `type`.
        """
        if self.is_owl:
            path, more = "/websocket/peek_notifications", {"is_first_poll": True}
        else:
            path, more = "/longpolling/poll", {"options": {"peek": True}}
        params = {"channels": channels, "last": 0} | more
        body = {"jsonrpc": "2.0", "id": 1, "params": params}
        answer: dict[str, Any] = context.request.post(url + path, data=body).json()
        if "error" in answer:
            return answer
        told = answer["result"]["notifications"] if self.is_owl else answer["result"]
        found = told["notifications"] if isinstance(told, dict) else told
        return {"result": [flat(one["message"]) for one in found]}


def flat(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message of the bus in the form of 14.0; since 15.0 the content is its `payload`."""
    payload = message.get("payload")
    return payload | {"type": message["type"]} if isinstance(payload, dict) else message
