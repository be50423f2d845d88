"""The reactor in the agent: made from settings, fed by a session of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterisk_agent.ami.client import AMIClient
from asterisk_agent.ami.state import AMIInfo, AMIState
from asterisk_agent.core.config import load_settings
from asterisk_agent.core.settings import Settings
from asterisk_agent.firewall.security_event import NAMES
from asterisk_agent.services import security as module
from asterisk_agent.services.security import Keeper, Security, is_here, protected_groups, resolve
from fakes.clock import FakeClock
from unit.cli.test_cli import ENVIRON
from unit.firewall.facts import net, sample


def settings_of(folder: Path, **changes: str) -> Settings:
    own = {
        "ODOO_URL": "http://203.0.113.80",
        "ODOO_IP": "203.0.113.81",
        "AMQP_URI": "pyamqp://agent:a-broker-secret-5@203.0.113.82",
        "ASTERISK_SECURITY_ENABLED": "yes",
        "SECURITY_OBSERVE_ONLY": "yes",
        "STATE_DIRECTORY": str(folder),
        "ASTERISK_CONFIG_FOLDER": str(folder),
    }
    return load_settings(ENVIRON | own | changes)


class Session:
    """What the agent would connect to Asterisk with."""

    def __call__(self, settings: Settings, **options: Any) -> AMIClient:
        self.options = options
        return AMIClient("127.0.0.1", 1, "x", "y")

    @property
    def hear(self) -> Callable[[dict[str, Any]], None]:
        hear: Callable[[dict[str, Any]], None] = self.options["on_event"]
        return hear


def test_events_become_bans_that_odoo_sees_and_ends(tmp_path: Path) -> None:
    session = Session()
    security = Security(settings_of(tmp_path, SECURITY_MAXRETRY="2"), FakeClock(), session)
    assert (session.options["wanted"], session.options["events"]) == (NAMES, "security")
    for _ in range(2):
        # As the client hands them on: with these two at the end.
        session.hear({**sample(), "EventTime": "1795393993.994729", "SystemName": "pbx"})
    security.reactor.work()
    assert [row["address"] for row in security.banned()] == ["10.66.0.2"]
    security.unban(["10.66.0.2"])
    assert security.banned() == []
    rows = [{"address": "10.66.0.0/24", "address_type": "net", "access_type": "allow"}, "x"]
    assert security.update_access_rules(rows) == [(1, "row")]
    for _ in range(9):
        session.hear(sample())
    security.reactor.work()
    assert security.banned() == []


def test_nobody_is_judged_before_it_is_known_whom_to_spare(tmp_path: Path) -> None:
    (tmp_path / "pjsip.conf").write_text("[t]\ntype=identify\nmatch=10.66.0.2\n")
    session = Session()
    security = Security(settings_of(tmp_path), FakeClock(), session)
    for _ in range(9):
        session.hear(sample())
    judge, keep = security.reactor.judge, security.reactor.keep
    done: list[str] = []

    def judge_once() -> None:
        judge()
        done.append("judged")
        security.stop()

    def keep_once() -> None:
        keep()
        done.append("kept")
        security.reactor.keep = keep  # type: ignore[method-assign]

    security.reactor.judge = judge_once  # type: ignore[method-assign]
    security.reactor.keep = keep_once  # type: ignore[method-assign]
    parts = [threading.Thread(target=part.run) for part in (security, Keeper(security))]
    for part in parts:
        part.start()
    for part in parts:
        part.join(20)
    assert done == ["kept", "judged"]
    assert security.banned() == []
    assert security.reactor.explain(net("10.66.0.2"))["protected"] == "it is a trunk"


def test_nobody_bans_this_system(tmp_path: Path) -> None:
    groups = {
        g.why: g for g in protected_groups(settings_of(tmp_path, SECURITY_IGNOREIP="10.0.0.9"))
    }
    system = groups["it is Odoo, or a part of this system"]
    assert {net(f"203.0.113.{n}") for n in (80, 81, 82)} <= set(system.networks)
    # Anybody can write their addresses on a packet: no ban, but the kernel's limits hold.
    assert not system.admitted
    assert groups["it is in SECURITY_IGNOREIP"].networks == (net("10.0.0.9"),)
    assert net("127.0.0.0/8") in groups["it is this machine"].networks


def test_names_are_resolved_and_unknown_ones_are_nobody() -> None:
    assert net("127.0.0.1") in resolve(["localhost", "", "no-such-host.invalid"])
    assert is_here("127.0.0.1")
    assert not is_here("203.0.113.9")


def test_an_asterisk_elsewhere_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_of(tmp_path, ASTERISK_AMI_HOST="203.0.113.9")
    security = Security(settings, FakeClock(), Session())
    security.stop()
    security.keep()
    assert "another machine" in caplog.text


def test_without_a_state_folder_it_works_from_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_of(tmp_path, STATE_DIRECTORY="/proc/nowhere")
    session = Session()
    security = Security(settings, FakeClock(), session)
    assert "memory only" in caplog.text
    for _ in range(5):
        session.hear(sample())
    security.reactor.work()
    assert len(security.banned()) == 1


def test_a_new_connection_makes_it_look_at_the_files_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = Session()
    Security(settings_of(tmp_path), FakeClock(), session)
    with caplog.at_level(logging.INFO):
        session.options["on_state"](AMIInfo(state=AMIState.WAITING))
        assert "are heard" not in caplog.text
        session.options["on_state"](AMIInfo(state=AMIState.CONNECTED))
    assert "are heard" in caplog.text


@pytest.mark.parametrize("there", [True, False])
def test_rules_of_an_earlier_start_are_taken_away_when_it_is_off(
    monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    class Kernel:
        removed = False

        def exists(self) -> bool:
            return there

        def remove(self) -> None:
            Kernel.removed = True

    monkeypatch.setattr(module, "Nftables", Kernel)
    module.take_rules_away()
    assert Kernel.removed is there
