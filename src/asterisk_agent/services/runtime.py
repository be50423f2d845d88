"""The parts of one agent, made from its settings and joined. No part is started here."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable

from asterisk_agent import __version__
from asterisk_agent.ami.client import AMIClient
from asterisk_agent.ami.message import FlatEvent
from asterisk_agent.ami.state import AMIInfo
from asterisk_agent.ami.transport import tls_context
from asterisk_agent.calls.delivery import Parked
from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.calls.forwarder import Planner
from asterisk_agent.core.clock import SystemClock
from asterisk_agent.core.config import Settings
from asterisk_agent.core.errors import AgentError, AmiAuthError
from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.gateway import AgentInfo, OdooGateway
from asterisk_agent.odoo.jsonrpc import JsonRpc
from asterisk_agent.rpc.auth import Token
from asterisk_agent.rpc.functions import Functions, ping
from asterisk_agent.rpc.manager_action import ManagerAction
from asterisk_agent.rpc.security import SecurityFunctions
from asterisk_agent.services.backlog import Backlog
from asterisk_agent.services.broker import Names
from asterisk_agent.services.consuming import Consumer
from asterisk_agent.services.odoo_link import OdooLink
from asterisk_agent.services.publishing import Publisher
from asterisk_agent.services.readiness import Readiness
from asterisk_agent.services.reconciling import CONNECTED, FULLY_BOOTED, Reconciler
from asterisk_agent.services.security import Security

#: Unacked messages that the forwarder holds: its memory's bound, and how far a delay may look.
MIN_PREFETCH = 1_000
BOOTED_EVENT = "FullyBooted"


def _nothing(_: object) -> None:
    """Take what nobody asked to be told."""


def ami_client(
    settings: Settings,
    *,
    on_event: Callable[[FlatEvent], None] = _nothing,
    on_state: Callable[[AMIInfo], None] = _nothing,
    wanted: Iterable[str] = (BOOTED_EVENT,),
    events: str = "on",
) -> AMIClient:
    """Make a client for Asterisk from the settings."""
    tls = tls_context(settings.asterisk_ami_ca_file) if settings.asterisk_ami_tls else None
    return AMIClient(
        settings.asterisk_ami_host,
        settings.asterisk_ami_port,
        settings.asterisk_ami_user,
        settings.asterisk_ami_password.get_secret_value(),
        agent_name=settings.agent_name,
        wanted=wanted,
        events=events,
        tls=tls,
        on_event=on_event,
        on_state=on_state,
    )


def odoo_client(settings: Settings) -> OdooClient:
    """Make a client for Odoo from the settings."""
    return OdooClient(
        JsonRpc(settings.odoo_url, timeout_s=settings.odoo_timeout, ca_file=settings.odoo_ca_file),
        db=settings.odoo_db,
        user=settings.odoo_user,
        password=settings.odoo_password.get_secret_value(),
    )


class Runtime:
    """One agent's parts. The services' extensions take theirs from here."""

    def __init__(self, settings: Settings, on_fatal: Callable[[AgentError], None]) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.boot = secrets.token_hex(8)
        self.token = Token()
        self.amqp_uri = settings.amqp_uri.get_secret_value()
        self.names = Names(settings.agent_name)
        self.readiness = Readiness(self._describe)
        self._on_fatal = on_fatal
        self.odoo = OdooGateway(odoo_client(settings))
        self.ami = ami_client(settings, on_event=self._on_event, on_state=self._on_ami_state)
        self._map: EventMap | None = None
        self.link = OdooLink(
            self.odoo,
            self.agent_info,
            on_map=self._on_map,
            on_connected=lambda up: self.readiness.tell("odoo", up=up),
            on_mistake=self._on_mistake,
        )
        self._make_events()
        self.functions = Functions()
        self.functions.add("test.ping", ping)
        action = ManagerAction(self.ami, self.link.refresh)
        self.functions.add("asterisk.manager_action", action.prepare)
        self.security: Security | None = None
        if settings.asterisk_security_enabled:
            self.security = Security(settings, self.clock, ami_client)
        SecurityFunctions(self.security).add_to(self.functions)

    def _make_events(self) -> None:
        settings, clock = self.settings, self.clock
        self.planner = Planner(
            clock, batch_size=settings.deliver_batch, attempts=settings.deliver_retries
        )
        self.planner_wake = threading.Event()
        self.parked_news: tuple[int, Parked | None] | None = None
        self.publisher = Publisher(
            self.amqp_uri,
            self.names,
            self.boot,
            Backlog(settings.event_backlog),
            clock,
            on_connected=lambda up: self.readiness.tell("publisher", up=up),
            on_relief=lambda: self.reconciler.request(CONNECTED),
        )
        self.consumer = Consumer(
            self.amqp_uri,
            self.names,
            self.planner,
            clock,
            prefetch=max(MIN_PREFETCH, 2 * settings.deliver_batch),
            on_connected=lambda up: self.readiness.tell("forwarder", up=up),
            on_parked=self._on_parked,
            wake=self.planner_wake.set,
        )
        self.reconciler = Reconciler(self.ami, clock, self.publisher.put)

    def agent_info(self) -> AgentInfo:
        """Tell what Odoo is told of this agent."""
        ami = self.ami.info
        return AgentInfo(
            agent_version=__version__,
            agent_name=self.settings.agent_name,
            boot=self.boot,
            rpc_token=self.token.value,
            asterisk_version=ami.asterisk_version,
            system_name=ami.system_name,
        )

    # --- what the parts tell each other -------------------------------------------------------

    def _on_event(self, event: FlatEvent) -> None:
        self.reconciler.stamped = "Timestamp" in event
        if self._map is None:
            return
        if event["Event"] == BOOTED_EVENT:
            self.reconciler.request(FULLY_BOOTED)
        rows = self._map.match(event)
        if rows:
            self.publisher.put(event, rows)

    def _on_ami_state(self, info: AMIInfo) -> None:
        self.readiness.tell("asterisk", up=info.connected)
        if info.connected:
            # Odoo shows the version of the Asterisk that is there now.
            self.link.refresh()
            if self._map is not None:
                self.reconciler.request(CONNECTED)
        elif isinstance(info.error, AmiAuthError) and not self.readiness.was_up("asterisk"):
            self._on_fatal(info.error)

    def _on_map(self, found: EventMap) -> None:
        first, self._map = self._map is None, found
        self.ami.set_wanted(found.wanted_names | {BOOTED_EVENT})
        # Before the first map nothing was forwarded: what happened meanwhile is caught up here.
        if first and self.ami.info.connected:
            self.reconciler.request(CONNECTED)

    def _on_mistake(self, exc: AgentError) -> None:
        if not self.readiness.was_up("odoo"):
            self._on_fatal(exc)

    def _on_parked(self, count: int, last: Parked | None) -> None:
        self.parked_news = (count, last)
        self.planner_wake.set()

    def _describe(self) -> str:
        server = self.link.server
        return (
            f"Asterisk {self.ami.info.asterisk_version}, RabbitMQ, "
            f"Odoo {server.odoo_version if server else ''} "
            f"({server.server_name if server else ''}), listening on "
            f"{self.settings.rpc_host}:{self.settings.rpc_port}"
        )
