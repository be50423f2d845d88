"""The company of the scenarios, complete: everything that is needed for a call to become a record
in Odoo.
"""

import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from lab import cast
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.component import RUN, random_secret
from lab.net import HOST, free_port
from lab.nginx import Nginx
from lab.odoo import Odoo
from lab.postgres import Postgres
from lab.progress import working
from lab.rabbitmq import RabbitMQ
from lab.rpc import OdooRpc
from lab.stack import Lab
from lab.template import new_database, template
from lab.tls import certificate

DATABASE = "acme"
MODULES = ("asterisk_plus",)
ADMIN = "admin"


def recording_settings(asterisk: Asterisk) -> dict[str, str]:
    """Return the settings with which an agent takes the recordings of an Asterisk."""
    return {
        "RECORDINGS_FOLDER": str(asterisk.spool / "monitor"),
        "RECORDINGS_TOLD_FOLDER": str(RUN / "spool/monitor"),
        "VOICEMAIL_FOLDER": str(asterisk.spool / "voicemail"),
    }


def config_settings(asterisk: Asterisk) -> dict[str, str]:
    """Return the settings with which Odoo may write the files of an Asterisk."""
    return {"ASTERISK_CONFIG_FOLDER": str(asterisk.etc), "ASTERISK_CONFIG_ACCESS": "write"}


class Office:
    """PostgreSQL, RabbitMQ, Odoo with the addon and nginx; Asterisk and the agent are started on
    demand.

    Asterisk and the agent come in pairs, one pair at a time: there is one server in Odoo, and one
    Agent URL.
    """

    def __init__(self, lab: Lab, modules: Sequence[str] = MODULES, workers: int = 2) -> None:
        self.lab, self.modules, self.database = lab, modules, DATABASE
        self.admin_password, self.agent_password = random_secret(), ""
        #: Of Alice and Bob, once there are people.
        self.password = ""
        self.rpc_port = free_port()
        base = template()
        self.tls = certificate(lab.folder / "tls")
        self.postgres = Postgres(lab.folder / "postgres", base.cluster)
        self.rabbitmq = RabbitMQ(lab.folder / "rabbitmq")
        self.odoo = Odoo(lab.folder / "odoo", self.postgres, workers, base.data, self.tls)
        self.nginx = Nginx(lab.folder / "nginx", self.odoo, self.rpc_port, self.tls)

    def start(self) -> None:
        """Start what does not depend on a version of Asterisk, and make the cast."""
        self.lab.start_together(self.postgres, self.rabbitmq)
        new_database(self.postgres, self.odoo, self.database, self.admin_password)
        with working(f"installing {', '.join(self.modules)} in Odoo {self.odoo.version}"):
            self.odoo.install(self.database, self.modules)
        self.lab.start_together(self.odoo, self.nginx)
        self._wake()

    def _wake(self) -> None:
        """Let every worker of Odoo load its registry: the dialplan waits no longer for the first
        answer than for any other.
        """
        count = 2 * max(1, self.odoo.workers)
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(self._knock, range(count)))

    def _knock(self, _number: int) -> None:
        url = f"{self.nginx.url}/asterisk_plus/get_caller_name?number=1&db={self.database}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with suppress(urllib.error.HTTPError):
            opener.open(url, timeout=self.odoo.ready_s).close()

    def people(self) -> cast.Cast:
        """Make the cast in Odoo, and return it."""
        ca = self.tls.file.read_text()
        people = cast.create(self.admin(), self.nginx.rpc_url, ca)
        self.agent_password, self.password = people.agent_password, people.password
        return people

    def admin(self) -> OdooRpc:
        """Return a session of Odoo's administrator."""
        return self.rpc(ADMIN, self.admin_password)

    def rpc(self, login: str, password: str) -> OdooRpc:
        """Return a session of a user."""
        return OdooRpc(self.nginx.url, self.database, login, password)

    def asterisk(self, version: int) -> Asterisk:
        """Start an Asterisk whose dialplan asks this Odoo."""
        folder = self.folder(f"asterisk{version}")
        return self.lab.start(Asterisk(folder, version, self.nginx.url, self.database))

    def settings(self, asterisk: Asterisk) -> dict[str, str]:
        """Return the agent's environment for an Asterisk."""
        return {
            "ODOO_URL": self.nginx.https_url,
            "ODOO_CA_FILE": str(self.tls.file),
            "ODOO_DB": self.database,
            "ODOO_USER": cast.AGENT_LOGIN,
            "ODOO_PASSWORD": self.agent_password,
            "ODOO_IP": HOST,
            "ASTERISK_AMI_HOST": HOST,
            "ASTERISK_AMI_PORT": str(asterisk.ami_port),
            "ASTERISK_AMI_USER": asterisk.ami_user,
            "ASTERISK_AMI_PASSWORD": asterisk.ami_secret,
            "AMQP_URI": self.rabbitmq.uri,
        }

    def agent(self, asterisk: Asterisk, settings: Mapping[str, str] | None = None) -> Agent:
        """Start the agent of an Asterisk; `settings` are put over the usual ones."""
        everything = self.settings(asterisk) | dict(settings or {})
        agent = Agent(self.folder("agent"), everything, self.rpc_port)
        return self.lab.start(agent)

    def agent_token(self) -> str:
        """Return the token that the agent of the first server gave Odoo: nobody can ask Odoo for
        it.
        """
        query = "select token from asterisk_plus_server_secret order by server_id limit 1"
        return self.postgres.sql(query, self.database)

    def folder(self, name: str) -> Path:
        """Return a run folder that is not there yet: a second agent starts anew."""
        number = 1
        while (folder := self.lab.folder / f"{name}-{number}").exists():
            number += 1
        return folder
