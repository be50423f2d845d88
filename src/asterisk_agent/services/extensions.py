"""Nameko extensions that start and stop the runtime's parts with their services.

As nameko's own: ``__init__`` only stores, ``setup`` prepares, ``start`` spawns managed threads,
``stop`` is graceful, ``kill`` never raises.
"""

from __future__ import annotations

import logging
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider

from asterisk_agent.services.runtime import Runtime

_log = logging.getLogger(__name__)

RUNTIME_KEY = "asterisk_agent.runtime"
#: The publisher drains its backlog within less; a request to Odoo may take longer, and is cut.
STOP_PART_S = 8.0


def runtime_of(container: Any) -> Runtime:
    """Return the runtime that the runner put into the containers' configuration."""
    runtime: Runtime = container.config[RUNTIME_KEY]
    return runtime


def stop_thread(thread: Any, timeout_s: float) -> None:
    """Wait for a green thread that was asked to end; kill it when it takes too long."""
    if thread is None:
        return
    with eventlet.Timeout(timeout_s, False):
        thread.wait()
        return
    _log.warning("%r did not end within %g s", thread, timeout_s)
    thread.kill()


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
            stop_thread(thread, STOP_PART_S)

    def kill(self) -> None:
        """Ask every part to end, and wait for none."""
        for part in self.parts():
            part.stop()
