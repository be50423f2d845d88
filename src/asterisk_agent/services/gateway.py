"""Service ``gateway``: the address at which Odoo calls the agent."""

from __future__ import annotations

import logging
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import SpoolError
from asterisk_agent.core.settings import Settings
from asterisk_agent.core.state_folder import state_folder
from asterisk_agent.rpc.auth import Failures, Gatekeeper
from asterisk_agent.rpc.endpoint import Endpoint
from asterisk_agent.rpc.jobs import JobPool
from asterisk_agent.rpc.outbox import Outbox
from asterisk_agent.rpc.postman import Postman
from asterisk_agent.services.edge import GreenRunner, HttpServer
from asterisk_agent.services.extensions import STOP_PART_S, runtime_of, stop_thread
from asterisk_agent.services.green import offload
from asterisk_agent.services.runtime import Runtime

_log = logging.getLogger(__name__)

SOCKET_KEY = "asterisk_agent.rpc_socket"
_STOP_S = 5.0
#: How long a request waits for the answer to the first hello, and how often it looks.
GREETING_S = 5.0
GREETING_LOOK_S = 0.02


def open_outbox(settings: Settings, clock: Clock) -> Outbox:
    """Open the outbox; in memory when there is no disk for it, which the spool has told."""
    outbox = Outbox(state_folder(settings) / "callbacks.sqlite", clock, offload)
    try:
        lost = outbox.open()
    except SpoolError:
        outbox = Outbox(None, clock, offload)
        lost = outbox.open()
    if lost:
        _log.warning("%d jobs ended with the agent; Odoo is told that they are lost", lost)
    return outbox


class RpcEdge(DependencyProvider):  # type: ignore[misc]
    """The HTTP server. Requests are answered in its own green threads, never by workers."""

    def setup(self) -> None:
        """Join the endpoint's parts."""
        runtime: Runtime = runtime_of(self.container)
        settings = runtime.settings
        self.runtime = runtime
        self._thread: Any = None
        gatekeeper = Gatekeeper(
            runtime.token,
            Failures(runtime.clock),
            allowed=settings.odoo_ip,
            proxies=settings.rpc_trusted_proxies,
        )
        self.outbox = open_outbox(settings, runtime.clock)
        self.postman = Postman(self.outbox, runtime.odoo)
        self.jobs = JobPool(
            eventlet.spawn_n, runtime.odoo, runtime.clock, self.outbox, self.postman
        )
        endpoint = Endpoint(
            gatekeeper,
            runtime.functions,
            GreenRunner(self.jobs),
            runtime.clock,
            max_body=settings.rpc_max_body,
            allows=runtime.odoo.allows,
            until_greeted=self._until_greeted,
            on_answer=runtime.tally.answered,
        )
        self.server = HttpServer(self.container.config[SOCKET_KEY], endpoint)

    def start(self) -> None:
        """Answer from now on."""
        self._thread = self.container.spawn_managed_thread(self.postman.run, identifier="callbacks")
        self.server.start()
        self.runtime.readiness.tell("rpc", up=True)

    def _until_greeted(self) -> None:
        clock, odoo = self.runtime.clock, self.runtime.odoo
        until = clock.monotonic() + GREETING_S
        while not odoo.is_greeted and clock.monotonic() < until:
            eventlet.sleep(GREETING_LOOK_S)

    def stop(self) -> None:
        """Answer no more."""
        self.server.stop(_STOP_S)
        self.jobs.close()
        self.postman.stop()
        stop_thread(self._thread, STOP_PART_S)

    def kill(self) -> None:
        """Close at once."""
        self.postman.stop()
        self.server.stop(0)

    def get_dependency(self, worker_ctx: Any) -> None:
        """Give the service nothing."""


class GatewayService:
    """Answers Odoo."""

    name = "gateway"

    edge = RpcEdge()
