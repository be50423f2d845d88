"""Asterisk 16 with chan_sip in place of chan_pjsip, configured by the sample for it: `sip.conf`."""

from pathlib import Path

from lab import paths
from lab.asterisk import TRUNK_HOST, Account, Asterisk
from lab.modules import with_chan_sip
from lab.net import HOST

QUEUES = '#include "/mnt/checkout/asterisk/queues.conf"\n'


class ChanSipAsterisk(Asterisk):
    """One Asterisk 16 whose phones are SIP/101 instead of PJSIP/101; all else is the same."""

    modules = with_chan_sip()

    def __init__(self, folder: Path, odoo_url: str, odoo_db: str = "") -> None:
        super().__init__(folder, 16, odoo_url, odoo_db)
        self.name = "asterisk16-chan_sip"

    def prepare(self) -> None:
        super().prepare()
        (self.etc / "pjsip.conf").unlink()
        # As a user of chan_sip does it: another technology in the dialplan and in the queues.
        for path in self.etc.glob("*.conf"):
            text = path.read_text()
            if QUEUES in text:
                sample = (paths.CHECKOUT / "asterisk/queues.conf").read_text()
                text = text.replace(QUEUES, sample)
            path.write_text(text.replace("PJSIP/", "SIP/"))
        with (self.etc / "extensions.conf").open("a") as conf:
            conf.write("\n[globals](+)\nTECH = SIP\n")
        for name in ("users", "sip_notify"):
            (self.etc / f"{name}.conf").touch()
        phones = "".join(_phone(account) for account in self.accounts.values())
        general = GENERAL.format(host=HOST, port=self.sip_port)
        trunk = TRUNK.format(host=TRUNK_HOST, port=self.trunk_port)
        (self.etc / "sip.conf").write_text(general + phones + trunk)


GENERAL = """#include "/mnt/checkout/asterisk/sip.conf"

[general](+)
udpbindaddr = {host}:{port}
"""

TRUNK = """
[trunk](trunk)
host = {host}
port = {port}
; sipp sees digits that come as SIP INFO, not those in RTP.
dtmfmode = info
"""


def _phone(account: Account) -> str:
    place = f"host = {HOST}\nport = {account.contact_port}\n" if account.contact_port else ""
    return (
        f"\n[{account.exten}](phone)\nsecret = {account.password}\n"
        f"callerid = {account.name} <{account.exten}>\ncallgroup = 1\npickupgroup = 1\n"
        f"qualify = no\n{place}"
    )
