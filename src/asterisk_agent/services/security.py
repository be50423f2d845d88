"""The security reactor in the agent: a session of its own to Asterisk, a judge and a keeper."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from asterisk_agent.ami.client import AMIClient
from asterisk_agent.ami.state import AMIInfo
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import BanRefusedError, FirewallError
from asterisk_agent.core.setting_types import amqp_nodes
from asterisk_agent.core.settings import Settings
from asterisk_agent.firewall import host
from asterisk_agent.firewall.access_rules import read_rows
from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.protected import Group
from asterisk_agent.firewall.reactor import Reactor
from asterisk_agent.firewall.security_event import NAMES
from asterisk_agent.firewall.setup import make_news, make_reactor, ports_of
from asterisk_agent.firewall.source import Network, covers, parse_network
from asterisk_agent.firewall.trunks import trunks
from asterisk_agent.services.security_news import SecurityNews, Tell, tell_nobody

_log = logging.getLogger("asterisk_agent.security")

MakeClient = Callable[..., AMIClient]

#: Seconds between two looks at what only time changes.
TICK_S = 1.0
#: Seconds between two looks at our addresses, the trunks' and Odoo's.
REFRESH_S = 300.0


class Security:
    """The reactor with its workers. ``update_access_rules``, ``banned``, ``ban``, ``unban`` are
    Odoo's."""

    def __init__(
        self, settings: Settings, clock: Clock, connect: MakeClient, tell: Tell = tell_nobody
    ) -> None:
        """Take what makes a client that is told of security events only, and what tells Odoo."""
        self._settings = settings
        self._clock = clock
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._stopping = self._prepared = False
        self._refreshed_at = float("-inf")
        news = make_news(settings, lambda: self.news.wake())
        self.news = SecurityNews(news, tell)
        self.reactor: Reactor = make_reactor(settings, clock, self._wake.set, news)
        self.ami: AMIClient = connect(
            settings,
            wanted=NAMES,
            events="security",
            on_event=self.reactor.take,
            on_state=self._on_state,
        )

    def __repr__(self) -> str:
        return "<Security>"

    def _on_state(self, info: AMIInfo) -> None:
        """Look at the configuration again: Asterisk was started anew, perhaps changed."""
        if info.connected:
            _log.info("Asterisk's security events are heard")
            self._refreshed_at = float("-inf")

    def run(self) -> None:
        """Judge until ``stop``; first wait for the keeper, who knows whom nobody may ban."""
        while not self._stopping:
            if self._prepared:
                self.reactor.judge()
            self._wake.wait(TICK_S)
            self._wake.clear()

    def keep(self) -> None:
        """Keep kernel and file in step until ``stop``. Waits for programs and name servers, which
        ``run`` must not.
        """
        _log.info("protecting ports %s", _ports_words(self._settings))
        self._warn_of_distance()
        while not self._stopping:
            if self._clock.monotonic() - self._refreshed_at >= REFRESH_S:
                self._refreshed_at = self._clock.monotonic()
                self.reactor.protect(protected_groups(self._settings))
            self.reactor.keep()
            self._prepared = True
            self._stopped.wait(TICK_S)

    def stop(self) -> None:
        """Ask ``run`` to return. The rules stay in the kernel: they protect without us."""
        self._stopping = True
        self._wake.set()
        self._stopped.set()

    def _warn_of_distance(self) -> None:
        if not is_here(self._settings.asterisk_ami_host):
            _log.warning(
                "ASTERISK_AMI_HOST is another machine: what is sent to Asterisk does not pass "
                "here, and can't be stopped here; run the agent where Asterisk runs"
            )

    def update_access_rules(self, rows: Sequence[Any]) -> Sequence[tuple[int, str]]:
        """Apply the good rows; return the places and faults of the others."""
        rules, errors = read_rows(rows)
        self.reactor.set_rules(rules)
        return errors

    def banned(self) -> list[dict[str, Any]]:
        """List the bans."""
        return self.reactor.banned()

    def ban(self, address: str, reason: str, seconds: float | None) -> None:
        """Ban an address or a network. Raise ``BanRefusedError``, ``ValueError``."""
        network = parse_network(address)
        if network.prefixlen == 0:
            raise BanRefusedError("that is everybody", "name a smaller network")
        self.reactor.ban(network, reason, seconds)

    def unban(self, addresses: Sequence[str]) -> None:
        """End bans. Raise ``ValueError`` for what is no address."""
        self.reactor.unban([parse_network(text) for text in addresses])


class Keeper:
    """The part of ``Security`` that keeps the kernel in step, in a thread of its own."""

    def __init__(self, security: Security) -> None:
        """Take whose kernel it is."""
        self._security = security

    def __repr__(self) -> str:
        return "<Keeper>"

    def run(self) -> None:
        """Work until ``stop``."""
        self._security.keep()

    def stop(self) -> None:
        """Ask ``run`` to return."""
        self._security.stop()


def is_here(name: str) -> bool:
    """Tell whether a host name is this machine's; one that can't be resolved may be."""
    found, own = resolve([name]), host.own_addresses()
    return not found or any(covers(mine, one) for one in found for mine in own)


def protected_groups(settings: Settings) -> list[Group]:
    """Find whom the reactor must never ban."""
    networks, names = trunks(settings.asterisk_config_folder)
    addresses = [settings.odoo_url, *amqp_nodes(settings.amqp_uri.get_secret_value())]
    system = [settings.asterisk_ami_host, *(urlsplit(one).hostname or "" for one in addresses)]
    others = (*resolve(system), *settings.odoo_ip, *settings.rpc_trusted_proxies)
    return [
        Group("it is this machine", tuple(host.own_addresses()), admitted=False),
        Group("it is a gateway of this machine", tuple(host.gateways()), admitted=False),
        Group("it is a name server of this machine", tuple(host.name_servers()), admitted=False),
        Group("it is Odoo, or a part of this system", others, admitted=False),
        Group("it is in SECURITY_IGNOREIP", settings.security_ignoreip),
        Group("it is a trunk", (*networks, *resolve(names))),
    ]


def resolve(names: Iterable[str]) -> list[Network]:
    """Return the addresses of host names; a name that has none has none."""
    found: list[Network] = []
    for name in filter(None, dict.fromkeys(names)):
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            found += [parse_network(str(answer[4][0]).partition("%")[0]) for answer in answers]
        except (OSError, ValueError, UnicodeError):
            _log.debug("no address for %s", name)
    return list(dict.fromkeys(found))


def take_rules_away() -> None:
    """Delete the rules of an earlier start: security is switched off now."""
    nftables = Nftables()
    try:
        if nftables.exists():
            nftables.remove()
            _log.info("security is off: the rules of an earlier start are deleted")
    except FirewallError as exc:
        # No nft, no right: then there was nothing of ours, or root must look.
        _log.debug("%s: %s", exc.code, exc)


def _ports_words(settings: Settings) -> str:
    ports = ports_of(settings)
    return f"UDP {list(ports.udp)}, TCP {list(ports.tcp)}"
