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
from asterisk_agent.odoo.enrol import enrol

PLACE = {
    "ODOO_URL": "Odoo's address, like https://odoo.example.com",
    "ODOO_DB": "Odoo's database",
}
ACCOUNT = {
    "ODOO_USER": "the agent's login in Odoo",
    "ODOO_PASSWORD": "its password (on the server's form in Odoo)",
}
CODE = "enrolment code (Enrol agent on the server's form in Odoo); empty: login and password"
DEFAULTS = {"ODOO_USER": "asterisk1"}
CA_FILE, PASSWORD = "ODOO_CA_FILE", "ODOO_PASSWORD"
AMI_USER, AMI_PASSWORD = "ASTERISK_AMI_USER", "ASTERISK_AMI_PASSWORD"


def run(
    target: Path,
    folder: Path,
    environ: Mapping[str, str],
    code: str = "",
    ca_file: Path | None = None,
) -> int:
    """Complete the environment file, make the AMI account, and check; return check's status."""
    known = _read(target)
    # An account that is named has its secret where somebody put it; ours is made here.
    ours = not _has(AMI_PASSWORD, known)
    if ours:
        require_manager(folder)
    place = {name: _answer(name, PLACE[name], known, environ) for name in PLACE}
    place |= {CA_FILE: str(ca_file.resolve())} if ca_file else {}
    _save(target, place)
    # A code works once: what it gave is on disk before anything else may fail.
    _save(target, _account(_read(target), environ, code))
    if ours:
        user = known.get(AMI_USER) or "asterisk-agent"
        _save(target, {AMI_USER: user, AMI_PASSWORD: make_account(folder, user)})
    click.echo(f"{target} is complete, mode 600")
    if not reload_manager():
        click.echo("Asterisk was not told: asterisk -rx 'manager reload'", err=True)
    return check(_read(target), as_json=False)


def _account(known: Mapping[str, str], environ: Mapping[str, str], code: str) -> dict[str, str]:
    """Return login and password in Odoo: those that are known, a code's, or what is answered."""
    if not _has(PASSWORD, known) and not environ.get(PASSWORD):
        code = code or click.prompt(CODE, default="", hide_input=True, show_default=False).strip()
        if code:
            ca_file = Path(known[CA_FILE]) if known.get(CA_FILE) else None
            account = enrol(known["ODOO_URL"], known["ODOO_DB"], code, ca_file=ca_file)
            return {"ODOO_USER": account.login, PASSWORD: account.password}
    wanted = {name: ACCOUNT[name] for name in ACCOUNT if not _has(name, known)}
    return {name: _answer(name, text, known, environ) for name, text in wanted.items()}


def _answer(name: str, question: str, known: Mapping[str, str], environ: Mapping[str, str]) -> str:
    found = known.get(name) or environ.get(name, "")
    if found:
        return found
    secret = name == PASSWORD
    return str(click.prompt(question, default=DEFAULTS.get(name), hide_input=secret)).strip()


def _has(name: str, known: Mapping[str, str]) -> bool:
    return bool(known.get(name) or known.get(f"{name}_FILE"))


def _read(target: Path) -> dict[str, str]:
    try:
        return env_file.values(target.read_text(encoding="utf-8")) if target.exists() else {}
    except OSError as exc:
        raise InitError(f"{target} can't be read: {exc.strerror}", "run this as root") from exc


def _save(target: Path, values: Mapping[str, str]) -> None:
    """Set what differs; called with what is there already, it tells whether the file can be
    written.
    """
    known = _read(target)
    changed = {name: value for name, value in values.items() if known.get(name) != value}
    try:
        env_file.write(target, changed)
    except OSError as exc:
        raise InitError(f"{target} can't be written: {exc.strerror}", "run this as root") from exc
    except ValueError as exc:
        raise InitError(
            f"{exc.args[0]} holds a character that an environment file can't",
            "use letters, digits and . : / @ + , = - _",
        ) from exc
