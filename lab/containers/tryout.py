"""deploy/docker-compose.try.yml, unmodified: Odoo, PostgreSQL and Asterisk in containers, too."""

from pathlib import Path

from lab.asterisk import Account, Asterisk
from lab.containers.engine import Engine
from lab.containers.project import Project
from lab.errors import LabError
from lab.rpc import OdooRpc

AMI_PORT, SIP_PORT, TRUNK_PORT, ODOO_PORT = 5038, 5060, 5062, 8069


class Contained(Asterisk):
    """The trial's Asterisk, for the lab's phones: it runs already, and is not ours to start."""

    def __init__(self, folder: Path, project: Project) -> None:
        super().__init__(folder, 22)
        self.project = project
        self.give_back()
        said = project.values()
        self.ami_port, self.sip_port, self.trunk_port = AMI_PORT, SIP_PORT, TRUNK_PORT
        self.ami_user, self.ami_secret = said["ASTERISK_AMI_USER"], said["ASTERISK_AMI_PASSWORD"]
        # They register, as a person's do.
        self.accounts = {
            exten: Account(exten, name, said["SIP_PASSWORD"], None)
            for exten, name in (("101", "Alice"), ("102", "Bob"))
        }

    def start(self) -> None:
        raise LabError("docker compose starts it")

    def cli(self, command: str) -> str:
        return self.project("exec", "-T", "asterisk", "asterisk", "-rx", command)


class Tryout:
    """The trial: everything by its own files, and nothing by hand."""

    def __init__(self, engine: Engine) -> None:
        self.project = Project(engine, "try")
        # Nothing is asked.
        self.project.setup_env("--try")

    def up(self) -> dict[str, float]:
        """Start the services; return how long it took."""
        return {"try_up_s": self.project.up(), "try_agent_ready_s": self.project.agent_ready_s()}

    def asterisk(self, folder: Path) -> Contained:
        """Return its Asterisk."""
        return Contained(folder / "contained", self.project)

    def odoo(self) -> OdooRpc:
        """Return a session of Odoo's administrator."""
        said = self.project.values()
        url = f"http://127.0.0.1:{ODOO_PORT}"
        return OdooRpc(url, said["ODOO_DB"], "admin", said["TRY_PASSWORD"])
