"""What no waiting heals ends `run` and `check`: one line, its cause, its cure, its status."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab.net import free_port

from fakes.agent_process import AMI_SECRET, AgentProcess, list_commands, settings_for
from fakes.asterisk import FakeAccount, FakeAsterisk
from fakes.odoo import FakeOdoo
from fakes.odoo_faults import Raise, Redirect

NOBODY = "pyamqp://agent:secret@127.0.0.1:1"
Fixtures = tuple[FakeOdoo, FakeAsterisk]


@pytest.fixture
def fakes() -> Iterator[Fixtures]:
    rights = frozenset({"call", "originate", "reporting", "command"})
    accounts = {"agent": FakeAccount(AMI_SECRET, write=rights)}
    handlers = {"listcommands": list_commands}
    with (
        FakeOdoo() as odoo,
        FakeAsterisk(accounts=accounts, handlers=handlers) as asterisk,
    ):
        yield odoo, asterisk


def environment(fakes: Fixtures, **changes: str) -> dict[str, str]:
    odoo, asterisk = fakes
    amqp_uri = changes.pop("AMQP_URI", NOBODY)
    return settings_for(odoo_url=odoo.url, ami_port=asterisk.port, amqp_uri=amqp_uri, **changes)


def redirect(fakes: Fixtures) -> dict[str, str]:
    target = "https://odoo.example.com/web/session/authenticate"
    fakes[0].on_next("authenticate", *[Redirect(target)] * 9)
    return environment(fakes)


def addon_missing(fakes: Fixtures) -> dict[str, str]:
    fault = Raise("builtins.KeyError", "'asterisk_plus.server'")
    fakes[0].on_next("agent_hello", *[fault] * 9)
    return environment(fakes)


def not_in_the_group(fakes: Fixtures) -> dict[str, str]:
    fakes[0].on_next("agent_hello", *[Raise("odoo.exceptions.AccessError", "no")] * 9)
    return environment(fakes)


MISTAKES: dict[str, tuple[Callable[[Fixtures], dict[str, str]], int, str]] = {
    "AMI secret": (
        lambda fakes: environment(fakes, ASTERISK_AMI_PASSWORD="wrong-secret-9"),
        77,
        "ami.auth: ",
    ),
    "Odoo password": (
        lambda fakes: environment(fakes, ODOO_PASSWORD="wrong-password-9"),
        82,
        "odoo.auth: Odoo refused ODOO_USER or ODOO_PASSWORD (give ",
    ),
    "database": (
        lambda fakes: environment(fakes, ODOO_DB="nope"),
        83,
        "odoo.database: Odoo has no database 'nope' (set ODOO_DB to one of: company, other)",
    ),
    "redirect": (
        redirect,
        84,
        "odoo.redirect: ODOO_URL answers with a redirect to https://odoo.example.com "
        "(set it to https://odoo.example.com)",
    ),
    "addon": (addon_missing, 88, "odoo.addon_missing: the addon asterisk_plus is not installed"),
    "group": (not_in_the_group, 86, "odoo.access: Odoo denied access: no (put the agent's user"),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_run_ends_with_one_line(mistake: str, fakes: Fixtures, tmp_path: Path) -> None:
    prepare, status, line = MISTAKES[mistake]
    with AgentProcess(prepare(fakes), tmp_path) as agent:
        assert agent.end() == status, agent.text
    lines = agent.text.splitlines()
    assert lines[-1].startswith(line)
    assert sum(line in each for each in lines if not each.startswith("20")) == 1
    assert "Traceback" not in agent.text
    assert "wrong-" not in agent.text


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_check_ends_with_the_same_status(mistake: str, fakes: Fixtures, tmp_path: Path) -> None:
    prepare, status, line = MISTAKES[mistake]
    with AgentProcess(prepare(fakes), tmp_path, "check") as agent:
        found = agent.end()
    text = line.partition(": ")[2].rstrip(")")
    assert text in agent.text
    # RabbitMQ is not there either; the status is the first failure's.
    assert found == (status if mistake == "AMI secret" else 91)
    assert "Traceback" not in agent.text


def test_check_tells_what_the_account_may_do(fakes: Fixtures, tmp_path: Path) -> None:
    with AgentProcess(environment(fakes), tmp_path, "check") as agent:
        agent.end()
    assert (
        "ok     asterisk permissions: write=call,command,originate,reporting, more than needed: "
        "command;" in agent.text
    )
    agent.log.unlink()
    fakes[1].accounts["agent"] = FakeAccount(AMI_SECRET, write=frozenset({"originate"}))
    with AgentProcess(environment(fakes), tmp_path, "check") as agent:
        assert agent.end() == 77
    assert (
        "failed asterisk permissions: the account lacks write=call,reporting (set write="
        in agent.text
    )


def test_port_taken(fakes: Fixtures, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with AgentProcess(environment(fakes, RPC_PORT=port), tmp_path) as agent:
            assert agent.end() == 73
    assert agent.text == (
        f"rpc.port_taken: 127.0.0.1:{port} can't be listened on: Address already in use "
        "(set RPC_HOST to an address of this machine and RPC_PORT to a free port)\n"
    )


def test_all_wrong_settings_at_once(tmp_path: Path) -> None:
    with AgentProcess({"ODOO_URL": "ftp://x", "RPC_PORT": "0"}, tmp_path) as agent:
        assert agent.end() == 78
    lines = agent.text.splitlines()
    named = [line.split(": ")[1] for line in lines]
    assert {"ODOO_URL", "ODOO_DB", "ASTERISK_AMI_PASSWORD", "RPC_PORT"} <= set(named)
    assert all(line.startswith("config.invalid: ") for line in lines)


def test_rabbitmq_down_is_told_by_check_and_waited_for_by_run(
    fakes: Fixtures, tmp_path: Path
) -> None:
    environ = environment(fakes)
    with AgentProcess(environ, tmp_path, "check") as agent:
        assert agent.end() == 91
    assert (
        "failed rabbitmq: no connection to RabbitMQ (see whether RabbitMQ runs and AMQP_URI names "
        "its host and port)" in agent.text
    )
    agent.log.unlink()
    with AgentProcess(environ, tmp_path) as agent:
        agent.wait_for_line("no connection to RabbitMQ", times=3)
        assert agent.stop() == 0
    assert "Traceback" not in agent.text


def test_what_does_not_answer_is_waited_for(tmp_path: Path) -> None:
    nobody = free_port()
    environ = settings_for(odoo_url=f"http://127.0.0.1:{nobody}", ami_port=nobody, amqp_uri=NOBODY)
    with AgentProcess(environ, tmp_path) as agent:
        for code in ("ami.unreachable", "broker.unreachable", "odoo.unreachable"):
            agent.wait_for_line(code)
        assert agent.stop() == 0
    assert "Traceback" not in agent.text


def test_names_of_this_machine_are_found(fakes: Fixtures, tmp_path: Path) -> None:
    odoo = fakes[0]
    port = odoo.url.rpartition(":")[2]
    changes = {"ODOO_URL": f"http://localhost:{port}", "ASTERISK_AMI_HOST": "localhost"}
    with AgentProcess(environment(fakes, **changes), tmp_path) as agent:
        assert odoo.wait_for(lambda: odoo.hellos), agent.text
        agent.wait_for_line("connected to Asterisk")


def test_a_secret_that_turns_out_wrong_later_ends_run_too(tmp_path: Path) -> None:
    port = free_port()
    with FakeOdoo() as odoo:
        environ = settings_for(odoo_url=odoo.url, ami_port=port, amqp_uri=NOBODY)
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_for_line("ami.unreachable", times=2)
            accounts = {"agent": FakeAccount("something-else-7")}
            with FakeAsterisk(accounts=accounts, port=port):
                assert agent.end() == 77
    assert agent.text.splitlines()[-1].startswith("ami.auth: ")
