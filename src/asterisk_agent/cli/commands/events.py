"""``asterisk-agent events``."""

from __future__ import annotations

import click

from asterisk_agent.cli.commands.door import json_option, settings, tell_errors


@click.group()
def events() -> None:
    """Look at the events map and at parked events."""


@events.command("map")
@json_option
@tell_errors
def events_map(as_json: bool) -> None:
    """Download the events map from Odoo and show it, with what is wrong in it."""
    from asterisk_agent.cli.events import show_map

    show_map(settings(), as_json=as_json)


@events.group()
def parked() -> None:
    """Look at parked events, deliver them again, or drop them."""


@parked.command("list")
@json_option
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
