"""The fort with all doors in the wall: UDP, TCP, TLS, WebSocket, the manager's port, IPv4 and IPv6,
and accounts for a whole company. Attackers and customers get addresses of the world.
"""

import json
import re
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.component import RUN, random_secret
from lab.fort import PBX4, PBX6, SIP_PORT, Fort, FortAsterisk
from lab.modules import WANTED
from lab.sip_request import Target
from lab.tls import certificate

TLS_PORT, WEB_PORT = 5061, 8088
ON = {"ASTERISK_SECURITY_ENABLED": "yes"}
#: Accounts of the company; the first one is 5000.
PHONES = 310
#: An echo; three digits alone would be a phone.
ECHO = "*614"
_DOORS = f"""
[transport-tls]
type = transport
protocol = tls
bind = 0.0.0.0:{TLS_PORT}
method = tlsv1_2
cert_file = {RUN}/keys/cert.pem
priv_key_file = {RUN}/keys/key.pem
[transport-ws]
type = transport
protocol = ws
bind = 0.0.0.0
"""
_WEB = f"[general]\nenabled = yes\nbindaddr = 0.0.0.0\nbindport = {WEB_PORT}\n"
_MANAGER = "\n[general](+)\nbindaddr = 0.0.0.0\n"
#: As Asterisk's own sample has it: fail2ban's asterisk jail reads this file.
_MESSAGES = "messages => notice,warning,error\n"
_HINTS = "\n[lab](+)\nexten => _70X,hint,PJSIP/101\n"


class ArenaAsterisk(FortAsterisk):
    """An Asterisk as careless as many: everything is bound to the world."""

    modules = f"{WANTED} res_http_websocket res_pjsip_transport_websocket"

    def __init__(self, folder: Path, version: int) -> None:
        super().__init__(folder, version)
        self.phone_password = random_secret()

    def prepare(self) -> None:
        super().prepare()
        keys = self.folder / "keys"
        made = certificate(keys / "made")
        shutil.copy(made.file, keys / "cert.pem")
        shutil.copy(made.key, keys / "key.pem")
        with (self.etc / "pjsip.conf").open("a") as conf:
            conf.write(_DOORS)
            conf.writelines(self._phone(5000 + number) for number in range(PHONES))
        added = {"manager": _MANAGER, "extensions": _HINTS, "http": _WEB, "logger": _MESSAGES}
        for name, text in added.items():
            with (self.etc / f"{name}.conf").open("a") as conf:
                conf.write(text)

    def _phone(self, exten: int) -> str:
        return (
            f"\n[{exten}](phone)\nauth = {exten}\naors = {exten}\nallow = !all,ulaw\n"
            f"[{exten}](phone-auth)\nusername = {exten}\npassword = {self.phone_password}\n"
            f"[{exten}](phone-aor)\nqualify_frequency = 0\n"
        )

    def cpu_s(self) -> float:
        """Return the processor time that it has used."""
        return sum(_cpu_s(pid) for pid in (self.process.members() if self.process else []))


class Arena(Fort):
    """A fort that is being attacked: `with Arena(folder, 22) as arena: arena.open()`."""

    asterisk: ArenaAsterisk

    def __init__(self, folder: Path, version: int) -> None:
        super().__init__(folder, version, ArenaAsterisk)
        self._networks = iter(range(1, 200))

    def open(self) -> None:
        """Start Asterisk and the agent, and wait for the rules."""
        self.asterisk.start()
        self.start_agent(ON)
        self.wait_for_rules()

    def attacker(self, *, v6: bool = False) -> str:
        """Return an address of a network that nobody had before."""
        number = next(self._networks)
        address = f"fd66:0:0:{number:x}::1" if v6 else f"10.66.{number}.1"
        self.give(address)
        return address

    def customer(self, number: int) -> str:
        """Return the address of one customer."""
        address = f"10.67.{number // 250}.{number % 250 + 1}"
        self.give(address)
        return address

    def target(self, address: str, port: int = SIP_PORT) -> Target:
        """Return where Asterisk is for an address of the world."""
        return Target(PBX6 if ":" in address else PBX4, port)

    def socket(self, address: str, kind: int = socket.SOCK_DGRAM) -> socket.socket:
        """Return a socket of the world."""
        return self.world.open(kind, address)

    def bans(self) -> dict[str, str]:
        """Return address and comment of everybody who is shut out, by the agent or the kernel."""
        if self.agent is None:
            return {}
        status, output = self.agent.call("ban", "list", "--json")
        if status:
            raise OSError(output)
        rows: list[dict[str, Any]] = json.loads(output.splitlines()[-1])
        return {row["address"]: row["comment"] for row in rows}

    def banned_at(self, address: str) -> float | None:
        """Return when the agent wrote down that it had banned an address (Unix seconds)."""
        text = self.agent.log.read_text(errors="replace") if self.agent else ""
        found = re.search(
            rf"^(\S+ \S+),(\d+) WARNING \S+: banned {re.escape(address)} ", text, re.M
        )
        if not found:
            return None
        at = datetime.strptime(f"{found[1]} +0000", "%Y-%m-%d %H:%M:%S %z")
        return at.timestamp() + int(found[2]) / 1000

    @contextmanager
    def without_agent(self) -> Iterator[None]:
        """Kill the agent for a while, as by a power cut of its own."""
        if self.agent is not None:
            self.agent.kill()
        try:
            yield
        finally:
            self.restart_agent()

    def restart_agent(self) -> None:
        """Start an agent, the one before killed; its bans and rules are there when it returns."""
        self.start_agent(ON)
        self.wait_for_rules()

    @contextmanager
    def bare(self) -> Iterator[None]:
        """Be without agent and rules for a while, as a PBX that others protect."""
        with self.without_agent():
            self.pbx.nft(["-f", "-"], "delete table inet asterisk_agent\n")
            yield


def tls() -> ssl.SSLContext:
    """Return the context of an attacker: he trusts everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _cpu_s(pid: int) -> float:
    """Return the seconds that a process has run (proc(5): fields 14 and 15 of stat)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100
