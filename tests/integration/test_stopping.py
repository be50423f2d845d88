"""A signal ends `run`, whatever the process was doing when it came."""

from __future__ import annotations

import contextlib
import os
import signal
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lab.net import free_port

from fakes.agent_process import AgentProcess, settings_for

with warnings.catch_warnings():
    # That eventlet will be succeeded one day (services/green.py).
    warnings.simplefilter("ignore")
    import eventlet
    from eventlet.event import Event

    from asterisk_agent.services import runner
    from asterisk_agent.services.signals import StopSignals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_a_finalizer_would_swallow_is_heard(number: signal.Signals) -> None:
    class Thing:
        pass

    with contextlib.closing(StopSignals()) as signals:
        thing = Thing()
        weakref.finalize(thing, os.kill, os.getpid(), number)
        del thing
        assert signals.wait() == number.name


def test_the_signals_are_left_as_they_were_found() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    StopSignals().close()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert signal.set_wakeup_fd(-1) == -1


class SlowStart:
    """Stands for nameko's runner; starting takes until it is told, stopping fails if asked to."""

    def __init__(self, stop: Callable[[], None] = lambda: None) -> None:
        self.did: list[str] = []
        self.go_on, self._ended, self._stop = Event(), Event(), stop

    def __call__(self, config: object) -> SlowStart:
        return self

    def add_service(self, service: object) -> None:
        pass

    def start(self) -> None:
        self.go_on.wait()
        self.did.append("started")

    def stop(self) -> None:
        self.did.append("stopped")
        self._stop()
        self._ended.send()

    def kill(self) -> None:
        self.did.append("killed")
        self._ended.send()

    def wait(self) -> None:
        self._ended.wait()


def agent_of(services: SlowStart, monkeypatch: pytest.MonkeyPatch) -> runner.Agent:
    runtime = SimpleNamespace(recordings=None, security=object(), readiness=SimpleNamespace())
    monkeypatch.setattr(runner, "Runtime", lambda *_, **__: runtime)
    monkeypatch.setattr(runner, "ServiceRunner", services)
    settings: Any = SimpleNamespace(asterisk_security_enabled=False, security_observe_only=False)
    return runner.Agent(settings, {})


class Signals(StopSignals):
    """A signal that came already."""

    def __init__(self) -> None:
        pass

    def wait(self) -> str:
        return "SIGTERM"


def test_a_stop_in_the_middle_of_the_start_ends_what_was_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services = SlowStart()
    agent = agent_of(services, monkeypatch)
    running = eventlet.spawn(agent.run, Signals())
    eventlet.sleep(0.05)
    assert services.did == []
    services.go_on.send()
    with eventlet.Timeout(10):
        running.wait()
    assert services.did == ["started", "stopped"]


def test_what_does_not_stop_well_is_killed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError("half stopped")

    services = SlowStart(fail)
    agent = agent_of(services, monkeypatch)
    services.go_on.send()
    with eventlet.Timeout(10):
        agent.run(Signals())
    assert services.did == ["started", "stopped", "killed"]
    assert "half stopped" in caplog.text


def test_a_signal_before_the_start_ends_it(tmp_path: Path) -> None:
    nobody = free_port()
    amqp_uri = "pyamqp://agent:secret@127.0.0.1:1"
    environ = settings_for(
        odoo_url=f"http://127.0.0.1:{nobody}", ami_port=nobody, amqp_uri=amqp_uri
    )
    with AgentProcess(environ, tmp_path) as agent:
        agent.wait_for_line("ami.unreachable")
        assert agent.stop() == 0
    assert "Traceback" not in agent.text
