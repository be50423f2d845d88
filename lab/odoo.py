"""Odoo as a company runs it: prefork workers, a longpolling port, a config file, addons of the
checkout.

Odoo 14 of the chroot, or any checkout named by ODOO_SRC (see `odoo_source`).
"""

import shlex
from collections.abc import Sequence
from pathlib import Path

from lab import odoo_source, paths
from lab.component import CHECKOUT, RUN, Component, copy, random_secret
from lab.errors import LabError
from lab.net import HOST, listens
from lab.postgres import Postgres
from lab.rpc import OdooRpc
from lab.tls import Certificate

SOCKET = Path("/mnt/postgres")
TRUSTED = Path("/mnt/trusted")
INSTALL_S = 300.0
# The template is nobody's business: with one database left, its name need not stand in an address.
VISIBLE = "^(?!lab_template).*$"
CONFIG = """[options]
addons_path = {addons}
data_dir = {run}/data
db_host = {socket}
db_port = {db_port}
db_user = odoo
admin_passwd = {secret}
http_interface = {host}
http_port = {port}
{poll_option} = {poll_port}
workers = {workers}
max_cron_threads = 1
limit_time_real_cron = 120
limit_memory_soft = 4294967296
limit_memory_hard = 6442450944
proxy_mode = True
dbfilter = {dbfilter}
without_demo = True
"""


class Odoo(Component):
    """One Odoo server on one PostgreSQL."""

    name = "odoo"
    chroot: str | None = "bullseye"
    user = "odoo"
    stop_s = 15.0
    # server.py, PreforkServer: SIGTERM waits for running requests, SIGINT as well; SIGQUIT only
    # dumps stacks.

    def __init__(
        self,
        folder: Path,
        postgres: Postgres,
        workers: int = 2,
        template: Path | None = None,
        tls: Certificate | None = None,
    ) -> None:
        """Take a run folder, a database server, a number of workers, a filestore to begin with,
        whom to trust.
        """
        super().__init__(folder)
        self.postgres, self.workers, self.template, self.tls = postgres, workers, template, tls
        #: The folder of PostgreSQL's socket: that of a relay, if one stands between.
        self.socket = postgres.socket
        self.port, self.poll_port = self.take_port(), self.take_port()
        self.source = odoo_source.chosen()
        if self.source:
            self.chroot, self.user = None, "root"
        self.version = self.source.series if self.source else "14.0"

    @property
    def url(self) -> str:
        """Return the address of its workers."""
        return f"http://{HOST}:{self.port}"

    @property
    def place(self) -> Path:
        """Return the run folder as the program sees it."""
        return RUN if self.root else self.folder

    def addresses(self) -> dict[str, str]:
        return {"url": self.url, "longpolling": f"http://{HOST}:{self.poll_port}"}

    def binds(self) -> list[tuple[Path, Path, str]]:
        trusted = [(self.tls.file.parent, TRUSTED, "ro")] if self.tls else []
        return [*super().binds(), (self.socket, SOCKET, "rw"), *trusted]

    def prepare(self) -> None:
        if self.template:
            copy(self.template, self.folder / "data")
        text = CONFIG.format(
            addons=",".join(self._addons()),
            run=self.place,
            socket=SOCKET if self.root else self.socket,
            db_port=self.postgres.port,
            secret=random_secret(),
            host=HOST,
            port=self.port,
            poll_option="longpolling_port" if float(self.version) < 16 else "gevent_port",
            poll_port=self.poll_port,
            workers=self.workers,
            dbfilter=VISIBLE,
        )
        (self.folder / "odoo.conf").write_text(text)

    def _addons(self) -> list[str]:
        if self.source:
            # The addon's tests look for the contract and the recordings where a checkout has them.
            (self.folder / "tests").symlink_to(paths.CHECKOUT / "tests")
            return self.source.addons(self.folder / "addons")
        packaged = "/usr/lib/python3/dist-packages/odoo/addons"
        return [packaged, str(CHECKOUT / "addons"), str(CHECKOUT / "tests/odoo_addons")]

    def command(self) -> Sequence[str]:
        program = self.source.program() if self.source else ["/usr/bin/odoo"]
        return [*program, "-c", str(self.place / "odoo.conf")]

    def environment(self) -> dict[str, str]:
        # A worker must not leave compiled files in the checkout.
        own = {"PYTHONDONTWRITEBYTECODE": "1", "HOME": str(self.place), "TZ": "UTC"}
        if self.tls:
            file = str(TRUSTED / self.tls.file.name if self.root else self.tls.file)
            own |= {"REQUESTS_CA_BUNDLE": file, "SSL_CERT_FILE": file}
        return own

    def is_ready(self) -> bool:
        return listens(self.port) and (self.workers == 0 or listens(self.poll_port))

    def once(self, database: str, *options: str, timeout_s: float = INSTALL_S) -> tuple[int, str]:
        """Run Odoo on a database until it has done what the options say; return its status and
        log.
        """
        self.make_folder()
        ports = ["--workers=0", "--max-cron-threads=0", f"--http-port={self.take_port()}"]
        return self.run(
            [*self.command(), "-d", database, *ports, "--stop-after-init", *options], timeout_s
        )

    def install(
        self,
        database: str,
        modules: Sequence[str],
        update: bool = False,
        timeout_s: float = INSTALL_S,
    ) -> str:
        """Install (or update) modules; return Odoo's log. Raise LabError when it fails or logs an
        error.
        """
        option = "-u" if update else "-i"
        status, log = self.once(database, option, ",".join(modules), timeout_s=timeout_s)
        bad = [line for line in log.splitlines() if " ERROR " in line or " CRITICAL " in line]
        if status or bad:
            raise LabError(f"Odoo could not install {modules} (status {status}):\n{log[-6000:]}")
        return log

    def run_tests(
        self, database: str, modules: Sequence[str], tags: str = "", timeout_s: float = 2400
    ) -> tuple[int, str]:
        """Install or update modules with their tests; return status and log. A failed test gives
        status 1.
        """
        listed = ",".join(f"'{name}'" for name in modules)
        wanted = f"state = 'installed' and name in ({listed})"
        query = f"select count(*) from ir_module_module where {wanted}"  # noqa: S608
        there = int(self.postgres.sql(query, database)) == len(modules)
        option = "-u" if there else "-i"
        tests = ["--test-enable", *([f"--test-tags={tags}"] if tags else [])]
        return self.once(database, option, ",".join(modules), *tests, timeout_s=timeout_s)

    def shell(self, database: str, script: str, *options: str) -> tuple[int, str]:
        """Run Python in `odoo shell`, as superuser; return its status and log."""
        self.make_folder()
        (self.folder / "script.py").write_text(script)
        *program, option, config = self.command()
        words = [*program, "shell", option, config, "-d", database, "--no-http", *options]
        command = f"exec {shlex.join(words)} < {self.place / 'script.py'}"
        return self.run(["/bin/sh", "-c", command], INSTALL_S)

    def rpc(self, login: str, password: str, database: str) -> OdooRpc:
        """Return a logged-in session."""
        return OdooRpc(self.url, database, login, password)
