"""``asterisk-agent config``."""

from __future__ import annotations

import click

from asterisk_agent.cli.commands.door import json_option, settings, tell_errors


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command("show")
@json_option
@tell_errors
def config_show(as_json: bool) -> None:
    """Show every setting that is in force, secrets hidden."""
    from asterisk_agent.cli.config import show

    show(settings(), as_json=as_json)
