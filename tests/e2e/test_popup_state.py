"""The plain scripts of pop-ups and dial pad in a browser: their own tests, each one here."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

STATIC = Path(__file__).parents[2] / "addons/asterisk_plus/static"
LIBRARY = [STATIC / "src/js/lib" / name for name in ("call_popups.js", "popup_words.js", "dial.js")]
HARNESS = STATIC / "tests/harness.js"
TESTS = [
    STATIC / "tests" / name
    for name in ("call_popups_tests.js", "popup_words_tests.js", "dial_tests.js")
]
TEXT = "".join(script.read_text(encoding="utf-8") for script in TESTS)
NAMES = re.findall(r'^    test\("([^"]+)"', TEXT, re.M)

# Of the lab they need no more than its browser.
pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with the library and its tests."""
    with browser.new_context() as context:
        page = context.new_page()
        for script in [*LIBRARY, HARNESS, *TESTS]:
            page.add_script_tag(path=script)
        yield page


def test_every_test_is_found(page: Page) -> None:
    assert page.evaluate("Object.keys(AsteriskPlusTests.tests)") == NAMES
    assert len(NAMES) > 30


@pytest.mark.parametrize("name", NAMES)
def test_popup_state(page: Page, name: str) -> None:
    page.evaluate("name => AsteriskPlusTests.tests[name]()", name)


def test_it_adds_one_name_to_the_page(browser: Browser) -> None:
    names = "new Set(Object.getOwnPropertyNames(window))"
    with browser.new_context() as context:
        page = context.new_page()
        page.evaluate(f"window.before = {names}; before.add('before')")
        for script in LIBRARY:
            page.add_script_tag(path=script)
        assert page.evaluate(f"[...{names}].filter(name => !before.has(name))") == ["AsteriskPlus"]
