"""The command line's top: what runs the agent, and all groups of commands."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from asterisk_agent import __version__
from asterisk_agent.cli.commands.ban import ban
from asterisk_agent.cli.commands.config import config
from asterisk_agent.cli.commands.door import json_option, settings, tell_errors
from asterisk_agent.cli.commands.events import events
from asterisk_agent.cli.commands.recordings import recordings
from asterisk_agent.cli.commands.setup import enrol, init, support_bundle

if TYPE_CHECKING:
    from asterisk_agent.core.settings import Settings


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
@json_option
@tell_errors
def check(as_json: bool) -> None:
    """Tell line by line whether everything the agent needs is right; end with a cause's status."""
    from asterisk_agent.cli.check import check as run_checks

    sys.exit(run_checks(os.environ, as_json=as_json))


for _command in (init, support_bundle, enrol, config, events, ban, recordings):
    main.add_command(_command)
