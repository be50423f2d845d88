"""The answers to /metrics, /healthz and /readyz, for those who watch the agent.

It tells numbers and fixed words, no secret and nothing of a
call; it is for loopback or a watched network, and asks for no password.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from prometheus_client import CollectorRegistry

from asterisk_agent.rpc.endpoint import HttpReply, HttpRequest
from asterisk_agent.services.metrics import CONTENT_TYPE, registry_of, text_of
from asterisk_agent.services.runtime import Runtime

JSON = "application/json"


class Operations:
    """Answers the three paths."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._registry: CollectorRegistry = registry_of(runtime)
        self._paths: dict[str, Callable[[], HttpReply]] = {
            "/metrics": self._metrics,
            "/healthz": self._healthz,
            "/readyz": self._readyz,
        }

    def handle(self, http: HttpRequest) -> HttpReply:
        """Answer a request."""
        answer = self._paths.get(http.path)
        if answer is None:
            return _json(404, {"error": "not found"})
        if http.method not in {"GET", "HEAD"}:
            return _json(405, {"error": "method not allowed"})
        return answer()

    def _metrics(self) -> HttpReply:
        return HttpReply(200, text_of(self._registry), CONTENT_TYPE)

    def _healthz(self) -> HttpReply:
        """Live as long as this is answered: what is away is waited for, a restart heals nothing."""
        return _json(200, {"alive": True})

    def _readyz(self) -> HttpReply:
        readiness = self._runtime.readiness
        ready = readiness.ready and not readiness.stopping
        content = {"ready": ready, "missing": readiness.missing, "stopping": readiness.stopping}
        return _json(200 if ready else 503, content)


def _json(status: int, content: dict[str, object]) -> HttpReply:
    return HttpReply(status, json.dumps(content).encode(), JSON)
