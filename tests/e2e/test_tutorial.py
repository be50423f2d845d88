"""SCENARIO 40: the tutorial, followed word by word, ends in two green pings and a call in Odoo."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.lab
TOP = Path(__file__).resolve().parents[2]
#: What the page promises to a reader. Here nobody reads, and Asterisk and Odoo are there already.
PROMISED_S = 15 * 60


def test_40_the_tutorial_is_true(record_property: Callable[[str, object], None]) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [TOP / "scripts" / "tutorial"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PROMISED_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    for said in ("test_ping: ", "asterisk_ping: ", "the page is true"):
        assert said in done.stdout
    record_property("figure", f"tutorial_s {round(time.monotonic() - began)}")
