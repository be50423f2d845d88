"""`asterisk-agent ban`, observing only: no kernel, no socket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from asterisk_agent.cli import main
from asterisk_agent.core.config import SETTINGS_TABLE
from unit.cli.test_cli import ENVIRON


class Cli:
    """The command with a state file of its own."""

    def __init__(self, folder: Path) -> None:
        self.environ = {
            **ENVIRON,
            "ODOO_URL": "http://127.0.0.1",
            "ASTERISK_SECURITY_ENABLED": "yes",
            "SECURITY_OBSERVE_ONLY": "yes",
            "STATE_DIRECTORY": str(folder),
            "SECURITY_IGNOREIP": "192.0.2.9",
            "ASTERISK_CONFIG_FOLDER": str(folder),
        }

    def __call__(self, *words: str) -> Result:
        return CliRunner(env=self.environ).invoke(main, ["ban", *words])


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    for row in SETTINGS_TABLE:
        monkeypatch.delenv(row.name, raising=False)
    return Cli(tmp_path)


def test_add_list_explain_remove(cli: Cli) -> None:
    added = cli("add", "2001:db8::5", "--seconds", "90", "--reason", "a test\x1b[2J")
    assert "2001:db8::/64 is banned for 90 s" in added.stdout
    cli("add", "198.51.100.7")
    (first, second) = json.loads(cli("list", "--json").stdout)
    assert (first["address"], second["address"]) == ("2001:db8::/64", "198.51.100.7")
    assert 0 < first["timeout"] <= 90
    assert second["comment"] == "for 600 s: by hand"
    shown = cli("list").stdout
    assert "a test" in shown
    assert "\x1b" not in shown
    explained = cli("explain", "2001:db8::77").stdout
    assert "banned network: 2001:db8::/64" in explained
    assert "\x1b" not in explained
    assert json.loads(cli("explain", "192.0.2.9", "--json").stdout)["protected"] == (
        "it is in SECURITY_IGNOREIP"
    )
    assert "2001:db8::/64 is no longer banned" in cli("remove", "2001:db8::5").stdout
    assert "there was no such ban" in cli("remove", "2001:db8::5").stdout
    assert len(json.loads(cli("list", "--json").stdout)) == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("localhost", "no address"),
        ("192.0.2.9", "SECURITY_IGNOREIP"),
        ("127.0.0.1", "this machine"),
        ("0.0.0.0/0", "everybody"),
        ("::/0", "everybody"),
    ],
)
def test_what_can_not_be_banned_is_said(cli: Cli, address: str, words: str) -> None:
    ended = cli("add", address)
    assert ended.exit_code == 65
    assert words in ended.stderr
    assert json.loads(cli("list", "--json").stdout) == []


def test_the_kill_switch(cli: Cli) -> None:
    assert "off: no rule of ours is in the kernel" in cli("off").stdout
    assert cli("on").stdout == "on\n"


def test_without_the_reactor_there_is_nothing_to_ask(cli: Cli) -> None:
    cli.environ["ASTERISK_SECURITY_ENABLED"] = "no"
    ended = cli("list")
    assert ended.exit_code == 65
    assert "ASTERISK_SECURITY_ENABLED" in ended.stderr


def test_a_file_that_can_not_be_written_is_an_error_with_its_cure(cli: Cli) -> None:
    cli.environ["STATE_DIRECTORY"] = "/proc/nowhere"
    ended = cli("add", "198.51.100.7")
    assert ended.exit_code == 74
    assert "STATE_DIRECTORY" in ended.stderr
