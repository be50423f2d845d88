"""The command line's top: its groups, and the one place where errors become a line and a status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click

from asterisk_agent import __version__
from asterisk_agent.core.errors import AgentError, ConfigError
from asterisk_agent.core.logging import escape_control
from asterisk_agent.core.redaction import redact

if TYPE_CHECKING:
    from asterisk_agent.core.settings import Settings

P = ParamSpec("P")


def tell_errors(command: Callable[P, None]) -> Callable[P, None]:
    """End with an error's line on standard error and its status; never with a traceback."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except AgentError as exc:
            for line in lines_of(exc):
                click.echo(line, err=True)
            sys.exit(exc.exit_code)
        except KeyboardInterrupt:
            sys.exit(130)

    return told


def lines_of(exc: AgentError) -> list[str]:
    """Write an error: one line, and of wrong settings one line for each mistake."""
    texts = str(exc).splitlines() if isinstance(exc, ConfigError) else [str(exc)]
    return [escape_control(redact(f"{exc.code}: {text}")) for text in texts]


def settings() -> Settings:
    """Read the settings from the environment. Raise ``ConfigError`` with all mistakes."""
    # Late: `run` turns the process green first, and the settings library does not like it after.
    from asterisk_agent.core.config import load_settings

    return load_settings(os.environ)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="asterisk-agent")
def main() -> None:
    """Join Asterisk and Odoo. Settings come from the environment; see `config show`."""


@main.command()
@tell_errors
def run() -> None:
    """Run the agent until it is stopped (SIGTERM, Ctrl-C)."""
    found = _green_settings()
    from asterisk_agent.services import runner

    runner.run(found)


@main.command()
@tell_errors
def forward() -> None:
    """Run a second forwarder: it delivers to Odoo when the agent of this name does not."""
    found = _green_settings()
    from asterisk_agent.services import runner

    runner.forward(found)


def _green_settings() -> Settings:
    from asterisk_agent.services import green

    green.patch()
    found = settings()
    from asterisk_agent.core.logging import setup_logging

    setup_logging(found.log_level, found.secrets(), style=found.log_format)
    return found


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tell_errors
def check(as_json: bool) -> None:
    """Tell line by line whether everything the agent needs is right; end with a cause's status."""
    from asterisk_agent.cli.check import check as run_checks

    sys.exit(run_checks(os.environ, as_json=as_json))


@main.command()
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


@main.command("support-bundle")
@click.option("--output", type=click.Path(dir_okay=False), help="Archive to write, .tar.gz.")
@click.option("--log", type=click.Path(exists=True, dir_okay=False), help="Add this log's end.")
@tell_errors
def support_bundle(output: str | None, log: str | None) -> None:
    """Write what somebody who helps must know into one archive, without secrets and calls.

    A log holds numbers and names of people: it is added only when you name it.
    """
    from asterisk_agent.cli.support import make

    make(os.environ, output, log)


@main.command()
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


@main.group()
def config() -> None:
    """Look at the settings."""


@config.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tell_errors
def config_show(as_json: bool) -> None:
    """Show every setting that is in force, secrets hidden."""
    from asterisk_agent.cli.config import show

    show(settings(), as_json=as_json)


@main.group()
def events() -> None:
    """Look at the events map and at parked events."""


@events.command("map")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tell_errors
def events_map(as_json: bool) -> None:
    """Download the events map from Odoo and show it, with what is wrong in it."""
    from asterisk_agent.cli.events import show_map

    show_map(settings(), as_json=as_json)


@events.group()
def parked() -> None:
    """Look at parked events, deliver them again, or drop them."""


@parked.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tell_errors
def parked_list(as_json: bool) -> None:
    """List the parked events."""
    from asterisk_agent.cli.parked import show

    show(settings(), as_json=as_json)


@parked.command("replay")
@tell_errors
def parked_replay() -> None:
    """Deliver all parked events again, each for the row that failed."""
    from asterisk_agent.cli.parked import replay

    click.echo(f"{replay(settings())} parked events are delivered again")


@parked.command("drop")
@click.confirmation_option(prompt="Drop all parked events for good?")
@tell_errors
def parked_drop() -> None:
    """Drop all parked events."""
    from asterisk_agent.cli.parked import drop

    click.echo(f"{drop(settings())} parked events dropped")


@main.group()
def ban() -> None:
    """Look at bans and change them; works while the agent runs, and while it does not."""


@ban.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tell_errors
def ban_list(as_json: bool) -> None:
    """List who is shut out, why, and for how long."""
    from asterisk_agent.cli.ban import show

    show(settings(), as_json=as_json)


@ban.command("add")
@click.argument("address")
@click.option("--seconds", type=click.FloatRange(min=1), help="How long; default: as for others.")
@click.option("--reason", default="by hand", help="What the lists say.")
@tell_errors
def ban_add(address: str, seconds: float | None, reason: str) -> None:
    """Ban an address (IPv6: its /64) or a network."""
    from asterisk_agent.cli.ban import add

    add(settings(), address, seconds, reason)


@ban.command("remove")
@click.argument("addresses", nargs=-1, required=True)
@tell_errors
def ban_remove(addresses: tuple[str, ...]) -> None:
    """End the bans that hit these addresses or networks, and forget that they were."""
    from asterisk_agent.cli.ban import remove

    remove(settings(), addresses)


@ban.command("explain")
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tell_errors
def ban_explain(address: str, as_json: bool) -> None:
    """Tell why an address is banned, or why it is not."""
    from asterisk_agent.cli.ban import explain

    explain(settings(), address, as_json=as_json)


@ban.command("off")
@tell_errors
def ban_off() -> None:
    """Take all rules out of the kernel, and keep it so until `ban on`."""
    from asterisk_agent.cli.ban import switch

    switch(settings(), off=True)


@ban.command("on")
@tell_errors
def ban_on() -> None:
    """End `ban off`."""
    from asterisk_agent.cli.ban import switch

    switch(settings(), off=False)


@main.group()
def recordings() -> None:
    """Look at recordings on Asterisk's disk; works while the agent runs, and while it does not."""


@recordings.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tell_errors
def recordings_list(as_json: bool) -> None:
    """List the files that are not in Odoo yet, or shall stay."""
    from asterisk_agent.cli.recordings import show

    show(settings(), as_json=as_json)


@recordings.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tell_errors
def recordings_verify(as_json: bool) -> None:
    """List the files, and ask Odoo about each: by its checksum, and whether it knows a call."""
    from asterisk_agent.cli.recordings import show

    show(settings(), as_json=as_json, verify=True)


@recordings.command("upload")
@click.argument("name")
@tell_errors
def recordings_upload(name: str) -> None:
    """Bring a file over now, also one from before the agent was installed."""
    from asterisk_agent.cli.recordings import upload

    upload(settings(), name)
