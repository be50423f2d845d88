"""Service ``test``: answers pings of other Nameko services."""

from __future__ import annotations

from asterisk_agent.services.rpc_queue import rpc


class TestService:
    """Tells that it is there."""

    __test__ = False  # pytest: no test class
    name = "test"

    @rpc
    def ping(self) -> bool:
        """Answer."""
        return True
