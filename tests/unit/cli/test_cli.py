"""The command line, without a socket."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from asterisk_agent.cli import main
from asterisk_agent.cli.commands.door import lines_of
from asterisk_agent.core.config import SETTINGS_TABLE
from asterisk_agent.core.errors import AgentError, ConfigError, Problem

ENVIRON = {
    "ODOO_URL": "https://odoo.example.com",
    "ODOO_DB": "company",
    "ODOO_USER": "agent1",
    "ODOO_PASSWORD": "an-odoo-password-5",
    "ASTERISK_AMI_USER": "odoo",
    "ASTERISK_AMI_PASSWORD": "an-ami-secret-5",
    "AMQP_URI": "pyamqp://agent:a-broker-secret-5@localhost",
}


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for row in SETTINGS_TABLE:
        monkeypatch.delenv(row.name, raising=False)
    return CliRunner(env=ENVIRON)


def test_config_show_hides_every_secret(runner: CliRunner) -> None:
    shown = runner.invoke(main, ["config", "show"])
    assert shown.exit_code == 0
    for row in SETTINGS_TABLE:
        assert row.name in shown.stdout
    for name in ("ODOO_PASSWORD", "ASTERISK_AMI_PASSWORD"):
        assert ENVIRON[name] not in shown.stdout
    assert "a-broker-secret-5" not in shown.stdout
    assert "https://odoo.example.com" in shown.stdout


def test_config_show_as_json(runner: CliRunner) -> None:
    shown = json.loads(runner.invoke(main, ["config", "show", "--json"]).stdout)
    assert set(shown) == {row.name for row in SETTINGS_TABLE}
    assert shown["ODOO_PASSWORD"] == "***"
    assert shown["AGENT_NAME"] == "agent1"


@pytest.mark.parametrize(
    "words",
    [["run"], ["config", "show"], ["events", "map"], ["events", "parked", "list"], ["ban", "list"]],
)
def test_wrong_settings_end_every_command_with_all_mistakes(
    runner: CliRunner, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asterisk_agent.services.green.patch", lambda: None)
    ended = runner.invoke(main, words, env={"ODOO_URL": "", "RPC_PORT": "x"})
    assert ended.exit_code == 78
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["ODOO_URL", "RPC_PORT"]


def test_check_names_wrong_settings(runner: CliRunner) -> None:
    ended = runner.invoke(main, ["check", "--json"], env={"ODOO_URL": ""})
    assert ended.exit_code == 78
    found = json.loads(ended.stdout)
    assert found["ok"] is False
    assert found["lines"][0] == {
        "name": "settings",
        "ok": False,
        "text": "ODOO_URL is not set",
        "cure": "give it like https://odoo.example.com",
        "code": "config.invalid",
        "exit_code": 78,
    }


@pytest.mark.parametrize("words", [[], ["config"], ["events"], ["events", "parked"]])
def test_each_group_has_help_for_every_command(runner: CliRunner, words: list[str]) -> None:
    shown = runner.invoke(main, [*words, "--help"]).stdout
    commands = shown.partition("Commands:")[2].strip().splitlines()
    assert commands
    assert all(len(line.split()) > 2 for line in commands)


def test_an_error_is_one_safe_line() -> None:
    assert lines_of(AgentError("bad\nthing \x1b[31m", "mend\r\nit")) == [
        "agent.error: bad\\nthing \\x1b[31m (mend\\r\\nit)"
    ]
    problems = [Problem("A", "is bad", "mend it"), Problem("B", "too", "so")]
    assert lines_of(ConfigError(problems)) == [
        "config.invalid: A: is bad; mend it",
        "config.invalid: B: too; so",
    ]


def test_importing_it_imports_no_framework() -> None:
    script = (
        "import sys, asterisk_agent.cli\n"
        "print([m for m in ('eventlet', 'nameko', 'kombu', 'pydantic') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
