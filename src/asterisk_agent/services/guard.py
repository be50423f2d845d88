"""Service ``security``: started only when security is enabled."""

from __future__ import annotations

from typing import Any

from asterisk_agent.services.extensions import Part
from asterisk_agent.services.security import Keeper, Security


class SecurityLink(Part):
    """The client for the events, the judge, the keeper, and what tells Odoo."""

    def parts(self) -> list[Any]:
        """List them."""
        security = self.runtime.security
        if security is None:
            return []
        return [security.ami, security, Keeper(security), security.news]

    def get_dependency(self, worker_ctx: Any) -> Security | None:
        """Give the service the reactor."""
        del worker_ctx
        return self.runtime.security


class SecurityService:
    """Bans who guesses passwords."""

    name = "security"

    security = SecurityLink()
