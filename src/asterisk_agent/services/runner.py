"""``asterisk-agent run``: look whether it can work, start the services, end them well."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from typing import Any

import eventlet
from eventlet.event import Event
from nameko.runners import ServiceRunner

from asterisk_agent.core.errors import AgentError, AmiAuthError, BrokerAuthError
from asterisk_agent.core.settings import Settings
from asterisk_agent.services import broker
from asterisk_agent.services.asterisk import AsteriskService
from asterisk_agent.services.clients import ami_client, odoo_client
from asterisk_agent.services.edge import listen
from asterisk_agent.services.extensions import RUNTIME_KEY
from asterisk_agent.services.forwarder import ForwarderService
from asterisk_agent.services.gateway import SOCKET_KEY, GatewayService
from asterisk_agent.services.guard import SecurityService
from asterisk_agent.services.odoo_link import MISTAKES
from asterisk_agent.services.ping import TestService
from asterisk_agent.services.recorder import RecordingsService
from asterisk_agent.services.runtime import Runtime
from asterisk_agent.services.security import take_rules_away
from asterisk_agent.services.signals import StopSignals
from asterisk_agent.services.watch import SOCKET_KEY as METRICS_SOCKET_KEY
from asterisk_agent.services.watch import OperationsService

_log = logging.getLogger(__name__)

SERVICES = (AsteriskService, ForwarderService, GatewayService, TestService)
#: What hangs is no mistake: it is tried again later, and Asterisk must be heard meanwhile.
LOOK_S = 3.0
#: After a signal: everything has a shorter bound of its own; this one ends what hangs.
STOP_S = 45.0


def preflight(settings: Settings, *, standby: bool = False) -> None:
    """Raise what no waiting heals: a wrong secret, database or address.

    What does not answer is no reason not to start: after a power cut a system boots in any order.
    """
    looks: list[tuple[Any, tuple[type[AgentError], ...]]] = [
        (lambda: standby or ami_client(settings).connect_once(), (AmiAuthError,)),
        (lambda: _look_at_broker(settings), (BrokerAuthError,)),
        (lambda: odoo_client(settings).login(), MISTAKES),
    ]
    for look, mistakes in looks:
        try:
            with eventlet.Timeout(LOOK_S, AgentError(f"no answer within {LOOK_S:g} s")):
                look()
        except mistakes:
            raise
        except AgentError as exc:
            _log.warning("%s: %s; tried again until it works", exc.code, exc)


def _look_at_broker(settings: Settings) -> None:
    with broker.connection(settings.amqp_uri.get_secret_value()):
        pass


class Agent:
    """The running services, until a signal or a mistake ends them."""

    def __init__(
        self, settings: Settings, sockets: Mapping[str, Any], *, standby: bool = False
    ) -> None:
        self._error: AgentError | None = None
        self._stopping = False
        self._started = Event()
        self.runtime = Runtime(settings, self._fatal, standby=standby)
        self._runner = ServiceRunner(
            {RUNTIME_KEY: self.runtime, **sockets},
        )
        for service in (ForwarderService,) if standby else SERVICES:
            self._runner.add_service(service)
        if METRICS_SOCKET_KEY in sockets:
            self._runner.add_service(OperationsService)
        if settings.asterisk_security_enabled:
            self._runner.add_service(SecurityService)
        if self.runtime.recordings is not None:
            self._runner.add_service(RecordingsService)
        if self.runtime.security is None or settings.security_observe_only:
            take_rules_away()

    def run(self, signals: StopSignals) -> None:
        """Run until stopped. Raise the ``AgentError`` that ended it, if one did."""
        eventlet.spawn_n(self._obey, signals)
        try:
            self._runner.start()
            self._started.send()
            self._runner.wait()
        except AgentError:
            raise
        except Exception as exc:
            # A thread of a service died: a fault of ours. nameko has stopped the others.
            _log.exception("a service failed")
            raise AgentError("a service failed", "see the log, and report it") from exc
        if self._error is not None:
            raise self._error

    def _obey(self, signals: StopSignals) -> None:
        self._stop(signals.wait())

    def _fatal(self, exc: AgentError) -> None:
        if self._error is None:
            self._error = exc
            eventlet.spawn_n(self._stop, exc.code)

    def _stop(self, why: str) -> None:
        if self._stopping:
            return
        self._stopping = self.runtime.readiness.stopping = True
        _log.info("stopping: %s", why)
        try:
            with eventlet.Timeout(STOP_S):
                # What is half set up can't be stopped, and what starts after its stop never ends.
                self._started.wait()
                self._runner.stop()
        except eventlet.Timeout:
            _log.error("the services did not stop within %d s", STOP_S)
            self._runner.kill()
        except Exception:  # noqa: BLE001 (whatever it was, the process must end)
            _log.exception("the services did not stop well")
            self._runner.kill()
        _log.info("stopped")


class _QuietErrors(logging.Filter):
    """No traceback for what is an answer, not a fault: nameko writes one for every exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Take the traceback of an ``AgentError`` away."""
        if record.exc_info and isinstance(record.exc_info[1], AgentError):
            record.exc_info = None
        return True


def run(settings: Settings) -> None:
    """Run the agent until it is stopped. Raise ``AgentError`` when it can't run."""
    _quiet_libraries()
    with contextlib.ExitStack() as stack:
        signals = stack.enter_context(contextlib.closing(StopSignals()))
        rpc = listen(settings.rpc_host, settings.rpc_port)
        sockets = {SOCKET_KEY: stack.enter_context(contextlib.closing(rpc))}
        if settings.metrics_port:
            metrics = listen(settings.metrics_host, settings.metrics_port, "METRICS")
            sockets[METRICS_SOCKET_KEY] = stack.enter_context(contextlib.closing(metrics))
        preflight(settings)
        Agent(settings, sockets).run(signals)


def forward(settings: Settings) -> None:
    """Run a second forwarder of this agent's queue until it is stopped. Raise ``AgentError``."""
    _quiet_libraries()
    with contextlib.closing(StopSignals()) as signals:
        preflight(settings, standby=True)
        Agent(settings, {}, standby=True).run(signals)


def _quiet_libraries() -> None:
    logging.getLogger("nameko.containers").addFilter(_QuietErrors())
    for noisy in ("nameko", "kombu", "amqp", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
