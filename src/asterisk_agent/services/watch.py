"""Service ``operations``: the address at which the agent is watched; only with METRICS_PORT."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from asterisk_agent.services.edge import HttpServer
from asterisk_agent.services.extensions import runtime_of
from asterisk_agent.services.operations import Operations

SOCKET_KEY = "asterisk_agent.metrics_socket"
_STOP_S = 1.0


class OperationsEdge(DependencyProvider):  # type: ignore[misc]
    """The HTTP server of the operations."""

    def setup(self) -> None:
        """Join the parts."""
        operations = Operations(runtime_of(self.container))
        self.server = HttpServer(self.container.config[SOCKET_KEY], operations)

    def start(self) -> None:
        """Answer from now on."""
        self.server.start()

    def stop(self) -> None:
        """Answer no more."""
        self.server.stop(_STOP_S)

    def kill(self) -> None:
        """Close at once."""
        self.server.stop(0)

    def get_dependency(self, worker_ctx: Any) -> None:
        """Give the service nothing."""


class OperationsService:
    """Tells how the agent is."""

    name = "operations"

    edge = OperationsEdge()
