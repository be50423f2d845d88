"""A new agent gets its account from a real Odoo by a code that works once; known secrets work
nowhere.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.cast import ALICE, Cast
from lab.desk import Desk
from lab.office import ADMIN, Office
from lab.rpc import OdooRpc, RpcError
from playwright.sync_api import Browser, expect

from asterisk_agent.core.errors import (
    AmiAuthError,
    ConfigError,
    EnrolmentError,
    OdooUnreachableError,
)

pytestmark = pytest.mark.lab
CODE = re.compile(r"[A-Z2-9]{5}(-[A-Z2-9]{5}){4}")
STRANGE = "<b>nobody</b>"


class Newcomer:
    """A second server in Odoo, and an agent that has nothing yet."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office, self.file = office, folder / "agent.env"
        self.admin: OdooRpc = office.admin()
        self.server = self.admin.create("asterisk_plus.server", {"name": "Newcomer"})

    def code(self) -> str:
        action = self.admin.call("asterisk_plus.server", "action_new_enrolment", [self.server])
        code: str = action["context"]["default_code"]
        return code

    def init(self, code: str, asterisk: Asterisk, *options: str) -> tuple[int, str]:
        agent = Agent(self.office.folder("init"), {"ODOO_ENROL_CODE": code} if code else {})
        words = ["--env-file", str(self.file), "--asterisk-config", str(asterisk.etc)]
        return agent.call("init", *words, *options)

    def enrol(self, code: str, *options: str) -> tuple[int, str]:
        agent = Agent(self.office.folder("enrol"), {"ODOO_ENROL_CODE": code})
        words = [self.office.nginx.https_url, "--db", self.office.database]
        return agent.call("enrol", *words, "--write", str(self.file), *options)

    @property
    def ca(self) -> tuple[str, str]:
        return "--ca-file", str(self.office.tls.file)

    def settings(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.file.read_text().splitlines())


@pytest.fixture(scope="module")
def pbx(office: Office) -> Iterator[Asterisk]:
    """An Asterisk that reads accounts from a folder, and has an endpoint with a strange name."""
    asterisk = office.asterisk(22)
    with (asterisk.etc / "manager.conf").open("a") as conf:
        conf.write('\n[general](+)\nenabled = yes\n#include "manager.d/*.conf"\n')
    with (asterisk.etc / "pjsip.conf").open("a") as conf:
        conf.write(f"\n[{STRANGE}](phone)\nauth = 101\naors = 101\n")
    asterisk.cli("module reload res_pjsip.so")
    yield asterisk
    office.lab.drop(asterisk)


@pytest.fixture
def newcomer(office: Office, people: Cast, tmp_path: Path) -> Iterator[Newcomer]:
    made = Newcomer(office, tmp_path)
    yield made
    made.admin.write("asterisk_plus.server", made.server, {"active": False})


def test_27_a_code_becomes_an_account_once(newcomer: Newcomer, office: Office) -> None:
    code = newcomer.code()
    # Whoever has no certificate that we know gets nothing, and the code stays good.
    status, output = newcomer.enrol(code)
    assert status == OdooUnreachableError.exit_code, output
    assert "--ca-file" in output
    status, output = newcomer.enrol(code, *newcomer.ca)
    assert status == 0, output
    found = newcomer.settings()
    assert found["ODOO_PASSWORD"] not in output
    assert newcomer.file.stat().st_mode & 0o777 == 0o600
    hello = office.rpc(found["ODOO_USER"], found["ODOO_PASSWORD"]).call(
        "asterisk_plus.server",
        "agent_hello",
        dict.fromkeys(("agent_version", "agent_name", "boot", "rpc_token"), ""),
    )
    assert hello["server_name"] == "Newcomer"
    status, output = newcomer.enrol(code, *newcomer.ca)
    assert status == EnrolmentError.exit_code, output
    assert "make a new one" in output
    assert newcomer.settings() == found


