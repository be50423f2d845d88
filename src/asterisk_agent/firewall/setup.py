"""A reactor from the agent's settings."""

from __future__ import annotations

import logging
from collections.abc import Callable

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import StateFileError
from asterisk_agent.core.settings import Settings
from asterisk_agent.core.state_folder import state_folder
from asterisk_agent.firewall import libnftables
from asterisk_agent.firewall.backend import Backend
from asterisk_agent.firewall.dry_run import DryRun
from asterisk_agent.firewall.herald import Herald
from asterisk_agent.firewall.kernel import Kernel
from asterisk_agent.firewall.news import News
from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.offences import BanTimes
from asterisk_agent.firewall.policy import Thresholds
from asterisk_agent.firewall.ports import Ports, read_ports
from asterisk_agent.firewall.reactor import Reactor
from asterisk_agent.firewall.ruleset import render
from asterisk_agent.firewall.state import State
from asterisk_agent.firewall.store import Store
from asterisk_agent.firewall.window import Threshold

_log = logging.getLogger("asterisk_agent.security")

DAY_S = 86_400.0


def thresholds_of(settings: Settings) -> Thresholds:
    """Return how much is too much."""
    return Thresholds(
        stranger=Threshold(settings.security_maxretry, settings.security_findtime),
        source=Threshold(settings.security_source_maxretry, settings.security_source_findtime),
        slow=Threshold(settings.security_slow_maxretry, DAY_S),
        known=Threshold(settings.security_known_maxretry, settings.security_known_findtime),
        manager=Threshold(settings.security_ami_maxretry, 60.0),
    )


def times_of(settings: Settings) -> BanTimes:
    """Return how long bans last."""
    return BanTimes(
        first_s=settings.security_bantime,
        factor=settings.security_bantime_factor,
        longest_s=settings.security_bantime_max,
        weak_s=settings.security_bantime,
        weak_per_minute=settings.security_bans_per_minute,
        subnet_sources=settings.security_subnet_sources,
    )


def ports_of(settings: Settings) -> Ports:
    """Return the ports to guard: Asterisk's, or those that the settings name instead."""
    found = read_ports(settings.asterisk_config_folder, settings.asterisk_ami_port)
    return Ports(
        sip_udp=settings.security_udp_ports or found.sip_udp,
        sip_tcp=settings.security_tcp_ports or found.sip_tcp,
        sip_tls=found.sip_tls,
        web=found.web,
        manager=found.manager,
        iax=found.iax,
    )


def make_state(settings: Settings, clock: Clock) -> State:
    """Open what outlives a restart. Raise ``StateFileError``."""
    store = Store(state_folder(settings) / "security.sqlite")
    return _state(settings, store, clock)


def make_kernel(settings: Settings, clock: Clock) -> Kernel:
    """Return the kernel's sets, or, for observing, what only says what it would do."""
    backend: Backend = (
        DryRun() if settings.security_observe_only else Nftables(quick=libnftables.load())
    )
    return Kernel(backend, lambda: render(ports_of(settings)), clock)


def make_news(settings: Settings, wake: Callable[[], None] = lambda: None) -> News:
    """Open what Odoo has still to be told; in memory when there is no disk for it."""
    return News(state_folder(settings) / "security-news.sqlite", wake)


def make_reactor(settings: Settings, clock: Clock, wake: Callable[[], None], news: News) -> Reactor:
    """Join everything. Without a usable file bans end with the agent's memory of them."""
    try:
        state = make_state(settings, clock)
    except StateFileError as exc:
        _log.error("%s: %s; bans are kept in memory only", exc.code, exc)
        state = _state(settings, Store(None), clock)
    kernel = make_kernel(settings, clock)
    return Reactor(thresholds_of(settings), kernel, state, clock, wake, Herald(news, clock))


def _state(settings: Settings, store: Store, clock: Clock) -> State:
    return State(store, times_of(settings), settings.security_known_days * DAY_S, clock.time())
