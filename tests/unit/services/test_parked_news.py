"""Odoo is told of parked items, and left alone while it is away."""

from typing import Any

from asterisk_agent.core.errors import OdooUnreachableError
from asterisk_agent.services.parked_news import ParkedNews
from fakes.clock import FakeClock


class Odoo:
    def __init__(self) -> None:
        self.is_away = False
        self.asked: list[int] = []

    def agent_parked(self, count: int, last: dict[str, Any] | None) -> bool:
        assert last is None
        self.asked.append(count)
        if self.is_away:
            raise OdooUnreachableError("away")
        return True


def test_told_once() -> None:
    odoo = Odoo()
    news = ParkedNews(FakeClock(), odoo.agent_parked)
    news.tell()
    news.put(3, None)
    news.tell()
    news.tell()
    assert odoo.asked == [3]


def test_an_odoo_that_is_away_is_asked_ever_more_rarely() -> None:
    odoo, clock = Odoo(), FakeClock()
    odoo.is_away = True
    news = ParkedNews(clock, odoo.agent_parked)
    for _ in range(6000):  # ten minutes of events
        news.put(1, None)
        news.tell()
        clock.sleep(0.1)
    assert 20 <= len(odoo.asked) <= 50
    odoo.is_away = False
    news.odoo_is_back()
    news.tell()
    news.tell()
    assert odoo.asked.count(1) == len(odoo.asked) <= 51


def test_what_comes_while_odoo_is_told_is_told_too() -> None:
    odoo = Odoo()

    def tell(count: int, last: dict[str, Any] | None) -> None:
        odoo.agent_parked(count, last)
        if count == 1:
            news.put(2, None)

    news = ParkedNews(FakeClock(), tell)
    news.put(1, None)
    for _ in range(3):
        news.tell()
    assert odoo.asked == [1, 2]
