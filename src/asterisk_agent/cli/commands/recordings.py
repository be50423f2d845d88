"""``asterisk-agent recordings``."""

from __future__ import annotations

import click

from asterisk_agent.cli.commands.door import json_option, settings, tell_errors


@click.group()
def recordings() -> None:
    """Look at recordings on Asterisk's disk; works while the agent runs, and while it does not."""


@recordings.command("list")
@json_option
@tell_errors
def recordings_list(as_json: bool) -> None:
    """List the files that are not in Odoo yet, or shall stay."""
    from asterisk_agent.cli.recordings import show

    show(settings(), as_json=as_json)


@recordings.command("verify")
@json_option
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
