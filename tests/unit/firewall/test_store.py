"""What outlives a restart, and a second program that writes to the same file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from asterisk_agent.core.errors import StateFileError
from asterisk_agent.firewall.access_rules import AccessRule
from asterisk_agent.firewall.offences import BanTimes
from asterisk_agent.firewall.state import State
from asterisk_agent.firewall.store import Store
from unit.firewall.facts import net

NOW = 1_795_393_664.0
EVIL = "\"; touch /tmp/p; '); DROP TABLE ban; --"


def state(path: Path, now: float = NOW) -> State:
    return State(Store(path), BanTimes(), 604_800.0, now)


def test_everything_outlives_a_killed_process(tmp_path: Path) -> None:
    """No close, no goodbye: the second one opens what the first left."""
    first = state(tmp_path / "s.db")
    ban = first.banlist.add(net("192.0.2.1"), "wrong password", NOW, accounts=(EVIL,), tries=5)
    first.put([ban])
    assert first.learn(net("2001:db8:1:2::/64"), NOW) == 604_800.0
    rule = AccessRule(net("10.0.0.0/8"), "allow", EVIL)
    first.set_rules([rule])
    first.set_off(True)
    second = state(tmp_path / "s.db", NOW + 100)
    assert second.banlist.bans == [ban]
    assert second.offences.of(net("192.0.2.1"), NOW).count == 1
    assert second.known.is_known(net("2001:db8:1:2::/64"), NOW + 100)
    assert second.rules.rules == (rule,)
    assert second.off


def test_what_is_over_is_swept_and_the_past_is_kept(tmp_path: Path) -> None:
    first = state(tmp_path / "s.db")
    first.put([first.banlist.add(net("192.0.2.1"), "x", NOW)])
    first.learn(net("192.0.2.2"), NOW)
    later = state(tmp_path / "s.db", NOW + 604_800)
    assert later.banlist.bans == []
    assert later.known.until() == {}
    assert later.banlist.add(net("192.0.2.1"), "x", NOW + 604_800).count == 2


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "s.db"
    state(path).set_off(False)
    modes = {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_each_side_sees_what_the_other_wrote(tmp_path: Path) -> None:
    agent, command = state(tmp_path / "s.db"), state(tmp_path / "s.db")
    assert not agent.reload()
    command.put([command.banlist.add(net("192.0.2.1"), "by hand", NOW)])
    assert agent.reload()
    assert [ban.reason for ban in agent.banlist.bans] == ["by hand"]
    assert not agent.reload()
    agent.banlist.remove(net("192.0.2.1"))
    agent.drop([net("192.0.2.1")], forgive=True)
    assert not agent.reload()
    assert command.reload()
    assert command.banlist.bans == []


@pytest.mark.parametrize("content", [b"no database, but long enough to be told apart" * 9, None])
def test_a_file_that_is_none_is_an_error_with_a_cure(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.db"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(StateFileError, match="STATE_DIRECTORY"):
        Store(path)


def test_a_file_that_breaks_costs_the_memory_not_the_ban(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path / "s.db")
    broken = State(store, BanTimes(), 1.0, NOW)
    store.close()
    for number in range(3):
        ban = broken.banlist.add(net(f"192.0.2.{number}"), "x", NOW)
        broken.put([ban])
    assert len(broken.banlist) == 3
    assert len([r for r in caplog.records if "memory only" in r.message]) == 1
