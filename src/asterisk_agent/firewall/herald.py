"""Says what the reactor did and saw: bans, their ends, failed tries, alarms. Into the news."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from asterisk_agent.core.clock import Clock
from asterisk_agent.firewall.alarms import AccountWatch, LoginBook
from asterisk_agent.firewall.banlist import Ban
from asterisk_agent.firewall.news import News
from asterisk_agent.firewall.report import ban_words
from asterisk_agent.firewall.security_event import Evidence, SecurityFact
from asterisk_agent.firewall.source import Network, show

#: Seconds between two times that counts are written down; a kill costs no more of them.
COUNT_EVERY_S = 5.0
#: A network in which an account was not seen for so long is new again.
LOGIN_MEMORY_S = 90 * 86_400.0
#: A phone registers every minute or so; it is written down once a day.
LOGIN_WRITE_S = 86_400.0


class Herald:
    """Given what happened, put it into the news."""

    def __init__(self, news: News, clock: Clock) -> None:
        self._news = news
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._counted_at = float("-inf")
        self._watch = AccountWatch()
        news.forget_logins(clock.time() - LOGIN_MEMORY_S)
        self._book = LoginBook(news.logins())
        self._written: dict[tuple[str, Network], float] = {}

    def banned(self, bans: Iterable[Ban], *, observing: bool) -> None:
        """Tell of new bans; ``observing``: of those that would have been."""
        for ban in bans:
            self._news.put("ban", {**ban_words(ban), "observed": observing})

    def ended(self, networks: Iterable[Network]) -> None:
        """Tell of bans that ended before their time. Of the others Odoo knows when they end."""
        now = self._clock.time()
        for network in networks:
            self._news.put("unban", {"address": show(network), "at": now})

    def saw(self, fact: SecurityFact) -> None:
        """Look at a fact for what is worth an alarm."""
        if fact.evidence is Evidence.WRONG_PASSWORD:
            self._guessed(fact)
        elif fact.evidence is Evidence.SUCCESS:
            self._came(fact)

    def count(self, failures: Counter[str]) -> None:
        """Take the failed tries since the last time, by kind, and write them down now and then."""
        self._counts.update(failures)
        now = self._clock.monotonic()
        if self._counts and now - self._counted_at >= COUNT_EVERY_S:
            self._counted_at = now
            day = time.strftime("%Y-%m-%d", time.gmtime(self._clock.time()))
            counts, self._counts = self._counts, Counter()
            self._news.count(day, counts)

    def _guessed(self, fact: SecurityFact) -> None:
        sources = self._watch.failed(fact.account, fact.source, self._clock.monotonic())
        if sources:
            addresses = [show(source) for source in sources]
            body = {"account": fact.account, "addresses": addresses, "at": self._clock.time()}
            self._news.put("account_attacked", body)

    def _came(self, fact: SecurityFact) -> None:
        login, now = self._book.came(fact.account, fact.source), self._clock.time()
        key = (fact.account, login.network)
        if login.is_new or now - self._written.get(key, 0.0) >= LOGIN_WRITE_S:
            if len(self._written) > 100_000:
                self._written.clear()
            self._written[key] = now
            self._news.remember(fact.account, login.network, now)
        if login.is_new and not login.is_first:
            body = {"account": fact.account, "addresses": [show(fact.source)], "at": now}
            self._news.put("new_network", body)
