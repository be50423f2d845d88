"""docker-compose.yml, Dockerfile and the systemd unit say what the document and the code say."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from asterisk_agent.core.config import SETTINGS_TABLE, load_settings
from asterisk_agent.core.errors import EXIT_CODES

TOP = Path(__file__).resolve().parents[2]
COMPOSE = TOP / "docker-compose.yml"
ENV_SAMPLE = TOP / "deploy" / "env.sample"
UNIT = TOP / "deploy" / "systemd" / "asterisk-agent.service"
#: The names that the system's document gives.
DOCUMENT = {
    "ODOO_URL",
    "ODOO_DB",
    "ODOO_USER",
    "ODOO_PASSWORD",
    "ODOO_IP",
    "ASTERISK_AMI_USER",
    "ASTERISK_AMI_PASSWORD",
    "ASTERISK_AMI_HOST",
    "TZ",
    "AMQP_URI",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


def environment(service: dict[str, Any]) -> dict[str, str]:
    pairs = (line.partition("=") for line in service["environment"])
    return {name: value for name, _, value in pairs}


def test_the_documents_services_and_volumes(compose: dict[str, Any]) -> None:
    services = compose["services"]
    # npm-setup is ours: it makes by the proxy's API what the document lets you make by hand.
    assert set(services) == {"agent", "npm", "npm-setup", "rabbitmq"}
    assert {"npm_data", "letsencrypt"} <= set(compose["volumes"])
    assert services["agent"]["network_mode"] == "host"
    assert services["agent"]["volumes"] == [
        "/etc/asterisk:/etc/asterisk/",
        "/var/spool/asterisk:/var/spool/asterisk",
        "/var/run/asterisk:/var/run/asterisk",
        # Beyond the document's: its root is read-only, and the spool must survive a new container.
        "agent_state:/var/lib/asterisk-agent",
    ]
    assert services["npm"]["ports"] == ["80:80", "81:81", "443:443"]
    assert services["rabbitmq"]["ports"] == ["127.0.0.1:5672:5672"]
    # `docker compose up --wait` fails for a service that ends, whatever its status.
    lasting = list(services.values())
    assert all(service["restart"] == "unless-stopped" for service in lasting)
    assert all("healthcheck" in service for service in lasting)
    assert all(service["logging"]["options"]["max-size"] for service in lasting)


def test_every_mapping_stands_where_it_belongs(compose: dict[str, Any]) -> None:
    # The document's sample had a mapping in a list of strings, and `config` beside `ipam`.
    for service in compose["services"].values():
        assert all(isinstance(line, str) and "=" in line for line in service["environment"])
        assert all(isinstance(line, str) for line in service.get("volumes", []))
    (network,) = compose["networks"].values()
    assert network["ipam"]["config"][0]["subnet"] == "172.172.0.0/16"


def test_environment_names_are_the_documents_and_the_codes(compose: dict[str, Any]) -> None:
    names = set(environment(compose["services"]["agent"]))
    assert names >= DOCUMENT
    assert names <= {row.name for row in SETTINGS_TABLE}


def test_no_secret_by_default(compose: dict[str, Any]) -> None:
    secret = re.compile(r"PASS|SECRET|TOKEN|AMQP_URI")
    for service in compose["services"].values():
        for name, value in environment(service).items():
            if secret.search(name):
                assert re.search(r"\$\{\w+:\?[^}]+\}", value), name
    filled = re.findall(r"^(\w*PASSWORD\w*)=(.+)$", ENV_SAMPLE.read_text(), re.MULTILINE)
    assert filled == []


def test_the_sample_names_every_variable_that_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()))
    named = set(re.findall(r"^(\w+)=", ENV_SAMPLE.read_text(), re.MULTILINE))
    assert asked <= named


def test_the_proxy_reaches_the_agent_and_is_believed(compose: dict[str, Any]) -> None:
    config = compose["networks"]["default"]["ipam"]["config"][0]
    env = environment(compose["services"]["agent"])
    assert env["RPC_HOST"] == config["gateway"]
    assert env["RPC_TRUSTED_PROXIES"] == config["subnet"]
    setup = environment(compose["services"]["npm-setup"])
    assert (setup["RPC_HOST"], setup["RPC_PORT"]) == (env["RPC_HOST"], env["RPC_PORT"])
    health = str(compose["services"]["agent"]["healthcheck"]["test"])
    assert f"http://127.0.0.1:{env['METRICS_PORT']}/readyz" in health


def test_the_agent_has_no_rights_it_does_not_need(compose: dict[str, Any]) -> None:
    agent = compose["services"]["agent"]
    assert agent["cap_drop"] == ["ALL"]
    assert agent["read_only"] is True
    assert "no-new-privileges:true" in agent["security_opt"]
    assert "privileged" not in agent
    dockerfile = (TOP / agent["build"]["dockerfile"]).read_text()
    users = re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    assert users
    assert not users[-1].startswith(("0", "root"))


def test_every_image_is_pinned_to_a_version(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()} - {"asterisk-agent"}
    dockerfile = (TOP / "deploy" / "Dockerfile").read_text()
    images |= set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    assert [image for image in images if not re.search(r":\d+\.\d+", image)] == []


def test_setup_env_makes_secrets_once_and_for_the_owner_only(tmp_path: Path) -> None:
    told = {
        "PATH": os.environ["PATH"],
        "ODOO_URL": "https://odoo.example.com",
        "ODOO_DB": "company",
        "ODOO_PASSWORD": "what-odoo-showed-1",
        "AGENT_ADDRESS": "203.0.113.5",
        "NPM_ADMIN_EMAIL": "me@example.com",
    }

    def run(name: str, **changes: str) -> subprocess.CompletedProcess[str]:
        command = [TOP / "scripts" / "setup-env", tmp_path / name]
        return subprocess.run(
            command, env=told | changes, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    first, second = run("one"), run("two")
    assert first.returncode == second.returncode == 0, first.stderr
    files = [tmp_path / "one", tmp_path / "two"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600, 0o600]
    one, two = (dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE)) for path in files)
    made = {"RABBITMQ_PASSWORD", "NPM_ADMIN_PASSWORD", "ASTERISK_AMI_PASSWORD"}
    values = {values[name] for values in (one, two) for name in made}
    assert len(values) == 2 * len(made)
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in values)
    assert not any(value in first.stdout + first.stderr for value in values)
    asked = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()))
    assert asked <= set(one)
    # The agent takes it, and again nothing is overwritten.
    load_settings({name: one[name] for name in one if name.startswith(("ODOO", "ASTERISK_AMI"))})
    before = files[0].read_text()
    assert run("one").returncode == 73
    assert files[0].read_text() == before
    assert run("three", ODOO_URL="").returncode == 78
    assert run("three", ODOO_DB="x\nRPC_HOST=0.0.0.0").returncode == 78
    assert not (tmp_path / "three").exists()


def test_the_image_is_made_of_files_that_are_there() -> None:
    dockerfile = (TOP / "deploy" / "Dockerfile").read_text()
    ignored = (TOP / ".dockerignore").read_text().splitlines()
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (TOP / source).exists(), source
            assert f"!{source}" in ignored, source


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
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("no systemd-analyze here: install systemd")
    command = [analyze, "security", "--offline=true", "--no-pager", UNIT]
    said = subprocess.run(command, capture_output=True, text=True).stdout
    match = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert match is not None, said
    told = re.search(r"exposure of ([\d.]+) of 10", (TOP / "docs/how-to/install.md").read_text())
    assert told is not None
    # A later systemd knows more questions: near is true enough.
    assert float(match[1]) <= float(told[1]) + 0.3


def test_the_image_can_make_the_formats_that_are_offered(compose: dict[str, Any]) -> None:
    assert "RECORDINGS_FORMAT" in environment(compose["services"]["agent"])
    assert "libsndfile1" in (TOP / "deploy/Dockerfile").read_text()


def test_to_protect_asterisk_the_agent_gets_one_right_more_and_not_all() -> None:
    more: dict[str, Any] = yaml.safe_load((TOP / "deploy/docker-compose.security.yml").read_text())
    agent = more["services"]["agent"]
    assert set(agent["cap_add"]) == {"NET_ADMIN", "DAC_OVERRIDE"}
    assert "privileged" not in agent
    assert set(environment(agent)) <= {row.name for row in SETTINGS_TABLE}
    assert "nftables" in (TOP / "deploy/Dockerfile").read_text()
    dropin = (TOP / "deploy/systemd/security.conf").read_text()
    caps = re.findall(r"^(?:AmbientCapabilities|CapabilityBoundingSet)=(.+)$", dropin, re.MULTILINE)
    assert caps == ["CAP_NET_ADMIN", "CAP_NET_ADMIN"]
