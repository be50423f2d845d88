"""The bench `pages`: a page is what was asked for it; the calls that are made are whole."""

import re

from bench import history
from bench.pages import ADMINS, SHOWN, VIEWS, Page


class Session:
    def __init__(self):
        self.asked = []

    def post(self, path, params):
        self.asked.append((path, params))


def test_a_page_is_opened_by_what_it_asked_in_this_order():
    session = Session()
    asked = [("/web/dataset/search_read", {"limit": 80}), ("/web/dataset/call_kw", {})]
    page = Page(session, asked)
    page.open()
    page.open()
    assert session.asked == page.asked * 2


def test_every_form_of_a_page_can_be_recognised():
    kinds = {kind for kinds in {**VIEWS, **ADMINS}.values() for kind in kinds}
    assert kinds <= SHOWN.keys()


def test_as_many_values_are_made_as_columns_are_named():
    """At the outermost level of the select, whose commas within brackets and quotes are others'."""
    for statement in (history._CALLS, *history._PARTS.split(";")[1:]):
        columns = re.search(r"insert into \w+ \(([^)]*)\)", statement)[1].split(",")
        chosen = statement.partition("select ")[2]
        depth, quoted, commas = 0, False, 0
        for character in chosen[: _end(chosen)]:
            quoted ^= character == "'"
            depth += (character in "([") - (character in ")]") if not quoted else 0
            commas += character == "," and depth == 0 and not quoted
        assert commas + 1 == len(columns), statement[:80]


def _end(chosen):
    """Return where the outermost select's own list ends."""
    depth = 0
    for place, character in enumerate(chosen):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and chosen[place : place + 5] in ("\nfrom", " from"):
            return place
    return len(chosen)
