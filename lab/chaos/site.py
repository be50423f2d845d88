"""The office with relays on its lines: agent to AMI, to RabbitMQ, to Odoo; Odoo to PostgreSQL."""

import re
from collections.abc import Mapping

from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.chaos.relay import Relay
from lab.component import Component
from lab.errors import LabError
from lab.net import HOST
from lab.office import MODULES, Office, recording_settings
from lab.stack import Lab

#: manager.c: the end of the list of live channels, which the agent asks for after each login.
LISTED = b"Event: CoreShowChannelsComplete"


class Site(Office):
    """An office, its one Asterisk and its agent. `close` before the lab ends."""

    def __init__(self, lab: Lab, modules: tuple[str, ...] = MODULES) -> None:
        super().__init__(lab, modules)
        # A commit that Odoo was told of is one, also when PostgreSQL is killed.
        self.postgres.durable = True
        door = lab.folder / "door"
        door.mkdir()
        name = f".s.PGSQL.{self.postgres.port}"
        self.relays = {"postgres": Relay(self.postgres.socket / name, door / name)}
        self.odoo.socket = door
        self._agent: Agent | None = None

    def open(self, version: int) -> None:
        """Start everything, the agent last."""
        self.start()
        self.people()
        self.pbx: Asterisk = self.asterisk(version)
        self.relays["asterisk"] = Relay(self.pbx.ami_port, mark=LISTED)
        self.relays["rabbitmq"] = Relay(self.rabbitmq.port)
        self.relays["odoo"] = Relay(self.nginx.https_port)
        self.employ(Agent)

    def employ(self, kind: type[Agent], settings: Mapping[str, str] | None = None) -> None:
        """Start an agent, in the place of the one that was there; `settings` are put over the usual
        ones.
        """
        if self._agent is not None:
            self.lab.drop(self._agent)
        own = self._by_relay() | recording_settings(self.pbx)
        everything = self.settings(self.pbx) | own | dict(settings or {})
        self._agent = self.lab.start(kind(self.folder("agent"), everything, self.rpc_port))

    def _by_relay(self) -> dict[str, str]:
        ports = {name: relay.port for name, relay in self.relays.items()}
        uri = re.sub(rf"{HOST}:\d+", f"{HOST}:{ports['rabbitmq']}", self.rabbitmq.uri)
        return {
            "ASTERISK_AMI_PORT": str(ports["asterisk"]),
            "AMQP_URI": uri,
            "ODOO_URL": f"https://{HOST}:{ports['odoo']}",
        }

    @property
    def one(self) -> Agent:
        """Return the agent that is employed now. Raise LabError before there is one."""
        if self._agent is None:
            raise LabError("the site has no agent yet")
        return self._agent

    def component(self, target: str) -> Component:
        """Return whom a fault's target names."""
        known: dict[str, Component] = {
            "asterisk": self.pbx,
            "rabbitmq": self.rabbitmq,
            "odoo": self.odoo,
            "workers": self.odoo,
            "postgres": self.postgres,
            "agent": self.one,
        }
        return known[target]

    def close(self) -> None:
        """Stop the agent, then end the relays."""
        if self._agent is not None:
            self._agent.stop()
        for relay in self.relays.values():
            relay.close()
