"""Service ``recordings``: started only when there is a folder of recordings."""

from __future__ import annotations

from typing import Any

from asterisk_agent.services.extensions import Part


class RecordingsLink(Part):
    """The worker."""

    def parts(self) -> list[Any]:
        """List it."""
        return [] if self.runtime.recordings is None else [self.runtime.recordings]

    def get_dependency(self, worker_ctx: Any) -> Any:
        """Give the service the worker."""
        del worker_ctx
        return self.runtime.recordings


class RecordingsService:
    """Brings recordings into Odoo."""

    name = "recordings"

    recordings = RecordingsLink()
