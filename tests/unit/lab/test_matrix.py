"""The matrix: which Odoo is tried, and how its table tells what came of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from lab.matrix import ADDON, BROWSER, SCENARIOS, Column, Row, count, table, trees
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
    assert not Row("17.0", "x", {"a": Column(passed=2, failed=["c: d"])}).is_good


# As pytest writes it, by xunit2.
REPORT = """<testsuites><testsuite>
<testcase classname="tests.addon.test_addon" name="test_every_test" time="200.4" />
<testcase classname="tests.e2e.test_face" name="test_34[22]" time="8.5">
  <failure message="AssertionError: no card&#10;more">trace</failure></testcase>
<testcase classname="tests.e2e.test_calls" name="test_01[asterisk16]" time="2" />
<testcase classname="tests.e2e.test_calls" name="test_01[asterisk22-busy]" time="2" />
<testcase classname="tests.e2e.samples.test_samples" name="test_sample[22-101]" time="1">
  <skipped message="no Asterisk" /></testcase>
<testcase classname="tests.e2e.samples.test_samples" name="test_files" time="1" />
</testsuite></testsuites>"""


def test_what_ran_is_counted_by_group_and_asterisk() -> None:
    found = count(ET.fromstring(REPORT).iter("testcase"))  # noqa: S314
    assert {name: (one.passed, len(one.failed)) for name, one in found.items()} == {
        "addon": (1, 0),
        "browser": (0, 1),
        "scenarios, Asterisk 16": (1, 0),
        "scenarios, Asterisk 22": (1, 1),
        "scenarios": (1, 0),
    }
    assert found["browser"].failed == ["tests.e2e.test_face::test_34[22]: AssertionError: no card"]
    assert found["scenarios, Asterisk 22"].seconds == 3


def test_the_table_tells_failures_and_what_was_missing() -> None:
    rows = [
        Row("14.0", "package", {"a": Column(passed=2, seconds=1.4)}, seconds=9),
        Row("18.0", "sources", {"a": Column(1, 2.6, ["c: d"]), "b": Column(passed=3)}, 10),
    ]
    said = table(rows, ["Asterisk 18"])
    assert said.splitlines()[2:] == [
        "| 14.0 | package | 2 (1 s) | none ran | 9 s |",
        "| 18.0 | sources | 1 FAILED of 2 (3 s) | 3 (0 s) | 10 s |",
        "",
        "Odoo 18.0: c: d",
        "Not tried here: Asterisk 18.",
    ]


# Of its own, for the signal would end the tests.
MATRIX = """
import os, sys
from lab import matrix
matrix._until_ended([sys.executable, "-c", {tests!r}], os.environ)
"""
TESTS = """
import signal, sys, time
def end(*_):
    print("the labs ended", file=sys.stderr, flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("the labs are up", file=sys.stderr, flush=True)
while True:
    time.sleep(60)
"""


def test_a_signal_ends_the_tests_with_their_labs() -> None:
    command = [sys.executable, "-c", MATRIX.format(tests=TESTS)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr
        try:
            assert process.stderr.readline() == "the labs are up\n"
            process.terminate()
            assert process.stderr.read() == "the labs ended\n"
            assert process.wait(30) == 128 + signal.SIGTERM
        finally:
            process.kill()
