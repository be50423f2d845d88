"""Tell Odoo of bans, failed tries and alarms as they happen; what it was not told waits on disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.errors import AgentError
from asterisk_agent.firewall.news import News

_log = logging.getLogger("asterisk_agent.security")

#: Given the name of the file and its items, tell Odoo; return the number up to which it has them.
Tell = Callable[[str, Sequence[Mapping[str, Any]]], int]
#: Seconds between two looks: the command line writes to the file, too, and wakes nobody.
LOOK_S = 2.0


def tell_nobody(store: str, items: Sequence[Mapping[str, Any]]) -> int:
    """Take the items for nobody: there is no Odoo."""
    del store
    return int(items[-1]["seq"])


class SecurityNews:
    """Hands the news over, oldest first. An Odoo that is away is asked ever more rarely."""

    def __init__(self, news: News, tell: Tell) -> None:
        self._news = news
        self._tell = tell
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._backoff = Backoff(first_s=1.0, cap_s=30.0)

    def __repr__(self) -> str:
        return "<SecurityNews>"

    def wake(self) -> None:
        """Look soon: there is something to tell."""
        self._wake.set()

    def run(self) -> None:
        """Tell until ``stop``."""
        while not self._stopping.is_set():
            wait_s = self.tell()
            # While Odoo is away, news are no reason to ask it more often.
            (self._stopping if wait_s > LOOK_S else self._wake).wait(wait_s)
            self._wake.clear()

    def stop(self) -> None:
        """Ask ``run`` to return; what was not told is told after the next start."""
        self._stopping.set()
        self._wake.set()

    def tell(self) -> float:
        """Tell the oldest items; return the seconds until it is time to look again."""
        items = self._news.batch()
        if not items:
            return LOOK_S
        try:
            seq = self._tell(self._news.store, items)
        except AgentError as exc:
            _log.info("Odoo was not told of bans: %s; they are kept", exc.code)
            return LOOK_S + self._backoff.next_s()
        self._backoff.reset()
        self._news.told(min(seq, items[-1]["seq"]))
        # Nothing new was taken: no reason to hurry.
        return 0.0 if seq >= items[0]["seq"] else LOOK_S
