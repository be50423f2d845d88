"""Odoo's own test run of the addon, on a real Odoo and PostgreSQL: it must pass, count its tests,
and keep the log clean.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
# Not all in one database: Sale brings accounting along, and then a contact's form wants accounts.
RUNS = (
    "asterisk_plus,asterisk_plus_crm",
    "asterisk_plus_sale,asterisk_plus_project,asterisk_plus_hr",
)
# Longer than the lab lets Odoo take: what is killed from here would leave its Odoo behind.
TIMEOUT_S = 3600
# The logger's name: `runner` in 14.0, `result` in later ones.
COUNT = re.compile(r"odoo\.tests\.\w+: (\d+) failed, (\d+) error\(s\) of (\d+) tests")
# <date> <time> <process> <level> <database> <logger>: ... of Odoo, and so of the addon in it.
BAD = re.compile(r"^[\d-]{10} [\d:,]{12} \d+ (WARNING|ERROR|CRITICAL) \S+ odoo\..*$", re.MULTILINE)
TAIL = 6000
# A failure: its line, and the lines of its traceback (which begin with no date).
FAILURE = re.compile(r"^.*: (?:FAIL|ERROR): .*(?:\n(?!\d{4}-).*)*", re.MULTILINE)


@pytest.fixture(scope="module")
def log() -> str:
    """Run the suites, side by side; return Odoo's logs."""
    with ThreadPoolExecutor() as pool:
        return "\n".join(pool.map(odoo_test, RUNS))


def odoo_test(modules: str) -> str:
    command = [sys.executable, "-m", "lab", "odoo-test", "--modules", modules]
    run = subprocess.run(command, cwd=CHECKOUT, capture_output=True, timeout=TIMEOUT_S, check=False)
    text = run.stdout.decode("utf-8", "replace")
    if run.returncode:
        failures = "\n".join(FAILURE.findall(text))[-TAIL:]
        ends = f"{text[-TAIL:]}\n{run.stderr.decode()[-TAIL:]}"
        pytest.fail(f"status {run.returncode}:\n{ends}\n{failures}")
    return text


@pytest.mark.lab
def test_every_test_of_the_addon_passes(
    log: str, record_property: Callable[[str, object], None]
) -> None:
    counts = [tuple(map(int, found.groups())) for found in COUNT.finditer(log)]
    assert len(counts) >= len(RUNS), log[-TAIL:]
    failed, errors, total = (sum(column) for column in zip(*counts, strict=True))
    assert (failed, errors) == (0, 0), log[-TAIL:]
    assert total > 0
    record_property("figure", f"tests of the addons, as Odoo counts them: {total}")


@pytest.mark.lab
@pytest.mark.parametrize("module", [module for run in RUNS for module in run.split(",")])
def test_each_module_has_tests_that_ran(log: str, module: str) -> None:
    assert re.search(rf"odoo\.addons\.{module}\.tests\.\S+: Starting ", log)


@pytest.mark.lab
def test_the_log_has_neither_warnings_nor_errors(log: str) -> None:
    lines = [found.group() for found in BAD.finditer(log)]
    assert not lines, "\n".join(lines)


@pytest.mark.lab
def test_the_contract_and_the_recordings_were_there(log: str) -> None:
    """A test of the addon that misses them skips itself, for the addon also stands alone."""
    assert "TestContract.test_each_call" in log
    assert " skipped" not in log.lower(), [line for line in log.splitlines() if "skip" in line]
