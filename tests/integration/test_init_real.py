"""`asterisk-agent init` beside real Asterisk and a real RabbitMQ ends in a green check."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab.asterisk import Asterisk
from lab.component import random_secret
from lab.stack import Lab

from asterisk_agent.core import env_file
from fakes.agent_process import AgentProcess

pytestmark = pytest.mark.lab
FREEPBX = Path(__file__).resolve().parents[2] / "docs/how-to/freepbx.md"
#: As FreePBX writes it at each "Apply Config" (its module `framework`); AMI's port is the lab's.
FREEPBX_MANAGER = """[general]
enabled = yes
port = {port}
bindaddr = 127.0.0.1
displayconnects=no

[admin]
secret = {secret}
deny=0.0.0.0/0.0.0.0
permit=127.0.0.1/255.255.255.0
read = system,call,log,verbose,command,agent,user,config,command,dtmf,reporting,cdr,dialplan
write = system,call,log,verbose,command,agent,user,config,command,dtmf,reporting,originate
writetimeout = 5000

#include manager_additional.conf
#include manager_custom.conf
"""


@pytest.fixture(params=[16, 22])
def real(provisioned: None, request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    with Lab() as lab:
        running = lab.start(Asterisk(lab.folder / f"init-{request.param}", request.param))
        yield running
        lab.drop(running)


def as_debian(real: Asterisk) -> None:
    """Let manager.d be read, as the manager.conf of Debian's package does."""
    with (real.etc / "manager.conf").open("a") as conf:
        # The lab's file includes our sample, which `init` can't see from outside the chroot.
        conf.write('\n[general](+)\nenabled = yes\n#include "manager.d/*.conf"\n')


def as_freepbx(real: Asterisk) -> None:
    """Give Asterisk what FreePBX writes, and follow our page word by word."""
    text = FREEPBX_MANAGER.format(port=real.ami_port, secret=random_secret())
    (real.etc / "manager.conf").write_text(text)
    for name in ("manager_additional.conf", "manager_custom.conf"):
        (real.etc / name).write_text("")
    block = re.findall(r"^```sh\n(.*?)^```$", FREEPBX.read_text(), re.M | re.S)[0]
    # The folder is the lab's, and so is who owns it.
    typed = block.replace("/etc/asterisk", str(real.etc))
    typed = typed.replace("asterisk:asterisk", f"--reference={real.etc}")
    subprocess.run(["sh", "-ec", typed], check=True)
    real.cli("manager reload")
    # A pattern that matches nothing is no mistake: so it is until `init` has been there.
    assert [line for line in real.warnings() if "manager" in line] == []


@pytest.mark.parametrize("prepare", [as_debian, as_freepbx])
def test_init_makes_an_account_by_which_everything_is_right(
    real: Asterisk,
    environ: dict[str, str],
    tmp_path: Path,
    prepare: Callable[[Asterisk], None],
) -> None:
    prepare(real)
    target = tmp_path / "agent.env"
    # AMI's port is the lab's own: no `init` can know it. The account is what `init` makes.
    known = environ | {"ASTERISK_AMI_PORT": str(real.ami_port)}
    ours = {"ASTERISK_AMI_USER", "ASTERISK_AMI_PASSWORD"}
    env_file.write(target, {name: known[name] for name in known if name not in ours})
    words = ["init", "--env-file", str(target), "--asterisk-config", str(real.etc)]
    with AgentProcess({}, tmp_path, *words) as first:
        # Asterisk is in a chroot here, where `init` can't tell it to read the file.
        assert first.end() == 77, first.text
        assert "failed asterisk login" in first.text
    real.cli("manager reload")
    with AgentProcess({}, tmp_path, *words) as second:
        assert second.end() == 0, second.text
    secret = env_file.values(target.read_text())["ASTERISK_AMI_PASSWORD"]
    assert secret not in second.text
