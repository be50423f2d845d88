"""Asterisk 16 and 22 on loopback, configured by the project's own samples and a lab overlay
(`conf/`).
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.component import Component, random_secret
from lab.errors import LabError
from lab.modules import WANTED, loads
from lab.net import HOST, listens

CONF = Path(__file__).with_name("conf")
CHROOTS = {16: "bullseye", 22: "sid"}
# Any address of 127/8 is loopback: the trunk's own one is how Asterisk knows it.
TRUNK_HOST = "127.0.0.2"
RTP_PORTS = 200
# Asterisk says so in its log when one of these is missing; their defaults are what the lab wants.
EMPTY = (
    "acl",
    "ccss",
    "cel",
    "cli",
    "codecs",
    "dnsmgr",
    "dsp",
    "enum",
    "extconfig",
    "followme",
    "http",
    "pjproject",
    "pjsip_notify",
    "res_curl",
    "sorcery",
    "stasis",
    "udptl",
)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SILENCE = bytes(2 * 8000 * 5)  # five seconds of signed linear audio at 8 kHz


@dataclass(frozen=True)
class Account:
    """A SIP endpoint of the lab. `contact_port` is where its phone listens; None: it must
    register.
    """

    exten: str
    name: str
    password: str
    contact_port: int | None


class Asterisk(Component):
    """One Asterisk: `Asterisk(folder, 22)`."""

    user = "asterisk"
    modules = WANTED

    def __init__(
        self,
        folder: Path,
        version: int,
        odoo_url: str = "http://127.0.0.1:9",
        odoo_db: str = "",
        odoo_token: str = "",
    ) -> None:
        """Take a run folder, 16 or 22, and what the dialplan needs to ask Odoo."""
        super().__init__(folder)
        self.version, self.chroot, self.name = version, CHROOTS[version], f"asterisk{version}"
        self.odoo_url, self.odoo_db, self.odoo_token = odoo_url, odoo_db, odoo_token
        self.sip_port, self.ami_port, self.trunk_port = (self.take_port() for _ in range(3))
        self.rtp_port = self.take_port(RTP_PORTS)
        self.ami_user, self.ami_secret, self.lab_secret = "odoo", random_secret(), random_secret()
        self.system_name = f"lab-{version}-{secrets.token_hex(2)}"
        names = {"101": "Alice", "102": "Bob", "103": "Carol", "104": "Softphone"}
        self.accounts = {
            exten: Account(
                exten, name, random_secret(), None if exten == "104" else self.take_port()
            )
            for exten, name in names.items()
        }

    @property
    def full_log(self) -> Path:
        """Return Asterisk's own full log."""
        return self.folder / "log/full"

    @property
    def spool(self) -> Path:
        """Return the spool folder on the host; recordings are in its `monitor`."""
        return self.folder / "spool"

    @property
    def etc(self) -> Path:
        """Return the configuration folder on the host."""
        return self.folder / "etc"

    def logs(self) -> list[Path]:
        return [self.full_log if self.full_log.is_file() else self.log]

    def addresses(self) -> dict[str, str]:
        return {
            "sip": f"{HOST}:{self.sip_port}",
            "ami": f"{HOST}:{self.ami_port}",
            "system_name": self.system_name,
        }

    def prepare(self) -> None:
        for name in (
            "etc",
            "lib/keys",
            "spool/monitor",
            "spool/voicemail",
            "spool/outgoing",
            "spool/tmp",
            "run",
            "log",
            "cache",
            "moh",
        ):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "moh/silence.sln").write_bytes(SILENCE)
        values = self._values()
        for name in EMPTY:
            (self.etc / f"{name}.conf").touch()
        for source in sorted(CONF.glob("*.conf")):
            text = source.read_text()
            for key, value in values.items():
                text = text.replace(f"@{key}@", value)
            (self.etc / source.name).write_text(text)
        with (self.etc / "pjsip.conf").open("a") as conf:
            conf.writelines(_phone(account) for account in self.accounts.values())
            conf.write(TRUNK.format(host=TRUNK_HOST, port=self.trunk_port))

    def _values(self) -> dict[str, str]:
        root = self.root
        if root is None:
            raise LabError("Asterisk runs in a chroot only")
        modules = next(root.glob("usr/lib/**/asterisk/modules"))
        return {
            "MODULES": f"/{modules.relative_to(root)}",
            "LOADS": loads(modules, self.modules),
            "SYSTEMNAME": self.system_name,
            "AMI_PORT": str(self.ami_port),
            "AMI_SECRET": self.ami_secret,
            "LAB_SECRET": self.lab_secret,
            "SIP_PORT": str(self.sip_port),
            "RTP_FIRST": str(self.rtp_port),
            "RTP_LAST": str(self.rtp_port + RTP_PORTS - 1),
            "ODOO_URL": self.odoo_url,
            "ODOO_DB": self.odoo_db,
            "ODOO_TOKEN": self.odoo_token,
        }

    def command(self) -> Sequence[str]:
        return ["/usr/sbin/asterisk", "-f", "-C", "/mnt/run/etc/asterisk.conf"]

    def environment(self) -> dict[str, str]:
        return {"HOME": "/mnt/run", "TZ": "UTC"}

    def is_ready(self) -> bool:
        # The log first: a knock at the AMI port is an event of its own.
        log = self.full_log
        ready = log.is_file() and "Asterisk Ready" in log.read_text(errors="replace")
        return ready and listens(self.ami_port)

    def launch(self) -> None:
        # The log of an earlier start must not answer for this one.
        if self.full_log.is_file():
            self.full_log.rename(self.full_log.with_name(f"full.{secrets.token_hex(3)}"))
        super().launch()

    def cli(self, command: str) -> str:
        """Run one command of Asterisk's command line, return what it prints."""
        status, output = self.run(
            ["/usr/sbin/asterisk", "-C", "/mnt/run/etc/asterisk.conf", "-rx", command]
        )
        if status:
            raise LabError(f"asterisk -rx {command!r}: {output}")
        return COLOURS.sub("", output)

    def warnings(self) -> list[str]:
        """Return the lines of the full log that are warnings or errors."""
        lines = self.full_log.read_text(errors="replace").splitlines()
        return [line for line in lines if "] WARNING[" in line or "] ERROR[" in line]


def _phone(account: Account) -> str:
    contact = (
        f"contact = sip:{account.exten}@{HOST}:{account.contact_port}\n"
        if account.contact_port
        else ""
    )
    return (
        f"\n[{account.exten}](phone)\nauth = {account.exten}\naors = {account.exten}\n"
        f"callerid = {account.name} <{account.exten}>\ncall_group = 1\npickup_group = 1\n"
        f"[{account.exten}](phone-auth)\nusername = {account.exten}\n"
        f"password = {account.password}\n"
        f"[{account.exten}](phone-aor)\nqualify_frequency = 0\n{contact}"
    )


TRUNK = """
[trunk](trunk)
aors = trunk
; sipp sees digits that come as SIP INFO, not those in RTP.
dtmf_mode = info
[trunk]
type = aor
contact = sip:{host}:{port}
[trunk]
type = identify
endpoint = trunk
match = {host}
"""
