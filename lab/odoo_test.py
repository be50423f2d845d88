"""`python3 -m lab odoo-test`: an addon's own tests, on a database and a PostgreSQL that live only
for them.
"""

import ast
import secrets
import sys
from collections.abc import Sequence

from series import build

from lab.component import random_secret
from lab.odoo import Odoo
from lab.postgres import Postgres
from lab.progress import say, working
from lab.stack import Lab
from lab.template import MODULES, new_database, template


def odoo_test(modules: Sequence[str], tags: str = "", keep: bool = False) -> int:
    """Install the modules with their tests, print Odoo's log to stdout, return its status. Unless
    `tags` says otherwise only the tests of these modules run, not of what they stand on.

    With `keep` the run folder stays, with the database's cluster in it.
    """
    base = template([*MODULES, *_joined(modules)])
    with Lab(keep=keep) as lab:
        postgres = lab.start(Postgres(lab.folder / "postgres", base.cluster))
        odoo = lab.own(Odoo(lab.folder / "odoo", postgres, workers=0, template=base.data))
        database = f"test_{secrets.token_hex(3)}"
        new_database(postgres, odoo, database, random_secret())
        with working(f"testing {', '.join(modules)}"):
            own = ",".join(f"/{module}" for module in modules)
            status, log = odoo.run_tests(database, modules, tags or own)
        sys.stdout.write(log)
        status = status or (1 if _bad(log) else 0)
        say(f"status {status}; {summary(log)}")
        if keep:
            say(f"kept: {postgres.folder} (database {database})")
    return status


def _joined(modules: Sequence[str]) -> list[str]:
    """Return the apps of Odoo's that the bridges among the modules stand on: the cache holds a
    database with them, for they take longer to install than to test the bridges.
    """
    bridges = [one for one in build.addons() if one.name in modules and one.name != "asterisk_plus"]
    files = [folder / "__manifest__.py" for folder in bridges]
    wanted = {one for file in files for one in ast.literal_eval(file.read_text())["depends"]}
    return sorted(wanted - {*MODULES, "asterisk_plus"})


def _bad(log: str) -> bool:
    return any(f" {level} " in line for line in log.splitlines() for level in ("ERROR", "CRITICAL"))


def summary(log: str) -> str:
    """Return Odoo's own count of its tests (loading.py, result.py)."""
    counts = [
        line.split(": ", 1)[-1]
        for line in log.splitlines()
        if " tests in " in line or "failed, " in line
    ]
    return "; ".join(counts) or "Odoo counted no test"
