"""Service ``test``: answers pings of other Nameko services."""

from __future__ import annotations

from nameko.rpc import rpc


class TestService:
    """Tells that it is there."""

    __test__ = False  # pytest: no test class
    name = "test"

    @rpc  # type: ignore[untyped-decorator]
    def ping(self) -> bool:
        """Answer."""
        return True
