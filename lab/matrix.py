"""`scripts/matrix`: the addon's own tests, OCA's checks and the scenarios on every Odoo and
Asterisk that this machine has, and a table of what came of them.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from series import build
from series.known import SERIES

from lab import paths
from lab.odoo_source import OdooSource
from lab.provision import is_current
from lab.recipes import RECIPES


def _e2e(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/e2e/test_{name}.py" for name in names)


#: What `scripts/test --odoo` runs. The addon's own tests; how it comes, is upgraded and goes.
ADDON = ("tests/addon", *_e2e("install"))
#: Pages, in Chromium: SCENARIOS 3, 10, 33 to 35, 37, 39, 40; what Odoo shows of bans.
BROWSER = _e2e("browser", "popups", "face", "history", "enrolment", "security_in_odoo", "player")
#: SCENARIOS 1 to 16, 23, 25 and 36.
SCENARIOS = (
    *_e2e("calls", "clicks", "numbers", "dialplan", "recordings", "events_map", "config_files"),
    "tests/e2e/samples",
)
GROUPS = {"addon": ADDON, "browser": BROWSER, "scenarios": SCENARIOS}
OCA = "OCA's checks"
#: Each file on a lab of its own; they mostly wait.
JOBS = 3
#: Every Asterisk that the connector is for; those without a chroot are not to be had here.
ASTERISKS = {16: "bullseye", 18: "", 20: "", 22: "sid"}
PACKAGED = "14.0"
_VERSION = re.compile(r"\[.*?(?:\b|asterisk)(16|22)\b")


@dataclass
class Column:
    """How many tests passed, how long all of them took, and which failed."""

    passed: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)

    def add(self, name: str, problem: str | None, seconds: float) -> None:
        """Count one test, which passed if it had no problem."""
        self.seconds += seconds
        if problem is None:
            self.passed += 1
        else:
            self.failed.append(f"{name}: {problem}")

    def __str__(self) -> str:
        total = self.passed + len(self.failed)
        if not total:
            return "none ran"
        told = f"{len(self.failed)} FAILED of {total}" if self.failed else f"{total}"
        return f"{told} ({self.seconds:.0f} s)"


@dataclass
class Row:
    """What came of one series."""

    series: str
    origin: str
    columns: dict[str, Column] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Tell whether something ran, and nothing failed."""
        columns = self.columns.values()
        return bool(columns) and all(one.passed and not one.failed for one in columns)

    @property
    def failed(self) -> list[str]:
        """Return a line for each test that failed."""
        names = [name for one in self.columns.values() for name in one.failed]
        return [f"Odoo {self.series}: {name}" for name in names]


def trees(named: Sequence[str]) -> dict[str, Path]:
    """Given `17=PATH` words, and variables ODOO_SRC_17, return {series: checkout}."""
    found = {}
    for one in SERIES:
        if path := os.environ.get(f"ODOO_SRC_{one.major}"):
            found[str(one)] = Path(path)
    for word in named:
        major, _, path = word.partition("=")
        found[f"{major.removesuffix('.0')}.0"] = Path(path)
    return found


def run(series: str, tree: Path | None, files: Sequence[str], report: Path) -> list[ET.Element]:
    """Run test files on an Odoo; return the test cases of pytest's report."""
    environment = dict(os.environ)
    environment.pop("ODOO_SRC", None)
    if tree:
        environment["ODOO_SRC"] = str(tree)
    command = [sys.executable, "-m", "pytest", "-v", f"--junitxml={report}"]
    # In their order: the longest come first.
    command += ["-n", str(JOBS), "--dist", "loadfile", "--no-loadscope-reorder", *files]
    sys.stderr.write(f"matrix: Odoo {series}: {' '.join(files)}\n")
    _until_ended(command, environment)
    return list(ET.parse(report).iter("testcase")) if report.is_file() else []  # noqa: S314


