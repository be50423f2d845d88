"""docs/tutorial.md, followed word by word: its commands are taken out of the page and run as they
stand, in the page's order, in a private view of this machine.

What the lab stands for: Asterisk, Odoo, RabbitMQ and the TLS proxy are real and there already, and
three commands (apt-get, systemctl, asterisk) are small programs that do the lab's part.
"""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab import paths
from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.book import Book
from lab.component import Component
from lab.containers.engine import Egress
from lab.demo import summary
from lab.errors import LabError
from lab.locks import locked
from lab.net import HOST
from lab.netns import Namespace, move_into
from lab.office import Office
from lab.progress import say, working
from lab.provision import provision
from lab.rabbitmq import RabbitMQ
from lab.recipes import ENGINE, USUAL
from lab.rpc import OdooRpc
from lab.stack import Lab
from lab.stage import Stage

PAGE = paths.CHECKOUT / "docs/tutorial.md"
PLACE = Path(__file__).with_name("tutorial.sh")
#: What the page takes for granted: the ports that nobody has to name.
ODOO_PORT, AMI_PORT, AMQP_PORT, RPC_PORT = 8069, 5038, 5672, 40000


def commands(page: Path = PAGE) -> list[str]:
    """Return the blocks of commands of a page, in their order."""
    return re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.M | re.S)


class Broker(RabbitMQ):
    """RabbitMQ as Debian installs it: the account `guest`, for loopback only."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.external, self.port = "", AMQP_PORT

    def config(self) -> str:
        return f"listeners.tcp.default = {HOST}:{AMQP_PORT}\nlog.console = true\nlog.file = false\n"


class Fresh(Asterisk):
    """An Asterisk whose manager.conf is the one of Debian's package."""

    def prepare(self) -> None:
        super().prepare()
        packaged = Path(str(self.root)) / "etc/asterisk"
        shutil.copytree(packaged / "manager.d", self.etc / "manager.d")
        self.labs = (self.etc / "manager.conf").read_text()
        shutil.copy(packaged / "manager.conf", self.etc / "manager.conf")

    def is_ready(self) -> bool:
        return self.full_log.is_file() and "Asterisk Ready" in self.full_log.read_text()

    def give_ear(self) -> None:
        """Let the lab listen, too: when the page was followed."""
        account = self.labs[self.labs.index("[lab]") :]
        (self.etc / "manager.d/lab.conf").write_text(account)
        self.cli("manager reload")


class Reader(Component):
    """Whoever reads the page, and types."""

    name = "reader"
    ready_s = 600.0

    def __init__(self, folder: Path, asterisk: Asterisk, answers: dict[str, str]) -> None:
        super().__init__(folder)
        self.asterisk, self.answers = asterisk, answers

    def prepare(self) -> None:
        checkout = self.folder / "checkout"
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=paths.CHECKOUT, capture_output=True, check=True).stdout
        for name in names.decode().split("\0"):
            if name and (paths.CHECKOUT / name).is_file():
                (checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(paths.CHECKOUT / name, checkout / name)
        (self.folder / "typed.sh").write_text("\n".join(commands()))
        program = ["/usr/sbin/asterisk", "-C", "/mnt/run/etc/asterisk.conf"]
        enter = self.asterisk.program(program).argv()
        (self.folder / "asterisk.sh").write_text(f'exec {shlex.join(enter)} "$@"\n')

    def command(self) -> Sequence[str]:
        return ["/bin/sh", str(PLACE), str(self.folder), str(self.asterisk.etc)]

    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.folder), **self.answers}

    def is_ready(self) -> bool:
        return (self.folder / "done").exists()

    def typed(self) -> str:
        """Return what the terminal shows."""
        return self.log.read_text(errors="replace")


def tutorial(version: int) -> int:
    """Follow the page; return the exit status."""
    provision([*USUAL, ENGINE.name])
    with locked("tutorial"), Namespace() as host, Lab() as lab:
        lab.start(Egress(lab.folder / "egress", host.pid))
        move_into(host)
        office = _office(lab)
        people = office.people()
        asterisk = _asterisk(office, version)
        odoo = office.admin()
        action = odoo.call("asterisk_plus.server", "action_new_enrolment", [people.server])
        code = action["context"]["default_code"]
        # What `init` asks for.
        answers = {"ODOO_URL": office.nginx.url, "ODOO_DB": office.database}
        reader = Reader(lab.folder / "reader", asterisk, answers | {"ODOO_ENROL_CODE": code})
        with working(f"typing {sum(len(block.splitlines()) for block in commands())} commands"):
            lab.start(reader)
        say(reader.typed())
        _the_pings(odoo, people.server)
        asterisk.give_ear()
        _the_call(lab, office, asterisk)
    say("the page is true")
    return 0


def _office(lab: Lab) -> Office:
    office = Office(lab)
    office.rpc_port = office.nginx.rpc_port = RPC_PORT
    office.nginx.http_port = ODOO_PORT
    office.rabbitmq = Broker(lab.folder / "broker")
    office.start()
    return office


def _asterisk(office: Office, version: int) -> Fresh:
    made = Fresh(office.folder("asterisk"), version, office.nginx.url, office.database)
    made.ami_port = AMI_PORT
    return office.lab.start(made)


def _the_pings(odoo: OdooRpc, server: int) -> None:
    for name in ("test_ping", "asterisk_ping"):
        shown = odoo.call("asterisk_plus.server", f"action_{name}", [server])["params"]
        say(f"{name}: {shown['message']}")
        if shown["type"] != "success":
            raise LabError(f"{name}: {shown}")


def _the_call(lab: Lab, office: Office, asterisk: Asterisk) -> None:
    book = Book(office.admin())
    with AmiSession.ear(asterisk) as ami:
        stage = Stage(lab, asterisk, ami)
        try:
            before = book.last_id()
            stage.phone("101", ring_s=1)
            stage.inbound("101", talk_s=2).finish()
            call = summary(book.wait_ended(before))
        finally:
            stage.clear()
    say(json.dumps(call))
    if (call["direction"], call["status"]) != ("in", "answered"):
        raise LabError(f"the first call: {call}")
