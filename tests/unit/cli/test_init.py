"""`init` makes the environment file and the AMI account, once, and says what stands in its way."""

from __future__ import annotations

import configparser
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from asterisk_agent.cli import main
from asterisk_agent.cli.ami_account import READ, WRITE
from asterisk_agent.core import env_file
from asterisk_agent.core.config import SETTINGS_TABLE, load_settings
from asterisk_agent.odoo.enrol import Account

TOP = Path(__file__).resolve().parents[3]
MANAGER = '[general]\nenabled = yes\nbindaddr = 127.0.0.1\n\n#include "manager.d/*.conf"\n'
#: Nobody listens there: `check` says so at once.
ANSWERS = "http://127.0.0.1:9\ncompany\n\n\nwhat-odoo-showed-1\n"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in SETTINGS_TABLE:
        monkeypatch.delenv(row.name, raising=False)
    monkeypatch.setattr("asterisk_agent.cli.init.reload_manager", lambda: True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (made := tmp_path / "asterisk").mkdir()
    (made / "manager.conf").write_text(MANAGER)
    return made


def init(folder: Path, answers: str = ANSWERS) -> Result:
    target = folder.parent / "agent.env"
    words = ["init", "--env-file", str(target), "--asterisk-config", str(folder)]
    return CliRunner().invoke(main, words, input=answers)


def read(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(inline_comment_prefixes=(";",), comment_prefixes=(";", "#"))
    parser.read(path)
    return parser


def test_from_nothing_to_a_file_and_an_account(folder: Path) -> None:
    ended = init(folder)
    target = folder.parent / "agent.env"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    values = env_file.values(target.read_text())
    assert values["ODOO_USER"] == "asterisk1"
    account = read(folder / "manager.d/asterisk-agent.conf")[values["ASTERISK_AMI_USER"]]
    assert account["secret"] == values["ASTERISK_AMI_PASSWORD"]
    assert stat.S_IMODE((folder / "manager.d/asterisk-agent.conf").stat().st_mode) == 0o640
    assert load_settings({**values, "AMQP_URI": "pyamqp://localhost:9"})
    # It has looked at everything, and no secret was shown.
    assert ended.exit_code != 0
    assert "failed odoo login" in ended.stderr
    for secret in ("what-odoo-showed-1", account["secret"]):
        assert secret not in ended.output


def test_the_account_has_the_samples_rights() -> None:
    sample = read(TOP / "asterisk/manager.conf")["odoo"]
    assert (sample["read"], sample["write"]) == (READ, WRITE)


def test_again_it_asks_nothing_and_changes_nothing(folder: Path) -> None:
    init(folder)
    target, account = folder.parent / "agent.env", folder / "manager.d/asterisk-agent.conf"
    before = target.read_text(), account.read_text()
    ended = init(folder, answers="")
    assert "failed odoo login" in ended.stderr
    assert (target.read_text(), account.read_text()) == before


@pytest.mark.parametrize(
    ("manager", "words"),
    [
        ("", "the manager interface is off"),
        ("[general]\nenabled = no\n", "the manager interface is off"),
        ("[general]\nenabled = yes\n", "does not read the files of manager.d"),
        (None, "can't be read"),
    ],
)
def test_a_manager_that_would_not_see_the_account_is_told(
    folder: Path, manager: str | None, words: str
) -> None:
    (folder / "manager.conf").unlink()
    if manager is not None:
        (folder / "manager.conf").write_text(manager)
    ended = init(folder)
    assert ended.exit_code == 73
    assert words in ended.stderr
    assert not (folder / "manager.d").exists()
    assert not (folder.parent / "agent.env").exists()


def test_under_freepbx_the_line_stands_in_the_custom_file(folder: Path) -> None:
    plain = "[general]\nenabled = yes\n#include manager_custom.conf\n"
    (folder / "manager.conf").write_text(plain)
    assert init(folder).exit_code == 73
    (folder / "manager_custom.conf").write_text('#include "manager.d/*.conf"\n')
    assert "failed odoo login" in init(folder).stderr
    assert (folder / "manager.d/asterisk-agent.conf").is_file()


def test_an_account_of_somebody_else_is_not_overwritten(folder: Path) -> None:
    (folder / "manager.d").mkdir()
    (folder / "manager.d/asterisk-agent.conf").write_text("[mine]\n")
    ended = init(folder)
    assert ended.exit_code == 73
    assert (folder / "manager.d/asterisk-agent.conf").read_text() == "[mine]\n"


def test_a_value_that_a_file_can_not_hold_is_told(folder: Path) -> None:
    ended = init(folder, ANSWERS.replace("company", "a b"))
    assert ended.exit_code == 73
    assert "ODOO_DB holds a character" in ended.stderr


def enrolled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Let any code be good; return what Odoo is asked."""
    asked: list[tuple[object, ...]] = []

    def exchange(url: str, db: str, code: str, *, ca_file: Path | None) -> Account:
        asked.append((url, db, code, ca_file))
        return Account("asterisk2", "made-by-odoo-0123456789", "Newcomer")

    monkeypatch.setattr("asterisk_agent.cli.init.enrol", exchange)
    return asked


def test_a_code_stands_for_login_and_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, target = enrolled(monkeypatch), folder.parent / "agent.env"
    ended = init(folder, "http://127.0.0.1:9\ncompany\nABCDE-FGHIJ-KLMNO\n")
    values = env_file.values(target.read_text())
    found = values["ODOO_USER"], values["ODOO_PASSWORD"]
    assert found == ("asterisk2", "made-by-odoo-0123456789")
    assert asked == [("http://127.0.0.1:9", "company", "ABCDE-FGHIJ-KLMNO", None)]
    assert "made-by-odoo" not in ended.output
    assert "ABCDE" not in ended.output + target.read_text()
    # A second time there is nothing to ask, and no code is used up.
    assert "failed odoo login" in init(folder, answers="").stderr
    assert len(asked) == 1


def test_no_code_is_used_up_for_what_can_not_be_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = enrolled(monkeypatch)
    (folder / "manager.conf").write_text("[general]\nenabled = no\n")
    assert init(folder, "http://127.0.0.1:9\ncompany\nABCDE-FGHIJ-KLMNO\n").exit_code == 73
    assert asked == []


def test_what_a_code_gave_is_kept_when_the_account_can_not_be_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(monkeypatch)
    (folder / "manager.d").mkdir()
    (folder / "manager.d/asterisk-agent.conf").write_text("[mine]\n")
    assert init(folder, "http://127.0.0.1:9\ncompany\nABCDE-FGHIJ-KLMNO\n").exit_code == 73
    values = env_file.values((folder.parent / "agent.env").read_text())
    assert values["ODOO_PASSWORD"] == "made-by-odoo-0123456789"


def test_a_password_in_a_file_is_not_asked(folder: Path) -> None:
    secret, target = folder.parent / "secret", folder.parent / "agent.env"
    secret.write_text("what-odoo-showed-1\n")
    target.write_text(f"ODOO_PASSWORD_FILE={secret}\n")
    init(folder, "http://127.0.0.1:9\ncompany\nasterisk1\n")
    values = env_file.values(target.read_text())
    assert values["ODOO_USER"] == "asterisk1"
    assert "ODOO_PASSWORD" not in values
