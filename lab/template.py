"""A stopped PostgreSQL cluster with a ready Odoo database in it, made once and kept in the cache
folder.
"""

import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import odoo_source, paths
from lab.component import copy
from lab.locks import locked
from lab.odoo import Odoo
from lab.postgres import Postgres
from lab.progress import say, working
from lab.recipes import BULLSEYE

MODULES = ("base", "web", "contacts", "crm")
DATABASE = "lab_template"
EDITION = 1
#: Sales brings accounting along, and the machine may be busy.
MAKE_S = 1200.0
# No job of Odoo's own may call home or surprise a test; an addon's jobs come after this, and stay.
QUIET = "update ir_cron set active = false"


@dataclass(frozen=True)
class Template:
    """A cached cluster and the filestore that belongs to it."""

    folder: Path

    @property
    def cluster(self) -> Path:
        """Return the data folder of the stopped cluster."""
        return self.folder / "cluster"

    @property
    def data(self) -> Path:
        """Return Odoo's data folder, with the template's filestore."""
        return self.folder / "data"


def template(modules: Sequence[str] = MODULES) -> Template:
    """Return the template, made now (in about 40 s) if the cache does not hold it."""
    source = odoo_source.chosen()
    series = source.series if source else "14.0"
    origin = source.path if source else BULLSEYE.stamp()
    recipe = f"{origin} {series} {sorted(modules)} {EDITION}"
    key = f"odoo-{series}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    folder = paths.cache() / key
    if source:
        source.provision()
    with locked(key):
        if not folder.is_dir():
            what = f"Odoo {series} with {', '.join(modules)}"
            with working(f"making the template database: {what} (about 40 s)"):
                _make(folder, modules)
    return Template(folder)


def _make(folder: Path, modules: Sequence[str]) -> None:
    # Two templates of a series may be in the making: with_suffix would call both "odoo-14.part".
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="lab-template-") as run:
        postgres = Postgres(Path(run) / "postgres")
        odoo = Odoo(Path(run) / "odoo", postgres, workers=0)
        try:
            postgres.start()
            odoo.install(DATABASE, modules, timeout_s=MAKE_S)
            postgres.sql(QUIET, DATABASE)
        finally:
            postgres.stop()
        copy(postgres.folder / "data", part / "cluster")
        (odoo.folder / "data").mkdir(exist_ok=True)
        copy(odoo.folder / "data", part / "data")
    part.rename(folder)


def new_database(postgres: Postgres, odoo: Odoo, name: str, admin_password: str) -> None:
    """Copy the template into a database of its own identity; its server must stand on
    `template()`.
    """
    postgres.sql(f'create database "{name}" template {DATABASE} owner odoo')
    for key in ("database.uuid", "database.secret"):
        change = f"update ir_config_parameter set value = '{uuid.uuid4()}' where key = '{key}'"  # noqa: S608
        postgres.sql(change, name)
    # res_users.py hashes a plain password when it is used first.
    postgres.sql(f"update res_users set password = '{admin_password}' where login = 'admin'", name)  # noqa: S608
    odoo.make_folder()
    stores = odoo.folder / "data/filestore"
    if (stores / DATABASE).is_dir():
        copy(stores / DATABASE, stores / name)
        odoo.own(stores / name)
    say(f"database {name} is ready")
