"""``asterisk-agent ban``: on the same file and kernel as the agent, whether that runs or not.

The agent sees within a second what was written to the file.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from asterisk_agent.cli.output import print_json, print_table
from asterisk_agent.core.clock import SystemClock
from asterisk_agent.core.errors import BanRefusedError, FirewallTableGoneError
from asterisk_agent.core.logging import escape_control
from asterisk_agent.core.settings import Settings
from asterisk_agent.firewall.herald import Herald
from asterisk_agent.firewall.kernel import Kernel
from asterisk_agent.firewall.reactor import Reactor
from asterisk_agent.firewall.setup import make_kernel, make_news, make_state, thresholds_of
from asterisk_agent.firewall.source import Network, parse_network
from asterisk_agent.firewall.source import show as written
from asterisk_agent.services.security import protected_groups


def show(settings: Settings, *, as_json: bool) -> None:
    """Print the bans."""
    reactor, _ = _open(settings)
    rows = reactor.banned()
    if as_json:
        print_json(rows)
        return
    heads = ("address", "timeout", "packets", "bytes", "comment")
    print_table(heads, [[row[head] for head in heads] for row in rows])


def add(settings: Settings, address: str, seconds: float | None, reason: str) -> None:
    """Ban an address or a network."""
    network = _network(address)
    reactor, kernel = _open(settings)
    if network.prefixlen == 0:
        raise BanRefusedError("that is everybody", "name a smaller network")
    ban = reactor.ban(network, reason, seconds)
    _check(kernel)
    click.echo(f"{written(ban.network)} is banned for {round(ban.until - ban.since)} s")


def remove(settings: Settings, addresses: Sequence[str]) -> None:
    """End bans."""
    networks = [_network(address) for address in addresses]
    reactor, kernel = _open(settings)
    ended = reactor.unban(networks)
    _check(kernel)
    for ban in ended:
        click.echo(f"{written(ban.network)} is no longer banned")
    if not ended:
        click.echo("there was no such ban")


def explain(settings: Settings, address: str, *, as_json: bool) -> None:
    """Print what is known of an address."""
    reactor, _ = _open(settings)
    found = reactor.explain(_network(address))
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        click.echo(escape_control(f"{name.replace('_', ' ')}: {value}"))


def switch(settings: Settings, *, off: bool) -> None:
    """Turn the kill switch."""
    state = make_state(settings, SystemClock())
    state.set_off(off)
    reactor, kernel = _open(settings)
    if not off:
        reactor.work()
    _check(kernel)
    click.echo("off: no rule of ours is in the kernel" if off else "on")


def _open(settings: Settings) -> tuple[Reactor, Kernel]:
    if not settings.asterisk_security_enabled:
        raise BanRefusedError("security is off", "set ASTERISK_SECURITY_ENABLED=yes")
    clock = SystemClock()
    kernel = make_kernel(settings, clock)
    state = make_state(settings, clock)
    herald = Herald(make_news(settings), clock)
    reactor = Reactor(thresholds_of(settings), kernel, state, clock, herald=herald)
    reactor.protect(protected_groups(settings))
    return reactor, kernel


def _network(text: str) -> Network:
    try:
        return parse_network(text)
    except ValueError as exc:
        raise BanRefusedError(
            "that is no address and no network", "names are not looked up"
        ) from exc


def _check(kernel: Kernel) -> None:
    # Gone is what `off` makes it.
    if kernel.problem is not None and not isinstance(kernel.problem, FirewallTableGoneError):
        raise kernel.problem
