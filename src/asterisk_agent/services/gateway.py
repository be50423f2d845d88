"""Service ``gateway``: the address at which Odoo calls the agent."""

from __future__ import annotations

from typing import Any

import eventlet
from nameko.extensions import DependencyProvider

from asterisk_agent.rpc.auth import Failures, Gatekeeper
from asterisk_agent.rpc.endpoint import Endpoint
from asterisk_agent.rpc.jobs import JobPool
from asterisk_agent.services.edge import GreenRunner, HttpServer
from asterisk_agent.services.extensions import runtime_of
from asterisk_agent.services.runtime import Runtime

SOCKET_KEY = "asterisk_agent.rpc_socket"
_STOP_S = 5.0


class RpcEdge(DependencyProvider):  # type: ignore[misc]
    """The HTTP server. Requests are answered in its own green threads, never by workers."""

    def setup(self) -> None:
        """Join the endpoint's parts."""
        runtime: Runtime = runtime_of(self.container)
        settings = runtime.settings
        self.runtime = runtime
        gatekeeper = Gatekeeper(
            runtime.token,
            Failures(runtime.clock),
            allowed=settings.odoo_ip,
            proxies=settings.rpc_trusted_proxies,
        )
        self.jobs = JobPool(eventlet.spawn_n, runtime.odoo, runtime.clock)
        endpoint = Endpoint(
            gatekeeper,
            runtime.functions,
            GreenRunner(self.jobs),
            runtime.clock,
            max_body=settings.rpc_max_body,
        )
        self.server = HttpServer(self.container.config[SOCKET_KEY], endpoint)

    def start(self) -> None:
        """Answer from now on."""
        self.server.start()
        self.runtime.readiness.tell("rpc", up=True)

    def stop(self) -> None:
        """Answer no more."""
        self.server.stop(_STOP_S)
        self.jobs.close()

    def kill(self) -> None:
        """Close at once."""
        self.server.stop(0)

    def get_dependency(self, worker_ctx: Any) -> None:
        """Give the service nothing."""


class GatewayService:
    """Answers Odoo."""

    name = "gateway"

    edge = RpcEdge()
