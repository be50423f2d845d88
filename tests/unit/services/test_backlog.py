"""Events between the reader and the broker, in memory and on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.core.errors import SpoolDamagedError, SpoolError
from asterisk_agent.core.spool import Record, Spool
from asterisk_agent.services.backlog import Backlog
from asterisk_agent.services.spooling import Spooler


def event(name: str = "X") -> dict[str, str | list[str]]:
    return {"Event": name}


def backlog_of(limit: int, **options: Any) -> Backlog:
    return Backlog(limit, boot="b", **options)


class FakeSpool(Spool):
    """The records in a list; a disk that can be full, or damaged."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"))
        self.records: dict[int, Record] = {}
        self.fault: SpoolError | None = None

    def _note(self) -> None:
        self.count = len(self.records)
        self.bytes = sum(record.size for record in self.records.values())
        self.first_pos = min(self.records, default=0)
        self.last_pos = max([self.last_pos, *self.records])

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault

    def append(self, records: Any) -> None:
        self._fail()
        assert not {record.pos for record in records} & set(self.records)
        self.records |= {record.pos: record for record in records}
        self._note()

    def read(self, after: int, limit: int) -> list[Record]:
        self._fail()
        return [self.records[pos] for pos in sorted(self.records) if pos > after][:limit]

    def forget(self, upto: int) -> None:
        self._fail()
        self.records = {pos: record for pos, record in self.records.items() if pos > upto}
        self._note()

    def start_anew(self) -> None:
        self.records, self.fault = {}, None
        self._note()

    def close(self) -> None:
        pass


