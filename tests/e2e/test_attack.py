"""The quick rows of `scripts/attack`: real attackers, a real Asterisk, the real agent.

The rows that need a quiet machine or a minute are played by command only; what they found stands in
docs/explanation/security.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab.attack.arena import Arena
from lab.attack.row import Bar, Result, Row
from lab.attack.table import play, rows

pytestmark = pytest.mark.lab

#: Bars that a busy machine misses are for `scripts/attack`: here two labs run at once.
BUSY = {"ban_ms": None, "kernel_ms": None, "moved_s": Bar("<=", 30), "answered": None}
#: What holds however late the agent comes: after five (and TLS's first packet) the kernel answers
#: five in each pause of 400 ms, until the ban.
AT_ONCE, PER_SECOND = 6, 13


@pytest.fixture(scope="module")
def arena(provisioned: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with Arena(tmp_path_factory.mktemp("arena"), 22) as ready:
        ready.open()
        yield ready


@pytest.mark.parametrize("row", rows([], quick=True), ids=lambda row: row.name)
def test_row(arena: Arena, row: Row) -> None:
    (result,) = play(arena, [row])
    assert not result.error
    bars = {name: BUSY.get(name, bar) for name, bar in row.reach.items()}
    kept = {name: bar for name, bar in bars.items() if bar is not None}
    assert Result(Row(row.name, row.attack, kept), result.values, 22).ok, result.line()
    if "answered" in row.reach:
        most = AT_ONCE + PER_SECOND * result.values["lasted_s"]
        assert result.values["answered"] <= most, result.line()
