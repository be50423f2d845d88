"""``asterisk-agent init``: from an installed package to a green ``check``.

It may be run again: what the environment file says already is neither asked nor changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from asterisk_agent.cli.ami_account import make_account, reload_manager, require_manager
from asterisk_agent.cli.check import check
from asterisk_agent.core import env_file
from asterisk_agent.core.errors import InitError

QUESTIONS = {
    "ODOO_URL": "Odoo's address, like https://odoo.example.com",
    "ODOO_DB": "Odoo's database",
    "ODOO_USER": "the agent's login in Odoo",
    "ODOO_PASSWORD": "its password (on the server's form in Odoo)",
}
DEFAULTS = {"ODOO_USER": "asterisk1"}
AMI_USER, AMI_PASSWORD = "ASTERISK_AMI_USER", "ASTERISK_AMI_PASSWORD"


def run(target: Path, folder: Path, environ: Mapping[str, str]) -> int:
    """Complete the environment file, make the AMI account, and check; return check's status."""
    known = _read(target)
    values = {name: _answer(name, known, environ) for name in QUESTIONS}
    # An account that is named has its secret where somebody put it; ours is made here.
    if not known.get(AMI_PASSWORD) and not known.get(f"{AMI_PASSWORD}_FILE"):
        user = known.get(AMI_USER) or "asterisk-agent"
        require_manager(folder)
        _save(target, {})
        values |= {AMI_USER: user, AMI_PASSWORD: make_account(folder, user)}
    _save(target, {name: value for name, value in values.items() if known.get(name) != value})
    click.echo(f"{target} is complete, mode 600")
    if not reload_manager():
        click.echo("Asterisk was not told: asterisk -rx 'manager reload'", err=True)
    return check(_read(target), as_json=False)


def _answer(name: str, known: Mapping[str, str], environ: Mapping[str, str]) -> str:
    found = known.get(name) or environ.get(name, "")
    if found:
        return found
    secret = name.endswith("PASSWORD")
    return str(click.prompt(QUESTIONS[name], default=DEFAULTS.get(name), hide_input=secret)).strip()


def _read(target: Path) -> dict[str, str]:
    try:
        return env_file.values(target.read_text(encoding="utf-8")) if target.exists() else {}
    except OSError as exc:
        raise InitError(f"{target} can't be read: {exc.strerror}", "run this as root") from exc


def _save(target: Path, values: Mapping[str, str]) -> None:
    try:
        env_file.write(target, values)
    except OSError as exc:
        raise InitError(f"{target} can't be written: {exc.strerror}", "run this as root") from exc
    except ValueError as exc:
        raise InitError(
            f"{exc.args[0]} holds a character that an environment file can't",
            "use letters, digits and . : / @ + , = - _",
        ) from exc
