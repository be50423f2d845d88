"""Messages, batches and results: what tests of the planner share."""

from __future__ import annotations

from typing import Any

from asterisk_agent.calls.delivery import Message, Result, Row
from asterisk_agent.calls.forwarder import Batch, Planner
from asterisk_agent.core.backoff import Backoff
from fakes.clock import FakeClock


def planner_of(clock: FakeClock, *, batch_size: int = 10, attempts: int = 3) -> Planner:
    return Planner(
        clock,
        batch_size=batch_size,
        attempts=attempts,
        retry=Backoff(first_s=1.0, cap_s=8.0, random=lambda: 1.0),
        outage=Backoff(first_s=1.0, cap_s=30.0, random=lambda: 1.0),
    )


def message(
    seq: int, call: str = "c1", *rows: Row, clock: FakeClock | None = None, **headers: Any
) -> Message:
    event = {"Event": "Newstate", "Linkedid": call, **headers}
    if clock is not None:
        event["EventTime"] = f"{clock.time():.6f}"
    return Message(tag=seq, boot="b", seq=seq, event=event, rows=rows or (Row(7),))


def reconcile(seq: int) -> Message:
    return Message(seq, "b", seq, {"Event": "Reconcile", "Channels": []}, (Row(0),))


def seqs(batch: Batch | None) -> list[int]:
    return [item.seq for item in batch.items] if batch else []


def done(batch: Batch) -> list[Result]:
    return [Result("done") for _ in batch.items]


def take(planner: Planner) -> Batch:
    batch = planner.next_batch()
    assert batch is not None
    return batch


def fail_only(batch: Batch, seq: int, error: str = "ValueError: x") -> list[Result]:
    return [Result("failed", error) if i.seq == seq else Result("done") for i in batch.items]
