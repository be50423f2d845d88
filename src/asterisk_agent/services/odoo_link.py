"""Keep Odoo told and the events map fresh: hello, token, map, and the map's errors."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.calls.map_cache import MapCache
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.errors import (
    AgentError,
    OdooAccessError,
    OdooAddonMissingError,
    OdooAuthError,
    OdooDatabaseError,
    OdooRedirectError,
)
from asterisk_agent.odoo.gateway import AgentInfo, OdooGateway, ServerInfo

_log = logging.getLogger(__name__)

#: Mistakes in the settings or in Odoo's set-up: waiting heals none of them.
MISTAKES = (
    OdooAccessError,
    OdooAddonMissingError,
    OdooAuthError,
    OdooDatabaseError,
    OdooRedirectError,
)
#: Hello again though nothing happened: a database that was restored has an old token.
REFRESH_S = 300.0


class OdooLink:
    """Present the agent and download the map: at the start, when woken, and now and then."""

    def __init__(
        self,
        gateway: OdooGateway,
        info: Callable[[], AgentInfo],
        *,
        on_map: Callable[[EventMap], None],
        on_connected: Callable[[bool], None],
        on_mistake: Callable[[AgentError], None],
        cache: MapCache | None = None,
        first_wait_s: float = 0.0,
    ) -> None:
        self._gateway = gateway
        self._info = info
        self._on_map = on_map
        self._on_connected = on_connected
        self._on_mistake = on_mistake
        self._cache = cache
        self._first_wait_s = first_wait_s
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self.server: ServerInfo | None = None
        self.map = EventMap([])
        self._told_errors: list[dict[str, object]] | None = None
        self._told: AgentInfo | None = None

    def load(self) -> None:
        """Hand on the map of an earlier start, if there is one: it counts until Odoo answers."""
        saved = self._cache.load() if self._cache is not None else None
        if saved is not None:
            self.map = saved
            _log.info("events map %s, as it was saved", saved.version)
            self._on_map(saved)

    def tell_news(self) -> None:
        """Say hello again if Odoo was told otherwise of Asterisk, or not at all."""
        if self._told != self._info():
            self._wake.set()

    def refresh(self) -> None:
        """Say hello and download the map, soon: Odoo asked for it, or was away."""
        self._wake.set()

    def run(self) -> None:
        """Keep at it until ``stop``."""
        backoff = Backoff(first_s=1.0, cap_s=30.0)
        # Asterisk's connection wakes: its version goes with the first hello, and one is enough.
        self._wake.wait(self._first_wait_s)
        while not self._stopping.is_set():
            self._wake.clear()
            wait_s = REFRESH_S
            try:
                self._refresh()
                backoff.reset()
            except AgentError as exc:
                wait_s = backoff.next_s()
                self._failed(exc)
            self._wake.wait(wait_s)

    def stop(self) -> None:
        """Ask ``run`` to return."""
        self._stopping.set()
        self._wake.set()

    def _failed(self, exc: AgentError) -> None:
        _log.warning("%s: %s", exc.code, exc)
        self._on_connected(False)
        if isinstance(exc, MISTAKES):
            self._on_mistake(exc)

    def _refresh(self) -> None:
        info = self._info()
        self.server = self._gateway.agent_hello(info)
        self._told = info
        version, rows = self._gateway.get_events_map()
        if self.map.version != version or not self.map.version or self._told_errors is None:
            self._take_map(version, rows)
            _log.info("events map %s: %d rows, for %s", version, len(rows), self.server.server_name)
        self._on_map(self.map)
        self._tell_errors()
        self._on_connected(True)

    def _take_map(self, version: str, rows: list[dict[str, Any]]) -> None:
        self.map = EventMap(rows, version)
        self._told_errors = None
        if self._cache is not None:
            self._cache.save(version, rows)

    def _tell_errors(self) -> None:
        errors = self.map.errors
        if errors != self._told_errors:
            self._gateway.report_event_errors(errors)
            self._told_errors = errors
            for error in errors:
                _log.error("events map, row %s: %s", error["id"], error["error"])
