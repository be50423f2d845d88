"""TLS in the running agent, where eventlet has taken the sockets' place."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.agent_process import AMI_SECRET, AgentProcess, settings_for
from fakes.asterisk import FakeAccount, FakeAsterisk
from fakes.certificate import certificate
from fakes.odoo import FakeOdoo

NOBODY = "pyamqp://agent:secret@127.0.0.1:1"
Files = tuple[Path, Path]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def context(files: Files) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


@pytest.fixture
def odoo(context: ssl.SSLContext) -> Iterator[FakeOdoo]:
    with FakeOdoo(tls=context) as fake:
        yield fake


def environment(odoo: FakeOdoo, ami_port: int, **changes: str) -> dict[str, str]:
    return settings_for(odoo_url=odoo.url, ami_port=ami_port, amqp_uri=NOBODY, **changes)


def test_asterisk_and_odoo_over_tls(
    odoo: FakeOdoo, context: ssl.SSLContext, files: Files, tmp_path: Path
) -> None:
    accounts = {"agent": FakeAccount(AMI_SECRET)}
    with FakeAsterisk(accounts=accounts, tls=context) as asterisk:
        environ = environment(
            odoo,
            asterisk.port,
            ASTERISK_AMI_HOST="localhost",
            ASTERISK_AMI_TLS="yes",
            ASTERISK_AMI_CA_FILE=str(files[0]),
            ODOO_CA_FILE=str(files[0]),
        )
        with AgentProcess(environ, tmp_path) as agent:
            agent.wait_for_line("connected to Asterisk")
            assert odoo.wait_for(lambda: odoo.hellos), agent.text
            asterisk.wait_for(lambda: "CoreShowChannels" in asterisk.names())
            assert agent.stop() == 0
    assert "Traceback" not in agent.text


def test_a_certificate_that_nobody_knows(odoo: FakeOdoo, tmp_path: Path) -> None:
    with AgentProcess(environment(odoo, 1), tmp_path) as agent:
        agent.wait_for_line(
            "odoo.unreachable: the TLS certificate of ODOO_URL can't be verified "
            "(set ODOO_CA_FILE to the certificate of the authority that signed it)"
        )
    assert odoo.logins == 0
    assert "Traceback" not in agent.text
