"""docker-compose.yml, unmodified, beside the lab's Asterisk and Odoo: on one host, as is meant."""

from lab.asterisk import Asterisk
from lab.containers.engine import Engine
from lab.containers.project import Project, shared
from lab.office import Office
from lab.rpc import OdooRpc
from lab.stack import Lab

#: The host's address in its network: slirp4netns gives it.
ADDRESS = "10.0.2.100"


class Yard:
    """Everything on one host: `office` and `asterisk` as they are, the rest in containers."""

    def __init__(self, lab: Lab, version: int) -> None:
        """Start Asterisk and the engine, which sees Asterisk's folders as its host's."""
        self.office = Office(lab)
        self.asterisk: Asterisk = self.office.asterisk(version)
        asterisk = self.asterisk
        # As docs/how-to/docker.md says: the agent takes recordings away when Odoo has them.
        (asterisk.spool / "monitor").chmod(0o770)
        folders = shared(asterisk.etc, asterisk.spool, asterisk.folder / "run")
        self.engine = lab.start(Engine(lab.folder / "engine", folders))
        self.project = Project(self.engine, "beside")

    def open(self) -> None:
        """Start everything else that a company has, and let scripts/setup-env write the .env."""
        self.office.start()
        self.people = self.office.people()
        self.write_env()

    def write_env(self) -> None:
        """Answer what scripts/setup-env asks, and add what only the lab has otherwise."""
        settings = self.office.settings(self.asterisk)
        told = {name: settings[name] for name in settings if name.startswith(("ODOO", "ASTERISK"))}
        told |= {"ODOO_URL": self.office.nginx.url, "AGENT_ADDRESS": ADDRESS}
        told |= {"NPM_ADMIN_EMAIL": "me@example.com", "TZ": "UTC"}
        self.project.setup_env(told=told)
        group = (self.asterisk.etc / "manager.conf").stat().st_gid
        self.project.add(
            ODOO_IP=ADDRESS, ASTERISK_AMI_PORT=self.asterisk.ami_port, ASTERISK_GID=group
        )

    def up(self) -> dict[str, float]:
        """Start the services, and enter the proxy's address and certificate in Odoo."""
        seconds = self.project.up()
        told = {
            "agent_url": f"https://{ADDRESS}/rpc/",
            "agent_ca": self.project.certificate,
        }
        self.odoo().write("asterisk_plus.server", self.people.server, told)
        return {"up_s": seconds, "agent_ready_s": self.project.agent_ready_s()}

    def odoo(self) -> OdooRpc:
        """Return a session of Odoo's administrator."""
        return self.office.admin()
