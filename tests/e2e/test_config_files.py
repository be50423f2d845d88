"""SCENARIOS 36: Asterisk's files, edited in Odoo: byte-equal on the disk, read by Asterisk; a write
that fails leaves the old file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_FSIZE, prlimit
from typing import Any

import pytest
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.cast import Cast
from lab.office import Office, config_settings
from lab.rpc import OdooRpc
from lab.stack import Lab

# Nothing here depends on Asterisk's version.
pytestmark = [pytest.mark.lab, pytest.mark.parametrize("asterisk", [22], indirect=True)]
CONF = "asterisk_plus.conf"
ADDED = "\n; caf\u00e9 \u260e\n[from-odoo]\nexten => 1,1,NoOp(written in Odoo)\n"


class Files:
    """Asterisk's folder, as Odoo's administrator has it before him."""

    def __init__(self, odoo: OdooRpc, server: int) -> None:
        self.odoo, self.server = odoo, server

    def fetch(self) -> dict[str, int]:
        """Fetch what is there; return the records by name."""
        self.odoo.call("asterisk_plus.server", "action_fetch_configs", [self.server])
        return {one["name"]: one["id"] for one in self.odoo.search_read(CONF, [], ["name"])}

    def content(self, conf: int) -> str:
        found: str = self.odoo.call(CONF, "read", [conf], ["content"])[0]["content"]
        return found

    def edit(self, conf: int, content: str) -> None:
        self.odoo.write(CONF, conf, {"content": content})

    def press(self, conf: int, button: str) -> tuple[str, str]:
        """Press a button of the form; return kind and words of the notice."""
        notice: dict[str, Any] = self.odoo.call(CONF, button, [conf])["params"]
        return notice["type"], notice["message"]

    def state(self, conf: int) -> str:
        state: str = self.odoo.call(CONF, "read", [conf], ["state"])[0]["state"]
        return state


@pytest.fixture(scope="module")
def opened(lab: Lab, office: Office, people: Cast, asterisk: Asterisk) -> Iterator[Agent]:
    """An agent whose admin lets Odoo write Asterisk's files."""
    running = office.agent(asterisk, config_settings(asterisk))
    yield running
    lab.drop(running)


@pytest.fixture
def files(office: Office, people: Cast, opened: Agent) -> Files:
    return Files(office.admin(), people.server)


@pytest.fixture
def dialplan(asterisk: Asterisk) -> Iterator[Path]:
    """The dialplan on Asterisk's disk; afterwards as it was."""
    path = asterisk.etc / "extensions.conf"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)
    asterisk.cli("dialplan reload")


def own_and_mode(path: Path) -> tuple[int, int, int]:
    there = path.stat()
    return there.st_uid, there.st_gid, there.st_mode


def test_36_what_odoo_writes_is_byte_equal_and_asterisk_reads_it(
    files: Files, asterisk: Asterisk, opened: Agent, dialplan: Path
) -> None:
    before, owned = dialplan.read_bytes(), own_and_mode(dialplan)
    found = files.fetch()
    assert {"extensions.conf", "pjsip.conf"} <= set(found)
    assert not {"manager.conf", "asterisk.conf", "modules.conf"} & set(found)
    conf = found["extensions.conf"]
    assert files.content(conf).encode() == before
    files.edit(conf, before.decode() + ADDED)
    assert files.state(conf) == "edited"
    assert files.press(conf, "action_write_there")[0] == "success"
    assert dialplan.read_bytes() == before + ADDED.encode()
    assert own_and_mode(dialplan) == owned
    assert "no existence" in asterisk.cli("dialplan show from-odoo")
    refused = files.press(conf, "action_reload")
    assert refused[0] == "danger"
    assert "Add config to the line write" in refused[1]
    permit(asterisk, opened)
    assert files.press(conf, "action_reload") == ("success", "Asterisk has reloaded pbx_config.")
    assert "NoOp(written in Odoo)" in asterisk.cli("dialplan show from-odoo")


def permit(asterisk: Asterisk, agent: Agent) -> None:
    """Do what the notice says."""
    conf = asterisk.etc / "manager.conf"
    secret = f"secret = {asterisk.ami_secret}\n"
    rights = "write = call,agent,originate,reporting,config\n"
    conf.write_text(conf.read_text().replace(secret, secret + rights))
    asterisk.cli("manager reload")
    agent.restart()


@contextmanager
def no_file_longer_than(size: int, agent: Agent) -> Iterator[None]:
    """Set the kernel's limit for what the agent writes."""
    assert agent.process is not None
    usual = {pid: prlimit(pid, RLIMIT_FSIZE) for pid in agent.process.members()}
    for pid, (_soft, hard) in usual.items():
        prlimit(pid, RLIMIT_FSIZE, (size, hard))
    yield
    for pid, limits in usual.items():
        prlimit(pid, RLIMIT_FSIZE, limits)


def test_36_a_write_that_fails_leaves_the_old_file(
    files: Files, opened: Agent, dialplan: Path
) -> None:
    conf, before = files.fetch()["extensions.conf"], dialplan.read_bytes()
    beside = sorted(dialplan.parent.iterdir())
    # The kernel refuses, in the middle of the file, what is longer than this.
    longest = opened.log.stat().st_size + (128 << 10)
    line = "; a line of a dialplan that has become long\n"
    files.edit(conf, before.decode() + line * (longest // len(line) + 1))
    with no_file_longer_than(longest, opened):
        kind, words = files.press(conf, "action_write_there")
    assert (kind, files.state(conf)) == ("danger", "edited")
    assert "could not be written" in words
    assert dialplan.read_bytes() == before
    assert sorted(dialplan.parent.iterdir()) == beside
    # Somebody else edits it there meanwhile: his stays.
    theirs = before + b"; edited on the machine\n"
    dialplan.write_bytes(theirs)
    kind, words = files.press(conf, "action_write_there")
    assert (kind, dialplan.read_bytes()) == ("danger", theirs)
    assert "was changed on Asterisk's machine" in words
    assert files.press(conf, "action_fetch")[0] == "danger"
    assert files.state(conf) == "conflict"
