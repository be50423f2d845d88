"""Service ``asterisk``: reads events, publishes them, executes actions."""

from __future__ import annotations

from typing import Any

from asterisk_agent.core.errors import AgentError
from asterisk_agent.rpc.functions import Functions
from asterisk_agent.rpc.jsonrpc import MAX_TIMEOUT_S
from asterisk_agent.services.extensions import Part
from asterisk_agent.services.rpc_queue import rpc


class AsteriskLink(Part):
    """The AMI client, the reconciler, publisher and spooler; clicks, and the map's freshness."""

    def parts(self) -> list[Any]:
        """List them in the order of their end: the publisher's when nobody gives it events."""
        runtime = self.runtime
        found = [runtime.ami, runtime.reconciler, runtime.first_answer]
        found += [runtime.publisher, runtime.spooler, runtime.link, runtime.health]
        return [part for part in found if part is not None]

    def get_dependency(self, worker_ctx: Any) -> Functions:
        """Give the service the functions that it may run."""
        del worker_ctx
        return self.runtime.functions


class AsteriskService:
    """What other Nameko services may ask of Asterisk, under the same policy as Odoo."""

    name = "asterisk"

    functions = AsteriskLink()

    @rpc(expected_exceptions=AgentError)  # type: ignore[untyped-decorator]
    def manager_action(self, action: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        """Execute an action, as ``asterisk.manager_action`` of docs/reference/agent-odoo.md."""
        call = self.functions.prepare("asterisk.manager_action", [action], options, MAX_TIMEOUT_S)
        result: list[dict[str, Any]] = call()
        return result
