"""The systemd unit and its drop-ins say what the code and the how-to say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from asterisk_agent.core.errors import EXIT_CODES

TOP = Path(__file__).resolve().parents[2]
FOLDER = TOP / "deploy" / "systemd"
UNIT = FOLDER / "asterisk-agent.service"
DROPINS = sorted(FOLDER.glob("*.conf"))


def analyze(*words: str, **environ: str) -> str:
    """Run systemd-analyze; return all that it says."""
    if (program := shutil.which("systemd-analyze")) is None:
        if os.environ.get("CI"):
            pytest.fail("no systemd-analyze here: apt-get install systemd")
        pytest.skip("no systemd-analyze here: install systemd")
    done = subprocess.run(
        [program, *words], env=os.environ | environ, capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("dropin", DROPINS, ids=lambda path: path.stem)
def test_systemd_takes_the_unit_with_each_drop_in(dropin: Path, tmp_path: Path) -> None:
    shutil.copy(UNIT, tmp_path)
    folder = tmp_path / f"{UNIT.name}.d"
    folder.mkdir()
    shutil.copy(dropin, folder)
    unit = str(tmp_path / UNIT.name)
    said = analyze("verify", "--man=no", unit, SYSTEMD_UNIT_PATH=f"{tmp_path}:").splitlines()
    # Other units are not ours, and the agent itself need not be here.
    ours = [line for line in said if "asterisk-agent" in line]
    assert [line for line in ours if "asterisk-agent is not executable" not in line] == []


def test_the_unit_restarts_for_no_mistake_that_a_restart_does_not_heal() -> None:
    text = UNIT.read_text()
    match = re.search(r"^RestartPreventExitStatus=(.+)$", text, re.MULTILINE)
    assert match is not None
    statuses = {int(word) for word in match[1].split()}
    mistakes = [
        "config.invalid",
        "rpc.port_taken",
        "ami.auth",
        "odoo.auth",
        "odoo.database",
        "odoo.redirect",
        "odoo.access",
        "odoo.addon_missing",
        "broker.auth",
    ]
    assert statuses == {EXIT_CODES[code] for code in mistakes}
    waited_for = ["ami.unreachable", "odoo.unreachable", "broker.unreachable"]
    assert not statuses & {EXIT_CODES[code] for code in waited_for}


def test_the_unit_is_as_closed_as_the_how_to_says() -> None:
    said = analyze("security", "--offline=true", "--no-pager", str(UNIT))
    match = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert match is not None, said
    told = re.search(r"exposure of ([\d.]+) of 10", (TOP / "docs/how-to/install.md").read_text())
    assert told is not None
    # A later systemd knows more questions: near is true enough.
    assert float(match[1]) <= float(told[1]) + 0.3
