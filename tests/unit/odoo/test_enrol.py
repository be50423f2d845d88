"""A code becomes an account, or one line with its cure."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from click.testing import CliRunner
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from asterisk_agent.cli import main
from asterisk_agent.core.errors import (
    AgentError,
    EnrolmentError,
    OdooRedirectError,
    OdooUnreachableError,
)
from asterisk_agent.odoo.enrol import PATH, Account, enrol

CODE = "ABCDE-FGHJK-MNPQR-STUVW-XYZ23-4"
PASSWORD = "k3vN0c7e0Qv2mJ8sX1rT5yU9wZ4aB6dF"
GOOD = {"login": "asterisk1", "password": PASSWORD, "server": "Brussels"}


class Odoo(BaseAdapter):
    """Answers with a status and a body, or not at all."""

    def __init__(self, status: int = 200, body: Any = GOOD, error: Exception | None = None) -> None:
        super().__init__()
        self.status, self.body, self.error = status, body, error
        self.asked: list[tuple[str, Any]] = []
        self.options: dict[str, Any] = {}

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        self.asked.append((str(request.url), dict(parse_qsl(str(request.body or "")))))
        self.options = options
        if self.error is not None:
            raise self.error
        raw = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        response = requests.Response()
        response.status_code = self.status
        response.raw = HTTPResponse(BytesIO(raw), preload_content=False)
        response.request, response.url = request, str(request.url)
        return response

    def close(self) -> None:
        pass

    def exchange(self, url: str = "https://odoo.example.com/", **options: Any) -> Account:
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, self)
        return enrol(url, "prod", CODE, session=session, **options)


def test_a_code_becomes_an_account() -> None:
    odoo = Odoo()
    account = odoo.exchange()
    assert vars(account) == GOOD
    assert PASSWORD not in repr(account)
    assert odoo.asked == [(f"https://odoo.example.com{PATH}", {"db": "prod", "code": CODE})]
    assert odoo.options["verify"] is True


def test_an_authority_of_ones_own(tmp_path: Path) -> None:
    odoo = Odoo()
    odoo.exchange(ca_file=tmp_path / "ca.pem")
    assert odoo.options["verify"] == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("odoo", "kind", "word"),
    [
        (Odoo(403, {"error": "refused"}), EnrolmentError, "make a new one"),
        (Odoo(429, {"error": "too many"}), EnrolmentError, "wait a minute"),
        (Odoo(404, b"<html>"), EnrolmentError, "addon"),
        (Odoo(500, b"Traceback"), EnrolmentError, "HTTP 500"),
        (Odoo(301, b""), OdooRedirectError, "redirect"),
        (Odoo(200, b"<html>"), EnrolmentError, "no Odoo"),
        (Odoo(200, ["x"]), EnrolmentError, "no Odoo"),
        (Odoo(200, GOOD | {"login": "a\nB=1"}), EnrolmentError, "no Odoo"),
        (Odoo(200, GOOD | {"password": "asterisk1"}), EnrolmentError, "no Odoo"),
        (Odoo(200, GOOD | {"password": "$(id) " * 9}), EnrolmentError, "no Odoo"),
        (Odoo(200, GOOD | {"x": "y" * 9000}), EnrolmentError, "no Odoo"),
        (Odoo(error=requests.exceptions.SSLError("x")), OdooUnreachableError, "--ca-file"),
        (Odoo(error=requests.exceptions.ReadTimeout("x")), OdooUnreachableError, "no answer"),
    ],
)
def test_what_is_no_account_is_one_line_with_its_cure(
    odoo: Odoo, kind: type[AgentError], word: str
) -> None:
    with pytest.raises(kind) as caught:
        odoo.exchange()
    assert word in str(caught.value)
    assert CODE not in str(caught.value)


def test_an_odoo_of_several_databases_is_told_which_one_before_it_is_asked_again() -> None:
    odoo = Odoo(404, b"<html>")
    with pytest.raises(EnrolmentError):
        odoo.exchange()
    paths = [url.partition("example.com")[2] for url, _ in odoo.asked]
    assert paths == [PATH, "/web/login?db=prod", PATH]


@pytest.mark.parametrize("url", ["http://odoo.example.com", "ftp://x", "https://", "https://u:p@h"])
def test_nothing_is_sent_to_an_address_that_is_not_safe(url: str) -> None:
    odoo = Odoo()
    with pytest.raises(EnrolmentError):
        odoo.exchange(url)
    assert odoo.asked == []
    odoo.exchange("http://127.0.0.1:8069")


@pytest.mark.parametrize("code", ["", "short", "x" * 100, "ABCDE\nFGHIJ-KLMNO"])
def test_what_is_no_code_is_not_sent(code: str) -> None:
    with pytest.raises(EnrolmentError, match="no enrolment code"):
        enrol("https://odoo.example.com", "prod", code)


def test_the_command_writes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account("asterisk1", PASSWORD, "Brussels")
    monkeypatch.setattr("asterisk_agent.cli.enrol.enrol", lambda *_, **__: account)
    target = tmp_path / "agent.env"
    target.write_text("ASTERISK_AMI_USER=odoo\nODOO_USER=old\n")
    words = ["enrol", "https://odoo.example.com/", "--db", "prod", "--write", str(target)]
    ended = CliRunner().invoke(main, words, input=f"{CODE}\n")
    assert ended.exit_code == 0, ended.output
    assert PASSWORD not in ended.output
    assert CODE not in ended.output
    assert target.read_text() == (
        "ASTERISK_AMI_USER=odoo\nODOO_URL=https://odoo.example.com\nODOO_DB=prod\n"
        f"ODOO_USER=asterisk1\nODOO_PASSWORD={PASSWORD}\n"
    )
    assert target.stat().st_mode & 0o777 == 0o600
    printed = CliRunner(env={"ODOO_ENROL_CODE": CODE}).invoke(main, words[:-2])
    assert f"ODOO_PASSWORD={PASSWORD}\n" in printed.output


def test_a_file_that_can_not_be_written_costs_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[str] = []
    monkeypatch.setattr("asterisk_agent.cli.enrol.enrol", lambda *_, **__: used.append("x"))
    words = ["enrol", "https://odoo.example.com", "--db", "prod", "--write", "/proc/nowhere/x"]
    ended = CliRunner().invoke(main, [*words, "--code", CODE])
    assert ended.exit_code == EnrolmentError.exit_code
    assert used == []
