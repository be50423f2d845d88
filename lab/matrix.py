"""`scripts/matrix`: the addon's own tests, OCA's checks and the scenarios on every Odoo and
Asterisk that this machine has, and a table of what came of them.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
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


#: What `scripts/test --odoo` runs: the addon's own tests, how it comes, is upgraded and goes; pages
#: and clicks; SCENARIOS 1 to 16, and 25.
ADDON = ("tests/addon", *_e2e("install"))
BROWSER = _e2e("browser", "popups", "face", "player")
SCENARIOS = _e2e("calls", "clicks", "numbers", "dialplan", "samples", "recordings")
#: Every Asterisk that the connector is for; those without a chroot are not to be had here.
ASTERISKS = {16: "bullseye", 18: "", 20: "", 22: "sid"}
PACKAGED = "14.0"
_VERSION = re.compile(r"\[.*?\b(16|22)\b")


@dataclass
class Column:
    """How many tests passed and failed."""

    passed: int = 0
    failed: int = 0

    def add(self, is_good: bool) -> None:
        """Count one test."""
        self.passed += is_good
        self.failed += not is_good

    def __str__(self) -> str:
        if not self.passed + self.failed:
            return "none ran"
        return (
            f"{self.failed} FAILED of {self.passed + self.failed}"
            if self.failed
            else f"{self.passed}"
        )


@dataclass
class Row:
    """What came of one series."""

    series: str
    origin: str
    columns: dict[str, Column] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Tell whether something ran, and nothing failed."""
        columns = self.columns.values()
        return bool(columns) and all(one.passed and not one.failed for one in columns)


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
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *files]
    sys.stderr.write(f"matrix: Odoo {series}: {' '.join(files)}\n")
    subprocess.run(command, cwd=paths.CHECKOUT, env=environment, stdout=sys.stderr, check=False)
    return list(ET.parse(report).iter("testcase")) if report.is_file() else []  # noqa: S314


def row(series: str, tree: Path | None, asterisks: Sequence[int]) -> Row:
    """Try one series."""
    origin = f"sources {OdooSource(tree).series}" if tree else "Debian's package"
    made = Row(series, origin)
    groups = {"the addon's tests": ADDON, "browser": BROWSER, "scenarios": SCENARIOS}
    with tempfile.TemporaryDirectory() as folder:
        for name, files in groups.items():
            cases = run(series, tree, files, Path(folder) / f"{name}.xml")
            for case in cases:
                column = _column(name, case.get("name", ""), asterisks)
                bad = [one for one in case if one.tag in ("failure", "error", "skipped")]
                made.columns.setdefault(column, Column()).add(not bad)
            if not cases:
                made.columns[name] = Column(failed=1)
    made.columns["OCA's checks"] = oca_checks(series)
    return made


def oca_checks(series: str) -> Column:
    """Run OCA's checks on the addons as they are built for a series; what is counted is addons."""
    sys.stderr.write(f"matrix: Odoo {series}: scripts/oca\n")
    command = ["scripts/oca", series]
    run = subprocess.run(command, cwd=paths.CHECKOUT, stdout=sys.stderr, check=False)
    count = len(build.addons())
    return Column(failed=count) if run.returncode else Column(passed=count)


def _column(group: str, name: str, asterisks: Sequence[int]) -> str:
    found = _VERSION.search(name)
    if group == "scenarios" and found and int(found[1]) in asterisks:
        return f"scenarios, Asterisk {found[1]}"
    return group


def table(rows: Sequence[Row], missing: Sequence[str]) -> str:
    """Return the table, and what could not be tried."""
    names = list(Counter(name for one in rows for name in one.columns))
    lines = ["| Odoo | from | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for one in rows:
        cells = [str(one.columns.get(name, "none ran")) for name in names]
        lines.append(f"| {one.series} | {one.origin} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *(f"Not tried here: {what}." for what in missing)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Try everything; print the table; return 1 when something failed."""
    parser = argparse.ArgumentParser(prog="scripts/matrix", description=__doc__)
    parser.add_argument("trees", nargs="*", help="17=/path/to/an/odoo (also ODOO_SRC_17=…)")
    parser.add_argument("--only", action="append", default=[], help="a series, as 18.0")
    options = parser.parse_args(arguments)
    there = trees(options.trees)
    asterisks = [one for one, name in ASTERISKS.items() if name and is_current(RECIPES[name])]
    missing = [f"Asterisk {one}" for one in ASTERISKS if one not in asterisks]
    rows = []
    for one in map(str, SERIES):
        if one != PACKAGED and one not in there:
            missing.append(f"Odoo {one} (no source tree: ODOO_SRC_{one.split('.')[0]})")
        elif options.only and one not in options.only:
            missing.append(f"Odoo {one} (not asked for)")
        else:
            rows.append(row(one, there.get(one), asterisks))
    sys.stdout.write(table(rows, missing) + "\n")
    return 0 if rows and all(one.is_good for one in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
