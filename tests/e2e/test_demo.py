"""The README's first command, as a stranger types it."""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.lab
TOP = Path(__file__).resolve().parents[2]


def test_demo_once(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        done = subprocess.run(
            [TOP / "scripts" / "demo", "--once", "--json"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            timeout=600,
            check=False,
        )
    assert done.returncode == 0, (tmp_path / "log").read_text()[-4000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["inbound"]["status"] == "answered"
    assert result["inbound"]["direction"] == "in"
    assert result["inbound"]["partner"].endswith("Jane")
    assert result["inbound"]["answered_by"] == "Alice"
    assert result["click_to_call"]["status"] == "answered"
    assert result["test_ping"] is True
