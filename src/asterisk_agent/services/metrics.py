"""What the agent tells Prometheus: one table of metrics, read from the running parts when asked.

A new metric is a row of ``METRICS``; docs/reference/metrics.md is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from asterisk_agent import __version__
from asterisk_agent.services.runtime import Runtime

PREFIX = "asterisk_agent_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: A number, or numbers by the values of the labels.
Found = float | Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Row:
    """One metric. ``read`` takes it from a running agent."""

    name: str
    kind: type[CounterMetricFamily | GaugeMetricFamily]
    help: str
    read: Callable[[Runtime], Found]
    labels: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Tell the name under which Prometheus stores it."""
        return PREFIX + self.name + ("_total" if self.kind is CounterMetricFamily else "")


def _by(counts: Mapping[str, float]) -> Found:
    return {(key,): value for key, value in counts.items()}


def _bans(runtime: Runtime) -> float:
    return 0 if runtime.security is None else runtime.security.reactor.ban_count


def _security(runtime: Runtime) -> Found:
    return {} if runtime.security is None else _by(runtime.security.reactor.counts)


def _rpc(runtime: Runtime) -> Found:
    return {(function, outcome): n for (function, outcome), n in runtime.tally.rpc.items()}


def _up(runtime: Runtime) -> Found:
    return {(part,): float(up) for part, up in runtime.readiness.parts.items()}


_COUNTER, _GAUGE = CounterMetricFamily, GaugeMetricFamily

METRICS: tuple[Row, ...] = (
    Row("up", _GAUGE, "Whether a part is connected, 1 or 0.", _up, ("part",)),
    Row(
        "connections",
        _COUNTER,
        "How often a part became connected; what grows is a line that breaks.",
        lambda r: _by(r.readiness.connections),
        ("part",),
    ),
    Row(
        "events_read",
        _COUNTER,
        "Events that Asterisk sent.",
        lambda r: r.ami.info.events + r.ami.info.skipped,
    ),
    Row(
        "events_named",
        _COUNTER,
        "Of those, the ones whose name the events map or the agent itself wants.",
        lambda r: r.ami.info.events,
    ),
    Row(
        "events_wanted",
        _COUNTER,
        "Of those, the ones that a row's condition let pass, and our own Reconcile: for RabbitMQ.",
        lambda r: r.backlog.taken,
    ),
    Row(
        "events_published",
        _COUNTER,
        "Events that RabbitMQ has confirmed.",
        lambda r: r.backlog.confirmed,
    ),
    Row(
        "events_lost",
        _COUNTER,
        "Events for which the backlog had no room; the calls are reconciled afterwards.",
        lambda r: r.backlog.overflowed,
    ),
    Row(
        "blocks_rejected",
        _COUNTER,
        "Blocks that Asterisk can't have meant (forged or damaged), by reason.",
        lambda r: _by(r.ami.info.rejected),
        ("reason",),
    ),
    Row(
        "last_event_timestamp_seconds",
        _GAUGE,
        "When the last event came, in Unix seconds; 0: none yet.",
        lambda r: r.ami.info.last_event_at or 0,
    ),
    Row(
        "reader_lag_seconds",
        _GAUGE,
        "How far the reader was behind Asterisk, the worst of the last minute.",
        lambda r: r.health.worst_lag_s,
    ),
    Row("backlog_events", _GAUGE, "Events that wait for RabbitMQ.", lambda r: len(r.backlog)),
    Row(
        "backlog_disk_bytes",
        _GAUGE,
        "Bytes of them on disk.",
        lambda r: r.backlog.disk_bytes,
    ),
    Row(
        "queue_events",
        _GAUGE,
        "Events in RabbitMQ that the forwarder has not fetched yet.",
        lambda r: r.consumer.queued,
    ),
    Row(
        "undelivered_items",
        _GAUGE,
        "Items that the forwarder holds: an item is an event for one row of the map.",
        lambda r: len(r.planner),
    ),
    Row(
        "items_delivered",
        _COUNTER,
        "Items on which Odoo has spoken, by status: done, duplicate, skipped, failed, held.",
        lambda r: _by(r.tally.items),
        ("status",),
    ),
    Row(
        "items_parked",
        _COUNTER,
        "Items that failed so often that they were put aside.",
        lambda r: r.tally.parked,
    ),
    Row("parked_items", _GAUGE, "Items that lie parked now.", lambda r: r.consumer.parked),
    Row(
        "delivery_failures",
        _COUNTER,
        "Requests with events that failed as a whole and are made again, by error code.",
        lambda r: _by(r.tally.delivery_failures),
        ("code",),
    ),
    Row(
        "last_delivery_timestamp_seconds",
        _GAUGE,
        "When Odoo last committed events, in Unix seconds; 0: not yet.",
        lambda r: r.tally.delivered_at,
    ),
    Row(
        "rpc_requests",
        _COUNTER,
        "Requests of Odoo, by function and outcome (ok, or the refusal's words).",
        _rpc,
        ("function", "outcome"),
    ),
    Row(
        "rpc_seconds",
        _COUNTER,
        "Seconds that these requests took, by function.",
        lambda r: _by(r.tally.rpc_seconds),
        ("function",),
    ),
    Row("bans", _GAUGE, "Addresses and networks that are banned now.", _bans),
    Row(
        "security_facts",
        _COUNTER,
        "What the security reactor was told or did, by kind; `banned` counts its bans.",
        _security,
        ("kind",),
    ),
)


class AgentCollector(Collector):
    """Reads the table from an agent."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        """Give each metric with what it is now."""
        info = self._runtime.ami.info
        versions = {"version": __version__, "asterisk": info.asterisk_version}
        yield InfoMetricFamily(PREFIX[:-1], "Versions of the agent and of Asterisk.", versions)
        for row in METRICS:
            family = row.kind(PREFIX + row.name, row.help, labels=row.labels)
            found = row.read(self._runtime)
            values = found if isinstance(found, Mapping) else {(): found}
            for labels, value in values.items():
                family.add_metric(labels, value)
            yield family


def registry_of(runtime: Runtime) -> CollectorRegistry:
    """Make a registry of this agent's metrics, and the process's own (memory, open files)."""
    registry = CollectorRegistry()
    registry.register(AgentCollector(runtime))
    ProcessCollector(namespace=PREFIX[:-1], registry=registry)
    return registry


def text_of(registry: CollectorRegistry) -> bytes:
    """Write the metrics as Prometheus reads them (``CONTENT_TYPE``)."""
    return generate_latest(registry)
