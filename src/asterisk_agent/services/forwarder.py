"""Service ``forwarder``: the planner's batches, from the queue to Odoo."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from eventlet.event import Event
from nameko.extensions import DependencyProvider, Entrypoint

from asterisk_agent.calls.delivery import Outcome, Result
from asterisk_agent.calls.entries import Batch
from asterisk_agent.core.errors import (
    AgentError,
    OdooAccessError,
    OdooProtocolError,
    OdooServerError,
)
from asterisk_agent.odoo.gateway import ItemResult, OdooGateway
from asterisk_agent.services.extensions import Part, runtime_of
from asterisk_agent.services.runtime import Runtime

_log = logging.getLogger(__name__)

#: Odoo is up and something in the batch makes it fail: smaller batches find out what.
RAISED = (OdooServerError, OdooProtocolError, OdooAccessError)
_IDLE_S = 5.0
#: A call begins with some events at once: what comes so soon after the first goes in one request.
_GATHER_S = 0.01


class ForwardQueue(Part):
    """The consumer of the forwarder's queue."""

    def parts(self) -> list[Any]:
        """List it."""
        return [self.runtime.consumer]

    def get_dependency(self, worker_ctx: Any) -> None:
        """Give the service nothing: it gets batches."""


class Delivery:
    """Delivers a batch as this agent."""

    def __init__(self, odoo: OdooGateway, boot: str) -> None:
        self._odoo = odoo
        self._boot = boot

    def deliver(self, batch: Batch) -> list[ItemResult] | AgentError:
        """Return Odoo's word on each item, or why there is none."""
        items = [item.as_dict() for item in batch.items]
        try:
            return self._odoo.deliver(self._boot, batch.settled, items)
        except AgentError as exc:
            return exc


class Odoo(DependencyProvider):  # type: ignore[misc]
    """Odoo's methods for a service."""

    def get_dependency(self, worker_ctx: Any) -> Delivery:
        """Give the gateway."""
        del worker_ctx
        runtime = runtime_of(self.container)
        return Delivery(runtime.odoo, runtime.boot)


class Batches(Entrypoint):  # type: ignore[misc]
    """Call the service with each batch, one at a time; carry its outcome back to the planner."""

    def setup(self) -> None:
        """Take the parts from the runtime."""
        self.runtime: Runtime = runtime_of(self.container)
        self._stopping = threading.Event()
        self._thread: Any = None
        self._failing = False

    def start(self) -> None:
        """Start the loop."""
        self._thread = self.container.spawn_managed_thread(self._run, identifier="batches")

    def stop(self) -> None:
        """End after the batch that is out."""
        self._stopping.set()
        self.runtime.planner_wake.set()
        if self._thread is not None:
            self._thread.wait()

    def _run(self) -> None:
        planner, wake = self.runtime.planner, self.runtime.planner_wake
        while not self._stopping.is_set():
            wake.clear()
            self.runtime.parked_news.tell()
            batch = planner.next_batch() if self.runtime.consumer.open else None
            if batch is not None:
                self._deliver(batch)
                continue
            wait_s = planner.wait_s()
            if wake.wait(_IDLE_S if wait_s is None else min(max(wait_s, 0.001), _IDLE_S)):
                self._stopping.wait(_GATHER_S)

    def _deliver(self, batch: Batch) -> None:
        done = Event()
        self.container.spawn_worker(self, (batch,), {}, handle_result=partial(self._worked, done))
        found: list[ItemResult] | AgentError = done.wait()
        planner, tally = self.runtime.planner, self.runtime.tally
        if isinstance(found, AgentError):
            raised = isinstance(found, RAISED)
            outcome = planner.postponed(batch, error=str(found), raised=raised)
            tally.delivery_failures[found.code] += 1
            self._failed(found)
        else:
            results = [Result(r.status, r.error) for r in found]  # type: ignore[arg-type]
            outcome = planner.applied(batch, results)
            tally.items.update(result.status for result in results)
            tally.delivered_at = self.runtime.clock.time()
            self._succeeded()
        self._carry_out(outcome)

    def _carry_out(self, outcome: Outcome) -> None:
        self.runtime.tally.parked += len(outcome.parked)
        # Parked items are published by the consumer, which owns the connection.
        self.runtime.consumer.ack(outcome.acks)

    def _worked(self, done: Event, worker_ctx: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        del worker_ctx
        done.send(result if exc_info is None else AgentError("the forwarder failed"))
        return result, exc_info

    def _failed(self, exc: AgentError) -> None:
        if not self._failing:
            self._failing = True
            _log.warning("events are not delivered: %s", exc)
            self.runtime.readiness.tell("odoo", up=False)
        else:
            _log.info("events are still not delivered: %s", exc)

    def _succeeded(self) -> None:
        if self._failing:
            self._failing = False
            _log.warning("events are delivered again")
            self.runtime.parked_news.odoo_is_back()
            # Odoo was away: it may have been restored, and may have lost our token.
            self.runtime.link.refresh()


batches: Callable[..., Any] = Batches.decorator


class ForwarderService:
    """Brings events to Odoo."""

    name = "forwarder"

    queue = ForwardQueue()
    odoo = Odoo()

    @batches
    def deliver(self, batch: Batch) -> list[ItemResult] | AgentError:
        """Deliver a batch; return Odoo's word on each item, or why there is none."""
        found: list[ItemResult] | AgentError = self.odoo.deliver(batch)
        return found