def _until_ended(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a command. A SIGTERM to us goes to it as well: it ends its labs, and then we end.

    pytest gives its workers little time for that: `python -m lab clean` ends what they leave.
    """
    ended: list[int] = []
    with subprocess.Popen(
        command, cwd=paths.CHECKOUT, env=environment, stdout=sys.stderr
    ) as process:

        def end(*_: object) -> None:
            ended.append(128 + signal.SIGTERM)
            process.terminate()

        before = signal.signal(signal.SIGTERM, end)
        try:
            process.wait()
        finally:
            signal.signal(signal.SIGTERM, before)
    if ended:
        sys.exit(ended[0])


def row(series: str, tree: Path | None, groups: Sequence[str]) -> Row:
    """Try one series."""
    made = Row(series, f"sources {OdooSource(tree).series}" if tree else "Debian's package")
    started = time.monotonic()
    files = [file for name in groups if name in GROUPS for file in GROUPS[name]]
    if files:
        with tempfile.TemporaryDirectory() as folder:
            cases = run(series, tree, files, Path(folder) / "report.xml")
        made.columns |= count(cases)
        for name in groups:
            if name in GROUPS and not any(one.startswith(name) for one in made.columns):
                made.columns[name] = Column(failed=["nothing ran"])
    if "oca" in groups:
        made.columns[OCA] = oca_checks(series)
    made.seconds = time.monotonic() - started
    return made


def count(cases: Iterable[ET.Element]) -> dict[str, Column]:
    """Given test cases of pytest's report, count them by group and Asterisk. A skipped test is one
    that failed: nothing here may be left out.
    """
    columns: dict[str, Column] = {}
    for case in cases:
        place, name = case.get("classname", ""), case.get("name", "")
        bad = [one for one in case if one.tag in ("failure", "error", "skipped")]
        said = (bad[0].get("message") or bad[0].tag).splitlines()[0] if bad else None
        column = columns.setdefault(_column(place, name), Column())
        column.add(f"{place}::{name}", said, float(case.get("time", 0)))
    return columns


def _column(place: str, name: str) -> str:
    path = place.replace(".", "/")
    (group,) = [
        group
        for group, files in GROUPS.items()
        if any(path.startswith(file.removesuffix(".py")) for file in files)
    ]
    found = _VERSION.search(name)
    return f"{group}, Asterisk {found[1]}" if group == "scenarios" and found else group


def oca_checks(series: str) -> Column:
    """Run OCA's checks on the addons as they are built for a series; what is counted is addons."""
    sys.stderr.write(f"matrix: Odoo {series}: scripts/oca\n")
    command, started = ["scripts/oca", series], time.monotonic()
    run = subprocess.run(command, cwd=paths.CHECKOUT, stdout=sys.stderr, check=False)
    seconds = time.monotonic() - started
    if run.returncode:
        return Column(seconds=seconds, failed=[f"scripts/oca: status {run.returncode}"])
    return Column(passed=len(build.addons()), seconds=seconds)


def table(rows: Sequence[Row], missing: Sequence[str]) -> str:
    """Return the table, what failed, and what could not be tried."""
    names = list(Counter(name for one in rows for name in one.columns))
    head = ["Odoo", "from", *names, "in all"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for one in rows:
        found = [str(one.columns.get(name, "none ran")) for name in names]
        cells = [one.series, one.origin, *found, f"{one.seconds:.0f} s"]
        lines.append("| " + " | ".join(cells) + " |")
    failed = [line for one in rows for line in one.failed]
    return "\n".join([*lines, "", *failed, *(f"Not tried here: {what}." for what in missing)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Try everything; print the table; return 1 when something failed."""
    parser = argparse.ArgumentParser(prog="scripts/matrix", description=__doc__)
    parser.add_argument("trees", nargs="*", help="17=/path/to/an/odoo (also ODOO_SRC_17=…)")
    parser.add_argument("--only", action="append", default=[], help="a series, as 18.0")
    choice = (*GROUPS, "oca")
    parser.add_argument("--group", action="append", choices=choice, help="a part; default: all")
    options = parser.parse_args(arguments)
    there, groups = trees(options.trees), options.group or choice
    had = [one for one, name in ASTERISKS.items() if name and is_current(RECIPES[name])]
    missing = [f"Asterisk {one}" for one in ASTERISKS if one not in had]
    missing += [f"{one} (not asked for)" for one in choice if one not in groups]
    rows = []
    for one in map(str, SERIES):
        if one != PACKAGED and one not in there:
            missing.append(f"Odoo {one} (no source tree: ODOO_SRC_{one.split('.')[0]})")
        elif options.only and one not in options.only:
            missing.append(f"Odoo {one} (not asked for)")
        else:
            rows.append(row(one, there.get(one), groups))
            # Each as soon as it is known: the next one takes long.
            sys.stderr.write(table(rows[-1:], ()) + "\n")
    sys.stdout.write(table(rows, missing) + "\n")
    return 0 if rows and all(one.is_good for one in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
