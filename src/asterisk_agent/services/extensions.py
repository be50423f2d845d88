"""Nameko extensions that start and stop the runtime's parts with their services.

As nameko's own: ``__init__`` only stores, ``setup`` prepares, ``start`` spawns managed threads,
``stop`` is graceful, ``kill`` never raises.
"""

from __future__ import annotations

from typing import Any

import eventlet
from nameko.extensions import DependencyProvider

from asterisk_agent.services.runtime import Runtime

RUNTIME_KEY = "asterisk_agent.runtime"
#: The publisher drains its backlog within less; a request to Odoo may take longer, and is cut.
STOP_PART_S = 8.0


def runtime_of(container: Any) -> Runtime:
    """Return the runtime that the runner put into the containers' configuration."""
    runtime: Runtime = container.config[RUNTIME_KEY]
    return runtime


class Part(DependencyProvider):  # type: ignore[misc]
    """A part of the runtime that runs in threads of its own while the service lives."""

    def setup(self) -> None:
        """Take the parts from the runtime."""
        self.runtime = runtime_of(self.container)
        self._threads: list[Any] = []

    def parts(self) -> list[Any]:
        """List the parts: each has ``run`` and ``stop``."""
        raise NotImplementedError

    def start(self) -> None:
        """Run each part in a managed thread."""
        for part in self.parts():
            thread = self.container.spawn_managed_thread(part.run, identifier=repr(part))
            self._threads.append(thread)

    def stop(self) -> None:
        """Ask one part after the other to end, and wait for it; the container kills what hangs."""
        for part, thread in zip(self.parts(), self._threads, strict=False):
            part.stop()
            with eventlet.Timeout(STOP_PART_S, False):
                thread.wait()

    def kill(self) -> None:
        """Ask every part to end, and wait for none."""
        for part in self.parts():
            part.stop()
