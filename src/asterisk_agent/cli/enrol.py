"""``asterisk-agent enrol``: needs no settings; it makes the first of them."""

from __future__ import annotations

from pathlib import Path

import click

from asterisk_agent.core import env_file
from asterisk_agent.core.errors import EnrolmentError
from asterisk_agent.odoo.enrol import enrol


def run(url: str, db: str, code: str, ca_file: Path | None, target: Path | None) -> None:
    """Exchange a code, and write the settings that it gives into a file, or print them."""
    _check_writable(target)
    account = enrol(url, db, code, ca_file=ca_file)
    values = {
        "ODOO_URL": url.rstrip("/"),
        "ODOO_DB": db,
        "ODOO_USER": account.login,
        "ODOO_PASSWORD": account.password,
        **({"ODOO_CA_FILE": str(ca_file.resolve())} if ca_file else {}),
    }
    try:
        if target is None:
            click.echo(env_file.merge("", values), nl=False)
            return
        env_file.write(target, values)
    except (OSError, ValueError) as exc:
        # The code is used up, and the password would be lost.
        raise EnrolmentError(
            f"the settings could not be written ({type(exc).__name__})",
            "make a new code, and run this command as a user who may write the file",
        ) from exc
    click.echo(f"{account.login} of {account.server or 'Odoo'}: written into {target}, mode 600")


def _check_writable(target: Path | None) -> None:
    """Look before the code is used up."""
    if target is None:
        return
    try:
        env_file.write(target, {})
    except (OSError, ValueError) as exc:
        raise EnrolmentError(f"{target} can't be written", "run this command as root") from exc
