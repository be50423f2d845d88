"""docker-compose.yml is really run, with images by their own Dockerfiles: `scripts/containers`."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.lab
TOP = Path(__file__).resolve().parents[2]
#: What this run tells at the end of the tests. It shares the machine with others.
FIGURES = ("image_mb", "image_above_its_base_mb", "build_s", "up_s", "agent_ready_s")


def test_beside_an_asterisk_and_an_odoo(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with (tmp_path / "log").open("w") as log:
        done = subprocess.run(
            [TOP / "scripts" / "containers", "--only", "beside", "--json"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            timeout=1200,
            check=False,
        )
    # It says by itself why a machine can't run containers, and what to do.
    assert done.returncode == 0, (tmp_path / "log").read_text()[-6000:]
    result = json.loads(done.stdout.splitlines()[-1])
    for name in FIGURES:
        record_property("figure", f"{name} {result[name]}")
    assert (result["test_ping"], result["asterisk_ping"], result["check"]) == (True, True, True)
    call = result["inbound"]
    assert (call["direction"], call["status"]) == ("in", "answered")
    assert call["partner"].endswith("Jane")
    assert result["strangers"]["no token"] == 401
    assert result["image_above_its_base_mb"] < 160
