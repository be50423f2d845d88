"""What is wrong at the start is told in one line, cause and cure, and by the exit status."""

import re
import socket
from collections.abc import Callable

import pytest
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.cast import Cast
from lab.net import HOST, free_port
from lab.office import Office
from lab.stack import Lab

from asterisk_agent.core import errors

pytestmark = pytest.mark.lab

Change = Callable[[Office], dict[str, str]]
MISTAKES: dict[str, tuple[Change, type[errors.AgentError], str]] = {
    "wrong AMI secret": (
        lambda _: {"ASTERISK_AMI_PASSWORD": "not-this-one"},
        errors.AmiAuthError,
        "ASTERISK_AMI_PASSWORD",
    ),
    "AMI port closed": (
        lambda _: {"ASTERISK_AMI_PORT": str(free_port())},
        errors.AmiUnreachableError,
        "ASTERISK_AMI_PORT",
    ),
    "wrong Odoo password": (
        lambda _: {"ODOO_PASSWORD": "not-this-one"},
        errors.OdooAuthError,
        "ODOO_PASSWORD",
    ),
    "wrong database": (
        lambda _: {"ODOO_DB": "no_such_database"},
        errors.OdooDatabaseError,
        "ODOO_DB",
    ),
    "RabbitMQ down": (
        lambda _: {"AMQP_URI": f"pyamqp://agent:long-password@{HOST}:{free_port()}"},
        errors.BrokerUnreachableError,
        "AMQP_URI",
    ),
    "wrong RabbitMQ password": (
        lambda office: {"AMQP_URI": re.sub(r":[^:@]+@", ":not-this-one@", office.rabbitmq.uri)},
        errors.BrokerAuthError,
        "AMQP_URI",
    ),
    "ODOO_URL redirects": (
        lambda office: {"ODOO_URL": office.nginx.redirect_url},
        errors.OdooRedirectError,
        "ODOO_URL",
    ),
    "certificate nobody knows": (
        lambda _: {"ODOO_CA_FILE": ""},
        errors.OdooUnreachableError,
        "ODOO_CA_FILE",
    ),
    "user is no agent": (
        lambda office: {"ODOO_USER": "admin", "ODOO_PASSWORD": office.admin_password},
        errors.OdooAccessError,
        "",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_check_names_cause_and_cure(
    lab: Lab, office: Office, people: Cast, asterisk: Asterisk, mistake: str
) -> None:
    change, kind, word = MISTAKES[mistake]
    agent = Agent(office.folder("check"), office.settings(asterisk) | change(office))
    status, output = agent.call("check")
    assert status == kind.exit_code, output
    assert word in output
    assert "Traceback" not in output
    assert "not-this-one" not in output
    assert office.agent_password not in output


def test_check_is_green_when_all_is_right(office: Office, people: Cast, asterisk: Asterisk) -> None:
    agent = Agent(office.folder("check"), office.settings(asterisk))
    status, output = agent.call("check")
    assert status == 0, output
    for part in ("Asterisk", "RabbitMQ", "Odoo", "map", "clock"):
        assert part in output


@pytest.mark.parametrize(
    "mistake", ["wrong Odoo password", "wrong database", "ODOO_URL redirects", "wrong AMI secret"]
)
def test_run_ends_for_what_waiting_cannot_heal(
    office: Office, people: Cast, asterisk: Asterisk, mistake: str
) -> None:
    change, kind, word = MISTAKES[mistake]
    agent = Agent(office.folder("run"), office.settings(asterisk) | change(office))
    status, output = agent.call("run")
    assert status == kind.exit_code, output
    assert word in output.strip().splitlines()[-1]
    assert "Traceback" not in output


def test_run_ends_when_its_port_is_taken(office: Office, people: Cast, asterisk: Asterisk) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        agent = Agent(office.folder("run"), office.settings(asterisk), rpc_port=port)
        status, output = agent.call("run")
    assert status == errors.PortTakenError.exit_code, output
    assert "RPC_PORT" in output.strip().splitlines()[-1]


def test_all_mistakes_of_the_environment_at_once(office: Office, asterisk: Asterisk) -> None:
    wrong = {
        "ODOO_URL": "odoo",
        "ASTERISK_AMI_PORT": "0",
        "ODOO_PASSWORD": "asterisk1",
        "AMQP_URI": "x",
    }
    agent = Agent(office.folder("run"), office.settings(asterisk) | wrong)
    status, output = agent.call("run")
    assert status == errors.ConfigError.exit_code
    for name in wrong:
        assert name in output
