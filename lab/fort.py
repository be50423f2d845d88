"""A PBX and its agent in a network of their own, and a world around it with any addresses."""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.component import random_secret
from lab.netns import Namespace, cable, give
from lab.process import wait_until
from lab.sip_client import SipClient
from lab.sip_request import Target

PBX4, PBX6 = "10.99.0.1", "fd99::1"
SIP_PORT = 5060
_TRANSPORTS = f"""
[transport-udp](+)
bind = 0.0.0.0:{SIP_PORT}
[transport-udp6]
type = transport
protocol = udp
bind = [::]:{SIP_PORT}
[transport-tcp]
type = transport
protocol = tcp
bind = 0.0.0.0:{SIP_PORT}
"""
_HEARD = "Asterisk's security events are heard"
_RULED = "the kernel holds our rules"


class FortAsterisk(Asterisk):
    """An Asterisk that listens on all addresses of its own network."""

    def prepare(self) -> None:
        super().prepare()
        with (self.etc / "pjsip.conf").open("a") as conf:
            conf.write(_TRANSPORTS)

    def is_ready(self) -> bool:
        # Its manager port can't be reached from here.
        log = self.full_log
        return log.is_file() and "Asterisk Ready" in log.read_text(errors="replace")


class FortAgent(Agent):
    """An agent that has neither Odoo nor a broker; ready when it hears security events."""

    def is_ready(self) -> bool:
        text = self.log.read_text(errors="replace")[self._log_begin :]
        if not self.settings.get("ASTERISK_SECURITY_ENABLED"):
            return "connected to Asterisk" in text
        return _HEARD in text and _RULED in text

    def command(self) -> Sequence[str]:
        # As deploy/systemd/security.conf has it.
        return ["nice", "-n", "-10", *super().command()]


class PowerlessAgent(FortAgent):
    """An agent without CAP_NET_ADMIN: it may look at everything, and change no rule."""

    def command(self) -> Sequence[str]:
        return ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", *super().command()]


class Fort:
    """All of it: `with Fort(folder, 22) as fort:`."""

    def __init__(self, folder: Path, version: int, kind: type[FortAsterisk] = FortAsterisk) -> None:
        """Make the networks; nothing runs yet."""
        self.folder = folder
        self.pbx, self.world = Namespace(), Namespace()
        cable(self.pbx, self.world)
        give(self.pbx, f"{PBX4}/8", f"{PBX6}/8")
        self.asterisk = kind(folder / "asterisk", version)
        self.asterisk.network = self.pbx.enter
        self.agent: FortAgent | None = None
        self._agents = 0
        self._given: set[str] = set()

    def __enter__(self) -> "Fort":
        return self

    def __exit__(self, *exc: object) -> None:
        if self.agent is not None:
            self.agent.kill()
        self.asterisk.stop()
        self.asterisk.give_back()
        self.world.close()
        self.pbx.close()

    def start_agent(
        self, settings: Mapping[str, str], kind: type[FortAgent] = FortAgent
    ) -> FortAgent:
        """Start an agent; one that ran before is killed, as by a power cut."""
        if self.agent is not None:
            self.agent.kill()
            self.agent.give_back()
        self._agents += 1
        self.agent = kind(self.folder / f"agent{self._agents}", self._settings() | settings)
        self.agent.network = self.pbx.enter
        self.agent.start()
        return self.agent

    def client(self, address: str, kind: int = socket.SOCK_DGRAM) -> SipClient:
        """Return a client at one address of the world, which has it from now on."""
        self.give(address)
        target = Target(PBX6 if ":" in address else PBX4, SIP_PORT)
        return SipClient(self.world.open(kind, address), target)

    def give(self, address: str) -> None:
        """Give the world an address, once."""
        if address not in self._given:
            self._given.add(address)
            give(self.world, f"{address}/8")

    def wait_for_rules(self) -> None:
        """Wait until the agent has put its rules into the kernel."""
        wait_until(lambda: "asterisk_agent" in self.pbx.ruleset(), "rules in the kernel", 60)

    def _settings(self) -> dict[str, str]:
        return {
            "ODOO_URL": "http://127.0.0.1:9",
            "ODOO_DB": "nobody",
            "ODOO_USER": "agent1",
            "ODOO_PASSWORD": random_secret(),
            "AMQP_URI": f"pyamqp://agent:{random_secret()}@127.0.0.1:9",
            "ASTERISK_AMI_HOST": "127.0.0.1",
            "ASTERISK_AMI_PORT": str(self.asterisk.ami_port),
            "ASTERISK_AMI_USER": self.asterisk.ami_user,
            "ASTERISK_AMI_PASSWORD": self.asterisk.ami_secret,
            "ASTERISK_CONFIG_FOLDER": str(self.asterisk.etc),
            "STATE_DIRECTORY": str(self.folder / "state"),
        }
