"""The matrix: which Odoo is tried, and how its table tells what came of it."""

from pathlib import Path

import pytest
from lab.matrix import ADDON, BROWSER, SCENARIOS, Column, Row, table, trees
from lab.paths import CHECKOUT


def test_what_it_runs_is_there() -> None:
    for name in (*ADDON, *BROWSER, *SCENARIOS):
        assert (CHECKOUT / name).exists()


def test_trees_are_named_by_words_or_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODOO_SRC_17", "/a")
    monkeypatch.setenv("ODOO_SRC_18", "/b")
    found = trees(["18=/c", "16.0=/d"])
    assert found == {"17.0": Path("/a"), "18.0": Path("/c"), "16.0": Path("/d")}


def test_a_row_is_good_when_something_ran_and_nothing_failed() -> None:
    assert not Row("17.0", "x").is_good
    assert Row("17.0", "x", {"a": Column(passed=2)}).is_good
    assert not Row("17.0", "x", {"a": Column(passed=2), "b": Column()}).is_good
    assert not Row("17.0", "x", {"a": Column(passed=2, failed=1)}).is_good


def test_the_table_tells_failures_and_what_was_missing() -> None:
    rows = [
        Row("14.0", "package", {"a": Column(passed=2)}),
        Row("18.0", "sources", {"a": Column(passed=1, failed=1), "b": Column(passed=3)}),
    ]
    said = table(rows, ["Asterisk 18"])
    assert said.splitlines()[2:] == [
        "| 14.0 | package | 2 | none ran |",
        "| 18.0 | sources | 1 FAILED of 2 | 3 |",
        "",
        "Not tried here: Asterisk 18.",
    ]
