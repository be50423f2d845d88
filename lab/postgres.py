"""PostgreSQL 13: a cluster of its own, reached by its private socket, without a password.

`odoo` owns the databases; who may open the socket's folder may do all (it lies in the lab's own run
folder).
"""

import signal
from collections.abc import Sequence
from pathlib import Path

from lab.component import RUN, Component, copy
from lab.errors import LabError

BIN = "/usr/lib/postgresql/13/bin"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '/mnt/run/socket'
unix_socket_permissions = 0777
fsync = off
full_page_writes = off
track_commit_timestamp = on
shared_buffers = 128MB
max_connections = 80
"""
TRUST = "local all all trust\n"


class Postgres(Component):
    """A private PostgreSQL server."""

    name = "postgres"
    chroot = "bullseye"
    user = "postgres"
    # postgres(1): "fast shutdown" does not wait for clients to go.
    stop_signal = signal.SIGINT

    def __init__(self, folder: Path, cluster: Path | None = None) -> None:
        """Take a run folder, and a stopped cluster's data folder to begin as a copy of (default:
        an empty one).
        """
        super().__init__(folder)
        self.cluster = cluster
        #: What is committed outlives a SIGKILL of the server (not of the machine).
        self.durable = False
        self.port = self.take_port()

    @property
    def socket(self) -> Path:
        """Return the folder of its socket, on the host."""
        return self.folder / "socket"

    def addresses(self) -> dict[str, str]:
        return {"socket": str(self.socket), "port": str(self.port)}

    def prepare(self) -> None:
        self.socket.mkdir()
        self.own(self.folder)
        data = self.folder / "data"
        if self.cluster:
            copy(self.cluster, data)
        else:
            options = [
                "-N",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-D",
                str(RUN / "data"),
            ]
            self._do([f"{BIN}/initdb", *options])
        commit = f"synchronous_commit = {'on' if self.durable else 'off'}\n"
        (data / "pg_hba.conf").write_text(TRUST)
        (data / "postgresql.auto.conf").write_text(f"{SETTINGS}port = {self.port}\n{commit}")

    def command(self) -> Sequence[str]:
        return [f"{BIN}/postgres", "-D", str(RUN / "data")]

    def is_ready(self) -> bool:
        return self.run([f"{BIN}/pg_isready", "-q", *self._where()])[0] == 0

    def start(self) -> None:
        super().start()
        if self.sql("select 1 from pg_roles where rolname = 'odoo'") != "1":
            self.sql("create role odoo superuser login")

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run SQL as superuser; return psql's unaligned output. Raise LabError with psql's own
        words.
        """
        options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]
        return self._do([f"{BIN}/psql", *self._where(), *options]).strip()

    def dump(self, database: str) -> str:
        """Save a database as docs/how-to/upgrade.md does; return what `restore` wants to know."""
        name = f"{database}.dump"
        self._do([f"{BIN}/pg_dump", *self._where(), "-Fc", "-f", str(RUN / name), database])
        return name

    def restore(self, name: str, database: str) -> None:
        """Make a database of what `dump` saved."""
        self.sql(f"create database {database} owner odoo")
        options = ["--no-owner", "--role=odoo", "-d", database]
        self._do([f"{BIN}/pg_restore", *self._where(), *options, str(RUN / name)])

    def _where(self) -> list[str]:
        return ["-h", str(RUN / "socket"), "-p", str(self.port), "-U", "postgres"]

    def _do(self, command: Sequence[str], timeout_s: float = 120) -> str:
        status, output = self.run(command, timeout_s)
        if status:
            raise LabError(f"{command[0]} failed: {output.strip()}")
        return output
