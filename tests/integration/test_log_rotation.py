"""deploy/logrotate, by logrotate itself: a log that is being written is rotated, and goes on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lab.unpacked import logrotate

pytestmark = pytest.mark.lab
TOP = Path(__file__).resolve().parents[2]
NAME = "/var/log/asterisk-agent.log"


def test_the_log_is_rotated_while_it_is_written(provisioned: None, tmp_path: Path) -> None:
    sample = (TOP / "deploy/logrotate/asterisk-agent").read_text()
    log, config = tmp_path / "asterisk-agent.log", tmp_path / "rotate.conf"
    # Its owners are root's here as there; the group need not be there.
    config.write_text(sample.replace(NAME, str(log)).replace("root adm", "root root"))
    config.chmod(0o644)
    tmp_path.chmod(0o755)
    rotate = [*logrotate(), "--force", "--state", str(tmp_path / "state"), str(config)]
    # As systemd opens it (log-file.conf: append).
    with log.open("a") as written:
        for round_ in ("first", "second", "third"):
            print(round_, file=written, flush=True)
            done = subprocess.run(rotate, capture_output=True, text=True)
            assert (done.returncode, done.stderr) == (0, "")
            assert log.read_text() == ""
        print("last", file=written, flush=True)
    assert log.read_text() == "last\n"
    kept = sorted(path.name.removeprefix(log.name) for path in tmp_path.glob(f"{log.name}.*"))
    assert kept == [".1", ".2.gz", ".3.gz"]
    assert (tmp_path / f"{log.name}.1").read_text() == "third\n"


def test_systemd_appends_to_the_file_that_is_rotated() -> None:
    dropin = (TOP / "deploy/systemd/log-file.conf").read_text()
    assert dropin.count(f"=append:{NAME}\n") == 2
