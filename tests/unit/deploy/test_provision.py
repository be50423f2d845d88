"""Nginx Proxy Manager gets its proxy host, once, and nothing of a person's is touched."""

from __future__ import annotations

import importlib.util
import ssl
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fakes.npm import EMAIL, PASSWORD, BadRequestError, FakeNpm, check

TOP = Path(__file__).resolve().parents[3]
#: What Nginx Proxy Manager 2.15.1 wrote for our proxy host, without empty lines.
WRITTEN = TOP / "tests/data/npm/proxy_host.conf"


def load(name: str, path: str) -> ModuleType:
    """Load a program as a module."""
    spec = importlib.util.spec_from_file_location(name, TOP / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


provision = load("provision", "deploy/npm/provision.py")


@pytest.fixture
def npm() -> Iterator[FakeNpm]:
    with FakeNpm() as fake:
        yield fake


@pytest.fixture
def environ(npm: FakeNpm, tmp_path: Path) -> dict[str, str]:
    return {
        "NPM_API": npm.url,
        "NPM_DATA": str(tmp_path),
        "NPM_ADMIN_EMAIL": EMAIL,
        "NPM_ADMIN_PASSWORD": PASSWORD,
        "AGENT_ADDRESS": "203.0.113.5",
        "RPC_HOST": "172.172.0.1",
        "RPC_PORT": "40000",
    }


def test_an_address_gets_a_certificate_of_its_own(
    npm: FakeNpm, environ: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    npm.not_ready = 1
    assert provision.main(environ) == 0
    assert capsys.readouterr().out == "https://203.0.113.5/rpc/ leads to the agent\n"
    (host,) = npm.hosts
    assert host["locations"][0]["path"] == "/rpc/"
    assert (host["forward_host"], host["forward_port"]) == ("172.172.0.1", 40000)
    assert "return 308" in host["locations"][0]["advanced_config"]
    assert "return 404" in host["advanced_config"]
    # Odoo trusts it by what the command prints.
    assert provision.main(environ, ["certificate"]) == 0
    pem = capsys.readouterr().out
    assert pem.encode() == npm.files[host["certificate_id"]]["certificate"]
    ssl.create_default_context(cadata=pem)
    server = (tmp_path / "nginx/custom/http_top.conf").read_text()
    assert f"/data/custom_ssl/npm-{host['certificate_id']}/fullchain.pem" in server


def test_who_waits_is_told_that_all_is_done(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[bool] = []
    monkeypatch.setattr(provision, "DONE", tmp_path / "done")
    monkeypatch.setattr(provision.signal, "pause", lambda: slept.append(True))
    assert provision.main({**environ, "NPM_ADMIN_PASSWORD": "wrong"}, ["stay"]) == 1
    assert not (tmp_path / "done").exists()
    assert provision.main(environ, ["stay"]) == 0
    assert (tmp_path / "done").exists()
    assert slept == [True]


def test_what_is_there_stays(npm: FakeNpm, environ: dict[str, str]) -> None:
    assert provision.main(environ) == 0
    npm.hosts[0]["advanced_config"] = "# changed by hand"
    before, asked = [dict(host) for host in npm.hosts], len(npm.asked)
    assert provision.main(environ) == 0
    assert npm.hosts == before
    assert [line.split()[0] for line in npm.asked[asked:]] == ["GET", "POST", "GET"]


def test_a_host_that_nginx_refuses_is_told(
    npm: FakeNpm,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # NPM answers such a request with 201, too.
    monkeypatch.setattr(npm, "_nginx", lambda _host: 'unknown directive "nonsense"')
    for _ in range(2):
        assert provision.main(environ) == 1
        assert 'nginx refuses the proxy host: unknown directive "nonsense"' in (
            capsys.readouterr().err
        )
    # As soon as nginx takes it, all is well; so it is when a person switched it off.
    monkeypatch.undo()
    assert provision.main(environ) == 0
    npm.hosts[0] |= {"enabled": False, "meta": {}}
    assert provision.main(environ) == 0
    assert npm.hosts[0]["meta"] == {}


def test_the_containers_nginx_has_what_the_real_one_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    # In its image the fake lies beside it.
    monkeypatch.syspath_prepend(TOP / "tests/fakes")
    serve = load("serve", "lab/containers/images/npm/serve.py")
    host = provision.proxy_host("203.0.113.5", 1, ("172.172.0.1", 40000))
    assert serve.render({"id": 1, **host}) == WRITTEN.read_text()


def test_the_fake_refuses_what_the_real_ones_schema_does_not_know() -> None:
    host = provision.proxy_host("203.0.113.5", 1, ("172.172.0.1", 40000))
    check("POST /nginx/proxy-hosts", host)
    wrongs = {"more": 1, "certificate_id": "1", "forward_scheme": "ftp", "locations": [{}]}
    for wrong in ({name: value} for name, value in wrongs.items()):
        with pytest.raises(BadRequestError):
            check("POST /nginx/proxy-hosts", host | wrong)


def test_a_configuration_of_somebody_else_stays(environ: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "nginx/custom/http_top.conf"
    path.parent.mkdir(parents=True)
    path.write_text("# mine\n")
    assert provision.main(environ) == 0
    assert path.read_text() == "# mine\n"


def test_a_domain_gets_lets_encrypts_and_keeps_its_host(
    npm: FakeNpm, environ: dict[str, str]
) -> None:
    environ["AGENT_ADDRESS"] = "pbx.example.com"
    assert provision.main(environ) == 0
    environ["AGENT_LETSENCRYPT"] = "yes"
    assert provision.main(environ) == 0
    (host,) = npm.hosts
    found = npm.certificates[host["certificate_id"]]
    assert (found["provider"], found["domain_names"]) == ("letsencrypt", ["pbx.example.com"])
    asked = len(npm.asked)
    assert provision.main(environ) == 0
    assert not any("certificates" in line for line in npm.asked[asked:])


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"NPM_ADMIN_PASSWORD": "wrong"}, 1, "Invalid email or password"),
        ({"AGENT_LETSENCRYPT": "yes"}, 1, "Let's Encrypt wants a DNS name"),
        ({"AGENT_ADDRESS": "a;b"}, 1, "must match pattern"),
        ({"AGENT_ADDRESS": ""}, 78, "AGENT_ADDRESS is not set"),
    ],
)
def test_what_can_not_be_is_told(
    npm: FakeNpm,
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    status: int,
    words: str,
) -> None:
    environ |= changes
    environ = {name: value for name, value in environ.items() if value}
    assert provision.main(environ) == status
    assert words in capsys.readouterr().err
    assert npm.hosts == []
