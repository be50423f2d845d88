"""The support bundle tells much, and no secret."""

from __future__ import annotations

import stat
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from asterisk_agent.cli import main
from asterisk_agent.core.config import SETTINGS_TABLE

SECRETS = {
    "ODOO_PASSWORD": "an-odoo-password-6",
    "ASTERISK_AMI_PASSWORD": "an-ami-secret-6",
    "AMQP_URI": "pyamqp://agent:a-broker-secret-6@127.0.0.1:9",
}
ENVIRON = {
    "ODOO_URL": "http://127.0.0.1:9",
    "ODOO_DB": "company",
    "ODOO_USER": "agent6",
    "ASTERISK_AMI_HOST": "127.0.0.1",
    "ASTERISK_AMI_PORT": "9",
    "ASTERISK_AMI_USER": "odoo",
    **SECRETS,
}


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for row in SETTINGS_TABLE:
        monkeypatch.delenv(row.name, raising=False)
    return {**ENVIRON, "STATE_DIRECTORY": str(tmp_path / "state"), "METRICS_PORT": "9"}


def bundle(environ: dict[str, str], path: Path, *more: str) -> Result:
    words = ["support-bundle", "--output", str(path), *more]
    return CliRunner().invoke(main, words, env=environ)


def contents(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        found = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {Path(name).name: file.read().decode() for name, file in found.items() if file}


def assert_no_secret(files: dict[str, str]) -> None:
    text = "\n".join(files.values())
    for secret in ("an-odoo-password-6", "an-ami-secret-6", "a-broker-secret-6"):
        assert secret not in text


def test_with_everything_away_it_tells_what_is_away(
    environ: dict[str, str], tmp_path: Path
) -> None:
    path, log = tmp_path / "b.tar.gz", tmp_path / "agent.log"
    log.write_text("x\n" * (1 << 20) + "password is an-odoo-password-6, the end\n")
    assert bundle(environ, path, "--log", str(log)).exit_code == 0
    files = contents(path)
    assert set(files) == {
        *("versions.json", "settings.json", "check.json", "events-map.json"),
        *("load.json", "metrics.txt", "log.txt"),
    }
    assert "ami.unreachable" in files["check.json"]
    assert files["events-map.json"].startswith("odoo.unreachable")
    assert "not found" in files["load.json"]
    assert files["log.txt"].endswith("the end\n")
    assert len(files["log.txt"]) <= 1 << 20
    assert_no_secret(files)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_wrong_settings_are_told_and_hidden(environ: dict[str, str], tmp_path: Path) -> None:
    environ["RPC_PORT"] = "an-odoo-password-6"
    assert bundle(environ, tmp_path / "b.tar.gz").exit_code == 0
    files = contents(tmp_path / "b.tar.gz")
    assert set(files) == {"versions.json", "mistakes.txt"}
    assert "RPC_PORT" in files["mistakes.txt"]
    assert_no_secret(files)


def test_nothing_is_overwritten(environ: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "b.tar.gz"
    path.write_text("mine")
    ended = bundle(environ, path)
    assert ended.exit_code == 73
    assert ended.stderr.startswith("support.unwritable: ")
    assert path.read_text() == "mine"
