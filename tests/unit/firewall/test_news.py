"""What Odoo has to be told: kept over restarts, numbered, with an end."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from asterisk_agent.firewall import news as module
from asterisk_agent.firewall.herald import Herald
from asterisk_agent.firewall.kernel import Kernel
from asterisk_agent.firewall.news import News
from asterisk_agent.firewall.offences import BanTimes
from asterisk_agent.firewall.policy import Thresholds
from asterisk_agent.firewall.protected import Group
from asterisk_agent.firewall.reactor import Reactor
from asterisk_agent.firewall.state import State
from asterisk_agent.firewall.store import Store
from fakes.clock import FakeClock
from unit.firewall.facts import net, sample
from unit.firewall.test_reactor import Recorder


def test_items_wait_until_they_are_told_also_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "news.sqlite"
    news = News(path)
    for address in ("192.0.2.1", "192.0.2.2"):
        news.put("unban", {"address": address, "at": 1.5})
    again = News(path)
    assert again.store == news.store
    items = again.batch()
    assert [(i["kind"], i["address"]) for i in items] == [
        ("unban", "192.0.2.1"),
        ("unban", "192.0.2.2"),
    ]
    again.told(items[0]["seq"])
    (left,) = again.batch()
    assert left == items[1]
    again.told(left["seq"])
    assert again.batch() == []
    again.put("unban", {})
    # A number never comes again, whatever was told and deleted.
    assert again.batch()[0]["seq"] == left["seq"] + 1
    assert path.stat().st_mode & 0o777 == 0o600


def test_counts_become_one_item_that_does_not_change_any_more() -> None:
    news = News(None)
    news.count("2026-11-23", {"wrong password": 2})
    news.count("2026-11-23", {"wrong password": 3, "unknown account": 1})
    (item,) = news.batch()
    assert item["days"] == {"2026-11-23": {"unknown account": 1, "wrong password": 5}}
    news.count("2026-11-24", {"wrong password": 1})
    assert news.batch() == [item]
    news.told(item["seq"])
    (later,) = news.batch()
    assert later["days"] == {"2026-11-24": {"wrong password": 1}}


def test_it_has_an_end_and_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ITEMS", 10)
    news = News(None)
    for number in range(25):
        news.put("unban", {"number": number})
    assert [item["number"] for item in news.batch()] == list(range(15, 25))


def test_without_a_disk_it_says_so_and_works(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    news = News(Path("/proc/nowhere/news.sqlite"))
    news.put("unban", {})
    assert len(news.batch()) == 1
    assert "kept in memory" in caplog.text


class Post:
    """A reactor, and what Odoo would be told of it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.news = News(None)
        kernel = Kernel(Recorder(), lambda: "rules", self.clock)
        state = State(Store(None), BanTimes(), 604_800.0, self.clock.time())
        herald = Herald(self.news, self.clock)
        self.reactor = Reactor(Thresholds(), kernel, state, self.clock, herald=herald)
        self.reactor.work()

    def hear(self, address: str, count: int = 1, **changes: str) -> None:
        for number in range(count):
            remote = f"IPV4/UDP/{address}/5060"
            self.reactor.take(sample(RemoteAddress=remote, SessionID=str(number)) | changes)
        self.reactor.work()

    def told(self, kind: str) -> list[dict[str, Any]]:
        items = [item for item in self.news.batch() if item["kind"] == kind]
        for item in items:
            json.dumps(item)
            del item["seq"], item["kind"]
        return items


def test_bans_and_their_early_ends_are_told() -> None:
    post, now = Post(), FakeClock().time()
    post.hear("192.0.2.1", 5)
    post.reactor.ban(net("192.0.2.2"), "by hand", 60)
    assert post.told("ban") == [
        {
            "address": "192.0.2.1",
            "reason": "wrong password",
            "accounts": ["101"],
            "tries": 5,
            "since": now,
            "until": now + 600,
            "bans": 1,
            "observed": True,
        },
        {
            "address": "192.0.2.2",
            "reason": "by hand",
            "accounts": [],
            "tries": 0,
            "since": now,
            "until": now + 60,
            "bans": 1,
            "observed": True,
        },
    ]
    post.reactor.unban([net("192.0.2.1")])
    post.reactor.protect([Group("it is a trunk", (net("192.0.2.2"),))])
    assert [item["address"] for item in post.told("unban")] == ["192.0.2.1", "192.0.2.2"]


def test_failed_tries_are_counted_by_kind_and_successes_are_not() -> None:
    post = Post()
    post.hear("192.0.2.1", 3)
    post.hear("192.0.2.3", 4, AccountID="<unknown>")
    post.hear("192.0.2.4", 9, Event="SuccessfulAuth")
    post.clock.now += 10
    post.reactor.work()
    (first,) = post.told("attempts")
    assert list(first["days"].values()) == [{"unknown account": 4, "wrong password": 3}]


def test_alarms_are_told() -> None:
    post = Post()
    for number in range(6):
        post.hear(f"192.0.{number}.1")
    (attack,) = post.told("account_attacked")
    assert attack["account"] == "101"
    assert attack["addresses"] == [f"192.0.{number}.1" for number in range(5)]
    for address in ("198.51.100.1", "198.51.100.2", "203.0.113.1", "203.0.113.1"):
        post.hear(address, Event="SuccessfulAuth", AccountID="102")
    (login,) = post.told("new_network")
    assert (login["account"], login["addresses"]) == ("102", ["203.0.113.1"])
