"""Commands by which an agent is set up, and helped."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from asterisk_agent.cli.commands.door import tell_errors


@click.command()
@click.option(
    "--env-file",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/asterisk-agent.env"),
    show_default=True,
    help="The agent's environment file; what it says is neither asked nor changed.",
)
@click.option(
    "--asterisk-config",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/etc/asterisk"),
    show_default=True,
    help="Folder of Asterisk's configuration, where the AMI account is made.",
)
@click.option(
    "--code",
    envvar="ODOO_ENROL_CODE",
    default="",
    help="What `Enrol agent` on the server's form in Odoo showed; asked for, if not given.",
)
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates that sign Odoo's, if no public authority does.",
)
@tell_errors
def init(target: Path, folder: Path, code: str, ca_file: Path | None) -> None:
    """Set the agent up: ask for Odoo, make an AMI account with least rights, check everything."""
    from asterisk_agent.cli.init import run as set_up

    sys.exit(set_up(target, folder, os.environ, code, ca_file))


@click.command()
@click.argument("url")
@click.option("--db", required=True, help="Odoo's database.")
@click.option(
    "--code",
    envvar="ODOO_ENROL_CODE",
    prompt="Code",
    hide_input=True,
    help="What the server's form in Odoo showed; asked for, if not given.",
)
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates that sign Odoo's, if no public authority does.",
)
@click.option(
    "--write",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Environment file to set the variables in, mode 600; without it they are printed.",
)
@tell_errors
def enrol(url: str, db: str, code: str, ca_file: Path | None, target: Path | None) -> None:
    """Exchange a one-time code of Odoo at URL for the agent's login and password."""
    from asterisk_agent.cli.enrol import run as exchange

    exchange(url, db, code, ca_file, target)


@click.command("support-bundle")
@click.option("--output", type=click.Path(dir_okay=False), help="Archive to write, .tar.gz.")
@click.option("--log", type=click.Path(exists=True, dir_okay=False), help="Add this log's end.")
@tell_errors
def support_bundle(output: str | None, log: str | None) -> None:
    """Write what somebody who helps must know into one archive, without secrets and calls.

    A log holds numbers and names of people: it is added only when you name it.
    """
    from asterisk_agent.cli.support import make

    make(os.environ, output, log)
