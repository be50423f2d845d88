"""``asterisk-agent ban``."""

from __future__ import annotations

import click

from asterisk_agent.cli.commands.door import json_option, settings, tell_errors


@click.group()
def ban() -> None:
    """Look at bans and change them; works while the agent runs, and while it does not."""


@ban.command("list")
@json_option
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
@json_option
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
