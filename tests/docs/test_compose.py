"""The compose files and Dockerfiles say what the document and the code say."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from asterisk_agent.core.config import SETTINGS_TABLE, load_settings

TOP = Path(__file__).resolve().parents[2]
COMPOSE = TOP / "docker-compose.yml"
TRY = TOP / "deploy/docker-compose.try.yml"
DOCKERFILES = [TOP / "deploy/Dockerfile", TOP / "deploy/try/Dockerfile"]
#: Services whose images we do not make and that need more: what, and for what.
NOT_READ_ONLY = {
    "npm": "writes nginx's configuration and certificates all over its root",
    "rabbitmq": "its entrypoint writes into /etc/rabbitmq",
}
ROOTS = {
    "npm": "binds 80 and 443, and becomes other users",
    "npm-setup": "npm's folder is root's; it has no capability",
    "rabbitmq": "gives its folder to its user, and becomes it",
}
CAPABILITIES = {
    "npm": "all that Docker gives: its image is made for them",
    "rabbitmq": "to become its user",
}
ENV_SAMPLE = TOP / "deploy" / "env.sample"
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


@pytest.fixture(scope="module")
def trial() -> dict[str, Any]:
    """What `docker compose` makes of both files, as far as it matters here: lists are added."""
    one, two = (yaml.safe_load(path.read_text()) for path in (COMPOSE, TRY))
    names = {**one["services"], **two["services"]}
    return {
        name: {**one["services"].get(name, {}), **two["services"].get(name, {})} for name in names
    }


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


def test_every_image_is_pinned_to_a_version(trial: dict[str, Any]) -> None:
    # Not by digest: scripts/pin-images writes those.
    ours = {"asterisk-agent", "asterisk-try"}
    images = {service["image"] for service in trial.values()} - ours
    for dockerfile in DOCKERFILES:
        text = dockerfile.read_text()
        images |= set(re.findall(r"^(?:FROM |ARG BASE=)([^\s$]+)", text, re.MULTILINE))
    assert len(images) == 6
    pinned = re.compile(r":\d+\.\d+|:sid-\d{8}-slim$")
    assert [image for image in images if not pinned.search(image)] == []


def test_every_service_of_both_files_is_watched_and_bounded(trial: dict[str, Any]) -> None:
    assert set(trial) > {"agent", "npm", "npm-setup", "rabbitmq"}
    for name, service in trial.items():
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["logging"]["options"]["max-size"], name
        for port in service.get("ports", []):
            assert name == "npm" or port.startswith("127.0.0.1:"), (name, port)


def test_no_service_of_both_files_has_a_right_without_a_reason(trial: dict[str, Any]) -> None:
    for name, service in trial.items():
        assert "privileged" not in service, name
        assert "docker.sock" not in str(service.get("volumes")), name
        if name == "npm":
            continue
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    wide = {name for name, service in trial.items() if not service.get("read_only")}
    assert wide == set(NOT_READ_ONLY)
    more = {name for name, service in trial.items() if service.get("cap_add")} | {"npm"}
    assert more == set(CAPABILITIES)


def test_who_is_root(trial: dict[str, Any]) -> None:
    # What the images of others run as, by their Dockerfiles; the lab looks into /proc of each.
    theirs = {"odoo:14.0": "odoo"}
    ours = {"asterisk-agent": DOCKERFILES[0], "asterisk-try": DOCKERFILES[1]}
    users = {}
    for name, service in trial.items():
        image = service["image"]
        made = re.findall(r"^USER (\S+)$", ours[image].read_text(), re.M) if image in ours else []
        users[name] = str(service.get("user") or theirs.get(image) or (made or ["root"])[-1])
    assert {name for name, user in users.items() if user.startswith(("0", "root"))} == set(ROOTS)


def test_nothing_of_both_files_has_a_secret_by_default(trial: dict[str, Any]) -> None:
    secret = re.compile(r"PASS|SECRET|TOKEN|AMQP_URI")
    for name, service in trial.items():
        for variable, value in environment(service).items():
            if secret.search(variable):
                assert re.search(r"\$\{\w+:\?[^}]+\}", value), (name, variable)


def test_the_trial_takes_its_secrets_from_setup_env(tmp_path: Path) -> None:
    command = [TOP / "scripts/setup-env", "--try", tmp_path / "env"]
    told = {"PATH": os.environ["PATH"], "ODOO_PASSWORD": "somebody's own"}
    done = subprocess.run(command, env=told, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0
    values = dict(re.findall(r"^(\w+)=(.*)$", (tmp_path / "env").read_text(), re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text() + TRY.read_text()))
    assert asked <= set(values)
    secrets = [value for name, value in values.items() if "PASSWORD" in name]
    assert len(set(secrets)) == len(secrets) == 7
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in secrets)
    files = values["COMPOSE_FILE"].split(":")
    assert [TOP / file for file in files] == [COMPOSE, TRY]
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


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


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=["agent", "try"])
def test_the_image_is_made_of_files_that_are_there(dockerfile: Path) -> None:
    ignored = (TOP / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+)$", dockerfile.read_text(), re.MULTILINE)
    assert copied
    for line in copied:
        for source in line.split()[:-1]:
            assert list(TOP.glob(source)), source
            assert f"!{source.removesuffix('/*.conf')}" in ignored, source


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
