"""How the agent copes, in numbers that mean something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asterisk_agent.services.health import Health, Lag, Load, memory_mb, read_status
from fakes.clock import FakeClock


def load(lag_s: float = 0.5) -> Load:
    return Load(lag_s, 10, 90, 3, 2, 2000, 0, 7, memory_mb())


def event(said_at: float) -> dict[str, str]:
    return {"EventTime": f"{said_at:.6f}", "Timestamp": f"{said_at:.6f}"}


@pytest.mark.parametrize("difference_s", [0.0, 3600.0, -3600.0])
def test_lag_is_not_the_difference_of_two_clocks(difference_s: float) -> None:
    clock = FakeClock()
    lag = Lag(clock)
    asterisk = clock.now + difference_s
    lag.saw(event(asterisk - 0.1))
    assert lag.taken() == 0
    for behind_s in (0.1, 0.4, 0.2):
        lag.saw(event(asterisk - 0.1 - behind_s))
    assert lag.taken() == pytest.approx(0.4, abs=1e-5)
    assert (lag.taken(), lag.peak_s) == (0, pytest.approx(0.4, abs=1e-5))


def test_an_event_without_its_own_time_tells_nothing() -> None:
    lag = Lag(FakeClock())
    lag.saw({"EventTime": "1.000000"})
    lag.saw({"EventTime": "2000000000.000000"})
    assert lag.peak_s == 0


def test_it_is_written_for_check_and_only_for_a_while(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "status.json"
    lag = Lag(clock)
    Health(clock, lag, load, path)._take()
    found = read_status(path, clock.now)
    assert found is not None
    assert (found["waiting"], found["on_disk"], found["skipped"]) == (3, 2, 90)
    assert found["memory_mb"] > 1
    assert read_status(path, clock.now + 31) is None
    for damage in ("", "[]", json.dumps({**found, "lag_s": "<b>"})):
        path.write_text(damage)
        assert read_status(path, clock.now) is None


def test_too_far_behind_is_warned_of_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    lag = Lag(clock)
    health = Health(clock, lag, load, None)
    for _ in range(3):
        lag.late(2.5)
        health._take()
    assert caplog.text.count("reader 2.50 s behind") == 1