def test_40_from_a_code_to_a_green_check(newcomer: Newcomer, office: Office, pbx: Asterisk) -> None:
    # What no question is about: the lab's own ports.
    lines = {
        "ODOO_URL": office.nginx.https_url,
        "ODOO_DB": office.database,
        "ASTERISK_AMI_PORT": str(pbx.ami_port),
        "AMQP_URI": office.rabbitmq.uri,
    }
    newcomer.file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    status, output = newcomer.init(newcomer.code(), pbx, *newcomer.ca)
    # Asterisk is in a chroot here, where `init` can't tell it to read the account.
    assert status == AmiAuthError.exit_code, output
    assert "ok     odoo login" in output
    pbx.cli("manager reload")
    status, output = newcomer.init("", pbx)
    assert status == 0, output
    assert "failed" not in output
    found = newcomer.settings()
    assert not any(found[name] in output for name in ("ODOO_PASSWORD", "ASTERISK_AMI_PASSWORD"))


def test_40_the_assistant_leads_from_the_server_to_its_phones(
    newcomer: Newcomer, office: Office, pbx: Asterisk, browser: Browser
) -> None:
    agent = Agent(office.folder("agent"), {})
    with browser.new_context() as context:
        desk = Desk(office, context.new_page(), ADMIN, office.admin_password)
        desk.open("asterisk_plus.server", newcomer.server)
        desk.page.get_by_role("button", name="Set it up").click()
        # By its roles and by the keyboard: as who can't see it goes through.
        page = desk.page.get_by_role("dialog")
        desk.page.locator(f".modal {desk.web.input('agent_url')}").fill(
            f"http://127.0.0.1:{agent.rpc_port}/rpc/"
        )
        page.get_by_role("button", name="Next").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Waiting for the agent")
        code = CODE.search(page.inner_text())
        assert code is not None
        status, output = newcomer.enrol(code[0], *newcomer.ca)
        assert status == 0, output
        agent.settings |= office.settings(pbx) | newcomer.settings()
        office.lab.start(agent)
        # Nobody clicks: the page has heard of the agent by itself.
        expect(page).to_contain_text("Test Ping: The agent answers.")
        expect(page).to_contain_text("Asterisk Ping: Asterisk answers.")
        page.get_by_role("button", name="Find phones").press("Enter")
        expect(page.get_by_role("row").filter(has_text=STRANGE)).to_contain_text("can't be used")
        expect(page.get_by_role("row").filter(has_text="PJSIP/101")).to_contain_text(ALICE.name)
        page.get_by_role("button", name="Create what is ticked").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("New PBX users: 4, new channels: 4.")
        page.get_by_role("button", name="Next").press("Enter")
        expect(page).to_contain_text("What is left to do")
        page.get_by_role("button", name="Close").last.press("Enter")
        expect(desk.page.get_by_role("button", name="Set it up")).to_have_count(0)
        desk.page.get_by_role("button", name="Test Ping").click()
        desk.expect_notice("The agent answers.")
        assert desk.errors == []
    own = [["server_id", "=", newcomer.server]]
    made = newcomer.admin.search_read("asterisk_plus.user_channel", own, ["name"])
    assert {one["name"] for one in made} == {f"PJSIP/{exten}" for exten in pbx.accounts}
    office.lab.drop(agent)


def test_27_known_secrets_work_neither_in_odoo_nor_in_the_agent(
    newcomer: Newcomer, office: Office
) -> None:
    server = newcomer.admin.search_read("asterisk_plus.server", [], ["user_id"], limit=1)[0]
    users = newcomer.admin.call("res.users", "read", [server["user_id"][0]], ["login"])
    for password in ("asterisk1", "odoo", "admin", users[0]["login"]):
        with pytest.raises(RpcError):
            office.rpc(users[0]["login"], password)
    known = {
        "ODOO_URL": office.nginx.https_url,
        "ODOO_DB": office.database,
        "ODOO_USER": "asterisk1",
        "ODOO_PASSWORD": "asterisk1",
        "ASTERISK_AMI_USER": "odoo",
        "ASTERISK_AMI_PASSWORD": "odoo",
        "AMQP_URI": "pyamqp://guest:guest@192.0.2.1",
    }
    status, output = Agent(office.folder("known"), known).call("run")
    assert status == ConfigError.exit_code, output
    for name in ("ODOO_PASSWORD", "ASTERISK_AMI_PASSWORD", "AMQP_URI"):
        assert name in output
