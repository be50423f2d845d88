"""`asterisk/manager.conf` on real Asterisk 16 and 22: what the agent does is permitted, and nothing
else. What it may read: `tests/unit/lib/test_sample_rights.py`.
"""

from pathlib import Path

import pytest
from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.errors import LabError

pytestmark = pytest.mark.lab
SAMPLE = Path(__file__).resolve().parents[2] / "asterisk/manager.conf"


def test_sample_has_no_working_secret(asterisk: Asterisk) -> None:
    conf = asterisk.etc / "manager.conf"
    ours = conf.read_text()
    try:
        conf.write_text(ours.replace(f"secret = {asterisk.ami_secret}", ""))
        asterisk.cli("manager reload")
        for secret in ("", "odoo", "CHANGE-ME"):
            with pytest.raises(LabError, match="refused"):
                AmiSession(asterisk.ami_port, "odoo", secret)
    finally:
        conf.write_text(ours)
        asterisk.cli("manager reload")
    AmiSession(asterisk.ami_port, "odoo", asterisk.ami_secret).close()


@pytest.mark.parametrize(
    "action",
    [
        {"Action": "CoreShowChannels"},
        {"Action": "CoreSettings"},
        {"Action": "Originate", "Channel": "Local/602@lab", "Application": "NoOp"},
        {"Action": "Hangup", "Channel": "PJSIP/nobody-00000000"},
        {"Action": "Getvar", "Variable": "ODOO_URL"},
        {"Action": "QueueStatus"},
    ],
    ids=lambda action: action["Action"],
)
def test_sample_permits_what_the_agent_does(asterisk: Asterisk, action: dict[str, str]) -> None:
    ami = AmiSession(asterisk.ami_port, "odoo", asterisk.ami_secret)
    try:
        assert "ermission denied" not in ami.send(action).get("Message", "")
    finally:
        ami.close()


@pytest.mark.parametrize(
    "action",
    [
        {"Action": "Command", "Command": "core show version"},
        {"Action": "GetConfig", "Filename": "manager.conf"},
        {"Action": "UpdateConfig", "SrcFilename": "manager.conf", "DstFilename": "manager.conf"},
    ],
    ids=lambda action: action["Action"],
)
def test_sample_forbids_what_the_agent_never_does(
    asterisk: Asterisk, action: dict[str, str]
) -> None:
    ami = AmiSession(asterisk.ami_port, "odoo", asterisk.ami_secret)
    try:
        assert "ermission denied" in ami.send(action)["Message"]
    finally:
        ami.close()


NEEDED_FOR = {
    "call": {"Action": "Redirect", "Channel": "PJSIP/nobody-00000000", "Exten": "1"},
    "agent": {"Action": "QueuePause", "Interface": "PJSIP/101", "Paused": "true"},
    "originate": {"Action": "Originate", "Channel": "Local/602@lab", "Application": "NoOp"},
    "reporting": {"Action": "CoreShowChannels"},
}


def test_sample_has_no_right_too_many(asterisk: Asterisk) -> None:
    """Without any one of them, something that the agent does is refused."""
    conf = asterisk.etc / "manager.conf"
    ours = conf.read_text()
    assert "write = call,agent,originate,reporting\n" in SAMPLE.read_text()
    refused = {}
    try:
        for taken, action in NEEDED_FOR.items():
            left = ",".join(right for right in NEEDED_FOR if right != taken)
            secret = f"secret = {asterisk.ami_secret}\n"
            conf.write_text(ours.replace(secret, f"{secret}write = {left}\n"))
            asterisk.cli("manager reload")
            ami = AmiSession(asterisk.ami_port, "odoo", asterisk.ami_secret)
            refused[taken] = "ermission denied" in ami.send(action).get("Message", "")
            ami.close()
    finally:
        conf.write_text(ours)
        asterisk.cli("manager reload")
    assert refused == dict.fromkeys(NEEDED_FOR, True)
