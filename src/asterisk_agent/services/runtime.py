"""The parts of one agent, made from its settings and joined. No part is started here."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable

from asterisk_agent import __version__
from asterisk_agent.ami.message import FlatEvent
from asterisk_agent.ami.state import AMIInfo
from asterisk_agent.calls.delivery import Parked
from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.calls.forwarder import Planner
from asterisk_agent.calls.map_cache import MapCache
from asterisk_agent.core.clock import SystemClock
from asterisk_agent.core.errors import AgentError, AmiAuthError
from asterisk_agent.core.settings import Settings
from asterisk_agent.core.state_folder import open_spool, state_folder
from asterisk_agent.odoo.gateway import AgentInfo, OdooGateway
from asterisk_agent.rpc.auth import Token
from asterisk_agent.rpc.config_files import ConfigFunctions
from asterisk_agent.rpc.config_folder import ConfigFolder
from asterisk_agent.rpc.first_answer import EVENT as ORIGINATE_EVENT
from asterisk_agent.rpc.first_answer import FirstAnswer
from asterisk_agent.rpc.functions import Functions, ping, without_arguments
from asterisk_agent.rpc.health import add_health
from asterisk_agent.rpc.manager_action import ManagerAction
from asterisk_agent.rpc.originate import Originate
from asterisk_agent.rpc.parked import add_parked
from asterisk_agent.rpc.recordings import RecordingFunctions
from asterisk_agent.rpc.security import SecurityFunctions
from asterisk_agent.services.backlog import Backlog
from asterisk_agent.services.broker import names_of
from asterisk_agent.services.clients import ami_client, odoo_client
from asterisk_agent.services.consuming import Consumer
from asterisk_agent.services.green import offload
from asterisk_agent.services.health import Health, Lag, Load, memory_mb
from asterisk_agent.services.odoo_link import OdooLink
from asterisk_agent.services.parked import Parked as ParkedItems
from asterisk_agent.services.parked_news import ParkedNews
from asterisk_agent.services.publishing import Publisher
from asterisk_agent.services.readiness import PARTS, Readiness
from asterisk_agent.services.reconciling import CONNECTED, FULLY_BOOTED, HANGUP, Reconciler
from asterisk_agent.services.recordings import recordings_of, with_ours
from asterisk_agent.services.security import Security
from asterisk_agent.services.spooling import Spooler
from asterisk_agent.services.tally import Tally

_log = logging.getLogger(__name__)

#: Unacked messages that the forwarder holds: its memory's bound, and how far a delay may look.
MIN_PREFETCH = 1_000
STATUS_FILE = "status.json"
#: While the reader has more to read: how long the others leave it alone.
GIVE_WAY_S = 0.02
BOOTED_EVENT = "FullyBooted"
#: What the agent itself must hear, whatever the map wants.
OWN_EVENTS = frozenset({BOOTED_EVENT, HANGUP, ORIGINATE_EVENT})
#: At the start: Asterisk is connected in a moment, or away.
HELLO_WAITS_S = 2.0


class Runtime:
    """One agent's parts. The services' extensions take theirs from here.

    ``standby`` is a forwarder alone: it touches neither Asterisk nor the agent's folder.
    """

    def __init__(
        self,
        settings: Settings,
        on_fatal: Callable[[AgentError], None],
        *,
        standby: bool = False,
    ) -> None:
        self._standby = standby
        self.settings = settings
        self.clock = SystemClock()
        self.boot = secrets.token_hex(8)
        self.token = Token()
        self.tally = Tally()
        self.amqp_uri = settings.amqp_uri.get_secret_value()
        self.names = names_of(settings)
        self.readiness = Readiness(self._describe, ("forwarder",) if standby else PARTS)
        self._on_fatal = on_fatal
        client = odoo_client(settings)
        self.odoo = OdooGateway(client)
        self.ami = ami_client(
            settings, on_event=self._on_event, on_state=self._on_ami_state, wanted=OWN_EVENTS
        )
        self._map: EventMap | None = None
        self.link = OdooLink(
            self.odoo,
            self.agent_info,
            on_map=self._on_map,
            on_connected=lambda up: self.readiness.tell("odoo", up=up),
            on_mistake=self._on_mistake,
            cache=MapCache(
                state_folder(settings) / "events-map.json",
                (settings.odoo_url, settings.odoo_db, settings.odoo_user),
            ),
            first_wait_s=HELLO_WAITS_S,
        )
        self.recordings = None if standby else recordings_of(settings, self.clock, client)
        self._make_events()
        if not standby:
            self.link.load()
        self.security: Security | None = None
        if settings.asterisk_security_enabled:
            self.security = Security(settings, self.clock, ami_client, self.odoo.security_news)
        self.functions = self._functions()

    def _functions(self) -> Functions:
        """Make the list of what Odoo may ask; its arguments are checked by rpc/."""
        found, settings = Functions(), self.settings
        found.add("test.ping", ping)
        found.add("asterisk.manager_action", ManagerAction(self.ami, self.link.refresh).prepare)
        found.add("asterisk.originate", Originate(self.ami, self.first_answer).prepare)
        found.add("agent.rotate_token", without_arguments(self._rotate_token))
        add_parked(found, ParkedItems(settings))
        add_health(found, self._state)
        SecurityFunctions(self.security).add_to(found)
        RecordingFunctions(self.recordings).add_to(found)
        folder = ConfigFolder(settings.asterisk_config_folder)
        ConfigFunctions(folder, settings.asterisk_config_access, offload).add_to(found)
        return found

    def _rotate_token(self) -> bool:
        """Make a new token; Odoo is told by a hello, over its own authenticated session."""
        self.token.rotate()
        self.link.refresh()
        return True

    def _make_events(self) -> None:
        settings, clock = self.settings, self.clock
        self.planner = Planner(
            clock, batch_size=settings.deliver_batch, attempts=settings.deliver_retries
        )
        self.planner_wake = threading.Event()
        self.parked_news = ParkedNews(clock, self.odoo.agent_parked)
        self._make_backlog()
        self.publisher = Publisher(
            self.amqp_uri,
            self.names,
            self.backlog,
            clock,
            on_connected=lambda up: self.readiness.tell("publisher", up=up),
            on_relief=lambda: self.reconciler.request(CONNECTED),
            give_way=self._give_way,
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
            give_way=self._give_way,
        )
        self.reconciler = Reconciler(self.ami, clock, self.publisher.put)
        self.first_answer = FirstAnswer(self.ami, clock)
        self.lag = Lag(clock)
        has_disk = self.spooler is not None
        path = state_folder(settings) / STATUS_FILE if has_disk else None
        self.health = Health(clock, self.lag, self._load, path)

    def _make_backlog(self) -> None:
        settings, spool = self.settings, None
        if not self._standby:
            spool = open_spool(settings)
        if spool is None:
            self.backlog, self.spooler = Backlog(settings.event_backlog, boot=self.boot), None
            return
        self.backlog = Backlog(
            settings.event_backlog,
            boot=self.boot,
            disk_limit=settings.event_spool,
            last_pos=spool.last_pos,
            on_disk=spool.count,
        )
        self.backlog.disk_bytes = spool.bytes
        for boot in spool.boots():
            self.planner.announce(boot)
        if spool.count:
            _log.warning("%d events of an earlier start wait on disk; they go first", spool.count)
        self.spooler = Spooler(
            self.backlog,
            spool,
            offload,
            on_loaded=lambda: self.publisher.wake(),
            on_lost=lambda count: self.publisher.lost(count),
        )

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

    def _state(self) -> dict[str, object]:
        """Tell Odoo's admin what is away and what waits (agent.health)."""
        load = self._load(0.0)
        told = {name: getattr(load, name) for name in ("waiting", "on_disk", "overflowed")}
        return {"missing": self.readiness.missing, **told, "memory_mb": load.memory_mb}

    def _load(self, lag_s: float) -> Load:
        ami, backlog = self.ami.info, self.backlog
        return Load(
            lag_s=lag_s,
            events=ami.events,
            skipped=ami.skipped,
            waiting=len(backlog),
            on_disk=backlog.gap,
            disk_bytes=backlog.disk_bytes,
            overflowed=backlog.overflowed,
            unended=len(self.planner),
            memory_mb=memory_mb(),
        )

    def _give_way(self) -> None:
        # The backlog can wait, Asterisk can't: it cuts who does not read.
        self.clock.sleep(GIVE_WAY_S if self.ami.is_behind else 0)

    # --- what the parts tell each other -------------------------------------------------------

    def _on_event(self, event: FlatEvent) -> None:
        self.reconciler.see(event)
        self.first_answer.on_event(event)
        self.lag.saw(event)
        if self.recordings is not None:
            self.recordings.hear(event)
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
            self.link.tell_news()
            if self._map is not None:
                self.reconciler.request(CONNECTED)
        elif isinstance(info.error, AmiAuthError) and not self.readiness.was_up("asterisk"):
            self._on_fatal(info.error)

    def _on_map(self, found: EventMap) -> None:
        first, self._map = self._map is None, found
        wanted = {**dict.fromkeys(found.wanted_names, ()), **found.wanted_lines()}
        own = dict.fromkeys(OWN_EVENTS, ())
        self.ami.set_wanted({**(with_ours(wanted) if self.recordings else wanted), **own})
        # Before the first map nothing was forwarded: what happened meanwhile is caught up here.
        if first and self.ami.info.connected:
            self.reconciler.request(CONNECTED)

    def _on_mistake(self, exc: AgentError) -> None:
        if not self.readiness.was_up("odoo"):
            self._on_fatal(exc)

    def _on_parked(self, count: int, last: Parked | None) -> None:
        self.parked_news.put(count, last)
        self.planner_wake.set()

    def _describe(self) -> str:
        if self._standby:
            return f"forwarder of {self.names.forward_queue}, takes over when no other consumes it"
        server = self.link.server
        return (
            f"Asterisk {self.ami.info.asterisk_version}, RabbitMQ, "
            f"Odoo {server.odoo_version if server else ''} "
            f"({server.server_name if server else ''}), listening on "
            f"{self.settings.rpc_host}:{self.settings.rpc_port}"
        )