def spooler_of(backlog: Backlog, spool: Spool) -> tuple[Spooler, list[int]]:
    lost: list[int] = []

    def offload(function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    return Spooler(backlog, spool, offload, on_loaded=lambda: None, on_lost=lost.append), lost


def test_numbers_have_no_gap_though_some_find_no_room() -> None:
    backlog = backlog_of(2)
    assert [backlog.put(event(), []) for _ in range(3)] == [True, True, False]
    assert backlog.overflowed == 1
    first = backlog.send_next(1)
    assert first is not None
    backlog.confirm(1, multiple=False)
    assert backlog.put(event(), [])
    seqs = [record.seq for tag in (2, 3) if (record := backlog.send_next(tag))]
    assert [first.seq, *seqs] == [1, 2, 3]


def test_what_was_sent_counts_until_it_is_confirmed() -> None:
    backlog = backlog_of(10)
    for _ in range(3):
        backlog.put(event(), [])
    backlog.send_next(1)
    backlog.send_next(2)
    assert (len(backlog), backlog.waiting, backlog.sent) == (3, 1, 2)
    backlog.confirm(2, multiple=True)
    assert (len(backlog), backlog.waiting, backlog.sent) == (1, 1, 0)


def test_nothing_to_send() -> None:
    assert backlog_of(1).send_next(1) is None


def test_the_disk_has_a_bound_too_and_memory_keeps_its_own() -> None:
    backlog, spool = backlog_of(4, disk_limit=1000), FakeSpool()
    spooler, _ = spooler_of(backlog, spool)
    taken = 0
    while backlog.put(event(), []):
        taken += 1
        spooler._step(backlog.last_pos)
        assert backlog.in_memory <= 4
    assert 4 < taken <= 1000 // 64
    assert backlog.disk_bytes <= 1000
    assert (backlog.overflowed, len(backlog)) == (1, taken)


def test_a_full_disk_lets_memory_go_on_and_is_tried_again() -> None:
    backlog, spool = backlog_of(4, disk_limit=1000), FakeSpool()
    spooler, lost = spooler_of(backlog, spool)
    spool.fault = SpoolError("full")
    assert [backlog.put(event(), []) for _ in range(5)] == [True] * 4 + [False]
    assert not spooler._step(backlog.last_pos)
    spool.fault = None
    assert spooler._step(backlog.last_pos)
    assert (spool.count, lost) == (4, [])


def test_what_is_lost_with_a_damaged_file_is_told_and_the_rest_goes_on() -> None:
    backlog, spool = backlog_of(4, disk_limit=1000), FakeSpool()
    spooler, lost = spooler_of(backlog, spool)
    for _ in range(3):
        backlog.put(event(), [])
        spooler._step(backlog.last_pos)
    spool.fault = SpoolDamagedError("page 3")
    backlog.put(event(), [])
    assert spooler._step(backlog.last_pos)
    assert lost == [1]
    sent = [record.seq for tag in range(1, 9) if (record := backlog.send_next(tag))]
    assert sent[:2] == [1, 2]
    assert 3 not in sent


def test_what_an_earlier_start_left_goes_first() -> None:
    spool = FakeSpool()
    spool.append([Record(pos, "old", pos, "X", "[]", "{}") for pos in (4, 5, 9)])
    backlog = backlog_of(10, disk_limit=10_000, last_pos=spool.last_pos, on_disk=spool.count)
    spooler, _ = spooler_of(backlog, spool)
    backlog.put(event(), [])
    assert backlog.send_next(1) is None
    spooler._step(0)
    found = [backlog.send_next(tag) for tag in range(1, 5)]
    assert [(r.boot, r.seq, r.pos) for r in found if r] == [
        ("old", 4, 4),
        ("old", 5, 5),
        ("old", 9, 9),
        ("b", 1, 10),
    ]
    backlog.confirm(4, multiple=True)
    spooler._step(0)
    assert (spool.count, len(backlog)) == (0, 0)


STEPS = ["put", "put", "put", "send", "send", "ack", "ack all", "lost", "disk", "disk now", "kill"]


@pytest.mark.parametrize("limit", [6, 1000])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=80))
def test_every_event_is_sent_until_confirmed_and_in_order(limit: int, steps: list[str]) -> None:
    """A kill loses what memory alone held, and nothing that was on disk."""
    spool = FakeSpool()
    backlog = backlog_of(limit, disk_limit=1 << 20)
    spooler, _ = spooler_of(backlog, spool)
    tag, start = 0, 0
    open_tags: dict[int, tuple[str, int]] = {}
    put: list[tuple[str, int]] = []
    confirmed: set[tuple[str, int]] = set()
    excused: set[tuple[str, int]] = set()
    for step in steps:
        if step == "put" and backlog.put(event(), []):
            put.append((backlog._boot, backlog._seq))
        elif step == "send" and (record := backlog.send_next(tag + 1)):
            tag += 1
            open_tags[tag] = (record.boot, record.seq)
        elif step == "ack" and open_tags:
            last = max(open_tags)
            confirmed.add(open_tags.pop(last))
            backlog.confirm(last, multiple=False)
        elif step == "ack all" and open_tags:
            confirmed |= set(open_tags.values())
            backlog.confirm(max(open_tags), multiple=True)
            open_tags.clear()
        elif step == "lost":
            backlog.rewind()
            tag, open_tags = 0, {}
        elif step.startswith("disk"):
            spooler._step(backlog.last_pos if step == "disk now" else 0)
        elif step == "kill":
            kept = {(record.boot, record.seq) for record in spool.records.values()}
            excused |= set(put) - kept - confirmed
            start += 1
            options = {"last_pos": spool.last_pos, "on_disk": spool.count}
            backlog = Backlog(limit, boot=f"b{start}", disk_limit=1 << 20, **options)
            spooler, _ = spooler_of(backlog, spool)
            tag, open_tags = 0, {}
    backlog.rewind()
    left: list[tuple[str, int]] = []
    while len(backlog):
        spooler._step(backlog.last_pos)
        while record := backlog.send_next(len(left) + 1):
            left.append((record.boot, record.seq))
        backlog.confirm(len(left), multiple=True)
    spooler._step(0)
    assert spool.count == 0
    assert left == [key for key in put if key in set(left)]
    assert set(left) | confirmed | excused == set(put)
    assert not set(left) & excused
    if not start:
        assert not set(left) & confirmed
