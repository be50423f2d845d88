"""Odoo is told of bans; what it was not told waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asterisk_agent.core.errors import OdooUnreachableError
from asterisk_agent.firewall.news import BATCH, News
from asterisk_agent.services.security_news import LOOK_S, SecurityNews, tell_nobody


class Odoo:
    def __init__(self) -> None:
        self.is_away = False
        self.has: list[int] = []

    def security_news(self, store: str, items: Sequence[Mapping[str, Any]]) -> int:
        assert store
        if self.is_away:
            raise OdooUnreachableError("away")
        self.has += [item["number"] for item in items]
        return int(items[-1]["seq"])


def filled(count: int) -> News:
    news = News(None)
    for number in range(count):
        news.put("unban", {"number": number})
    return news


def test_all_are_told_in_order_and_once() -> None:
    odoo, news = Odoo(), filled(BATCH + 50)
    teller = SecurityNews(news, odoo.security_news)
    waits = [teller.tell() for _ in range(3)]
    assert waits == [0.0, 0.0, LOOK_S]
    assert odoo.has == list(range(BATCH + 50))


def test_nothing_is_lost_while_odoo_is_away_and_it_is_asked_ever_more_rarely() -> None:
    odoo, news = Odoo(), filled(3)
    odoo.is_away = True
    teller = SecurityNews(news, odoo.security_news)
    waits = [teller.tell() for _ in range(8)]
    assert all(wait > LOOK_S for wait in waits)
    assert waits[-1] > 10
    odoo.is_away = False
    assert teller.tell() == 0.0
    assert odoo.has == [0, 1, 2]


def test_an_odoo_that_takes_nothing_is_not_pressed() -> None:
    teller = SecurityNews(filled(1), lambda *_: 0)
    assert [teller.tell() for _ in range(3)] == [LOOK_S] * 3


def test_without_odoo_nothing_piles_up() -> None:
    news = filled(2)
    SecurityNews(news, tell_nobody).tell()
    assert news.batch() == []
