"""What the whole suite shares: untimed examples, the machine, the table of the truth of calls at
the end of `scripts/test -k call_truth`, and what else a test measured.
"""

import os
import signal
import sys
from typing import Any

import pytest
from hypothesis import settings
from lab.errors import LabError
from lab.provision import provision, require_machine

# No example is timed: how long one takes says more of the machine than of the code. And the same
# ones are played each time: new ones are for scripts/fuzz, not for whoever changed something else.
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=500)
WHY = 1000
settings.load_profile("fuzz" if os.environ.get("FUZZ") else "untimed")


def pytest_configure() -> None:
    """Let a SIGTERM end the tests as Ctrl-C does: with their fixtures, or the labs would stay."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def provisioned() -> None:
    """The lab's chroots are there. Where the lab can't run: skip, and say why; in CI fail."""
    try:
        require_machine()
    except LabError as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(problem))
    provision()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say at once why a test failed: a run of all of them goes on for long."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        crash = getattr(report.longrepr, "reprcrash", None)
        why = crash.message if crash else report.longreprtext
        sys.stderr.write(f"\n{report.nodeid}, {report.when}: {why[:WHY]}\n")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print a line per situation, Asterisk version and source (played now, or recorded): what was
    expected, and what was found. Without `-k call_truth` only what differs.
    """
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    figures = [value for one in reports for name, value in one.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(figures))
    rows = [value for one in reports for name, value in one.user_properties if name == "call_truth"]
    if "call_truth" not in config.option.keyword:
        rows = [row for row in rows if row[3] != "equal"]
    if not rows:
        return
    terminalreporter.section("truth of calls: direction, status, ... ringing/talk/total, each user")
    for situation, version, source, words, found, expected in sorted(
        rows, key=lambda row: (row[0], row[2], row[1])
    ):
        head = f"{situation:34} asterisk {version} {source:8} {words}"
        terminalreporter.write_line(head)
        terminalreporter.write_line("    expected  " + "  +  ".join(expected))
        terminalreporter.write_line("    found     " + "  +  ".join(found))
    equal = sum(row[3] == "equal" for row in rows)
    terminalreporter.write_line(f"{equal} of {len(rows)} equal")
