"""`asterisk-agent init` beside real Asterisk and a real RabbitMQ ends in a green check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.asterisk import Asterisk
from lab.stack import Lab

from asterisk_agent.core import env_file
from fakes.agent_process import AgentProcess

pytestmark = pytest.mark.lab


@pytest.fixture(params=[16, 22])
def real(provisioned: None, request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    with Lab() as lab:
        running = lab.start(Asterisk(lab.folder / f"init-{request.param}", request.param))
        with (running.etc / "manager.conf").open("a") as conf:
            # The lab's file includes our sample, which `init` can't see from outside the chroot.
            conf.write('\n[general](+)\nenabled = yes\n#include "manager.d/*.conf"\n')
        yield running
        lab.drop(running)


def test_init_makes_an_account_by_which_everything_is_right(
    real: Asterisk, environ: dict[str, str], tmp_path: Path
) -> None:
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
