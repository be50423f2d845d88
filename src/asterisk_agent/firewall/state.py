"""What the reactor remembers, in memory and in the file, kept the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from asterisk_agent.core.errors import StateFileError
from asterisk_agent.firewall.access_rules import AccessRule, AccessRules
from asterisk_agent.firewall.banlist import Ban, BanList
from asterisk_agent.firewall.kernel_sets import Sets, wanted_sets
from asterisk_agent.firewall.known_good import KnownGood
from asterisk_agent.firewall.offences import BanTimes, Offences
from asterisk_agent.firewall.protected import Protected
from asterisk_agent.firewall.source import Network
from asterisk_agent.firewall.store import Store

_log = logging.getLogger("asterisk_agent.security")

#: The word in the file by which the command line switches everything off.
OFF_WORD = "off"
#: Seconds between two sweeps of what is over.
SWEEP_S = 3_600.0


class State:
    """Bans, past, known sources, access list. A failing file is told once; memory goes on."""

    def __init__(self, store: Store, times: BanTimes, known_s: float, now: float) -> None:
        """Load everything. Raise ``StateFileError``."""
        self._store = store
        self._times = times
        self._known_s = known_s
        self._swept = now
        self._complaint = ""
        store.sweep(now, times.memory_s)
        self._load()

    def reload(self) -> bool:
        """Load again if somebody else wrote to the file; tell whether that was so."""
        return self._safely(self._store.changed) is True and self._safely(self._load) is not False

    def set_off(self, off: bool) -> None:
        """Keep the kill switch's position."""
        self.off = off
        self._safely(lambda: self._store.set_word(OFF_WORD, "1" if off else ""))

    def wanted(self, protected: Protected, now: float) -> Sets:
        """Say what the kernel should hold now (Unix seconds)."""
        return wanted_sets(self.banlist.bans, self.known, self.rules, protected, now)

    def learn(self, source: Network, now: float) -> float:
        """Remember a source as known good; return the seconds that this lasts, 0 if no news."""
        if not self.known.learn(source, now):
            return 0.0
        self._safely(lambda: self._store.put_known({source: now + self._known_s}))
        return self._known_s

    def put(self, bans: Sequence[Ban]) -> None:
        """Write bans down that are in the list."""
        past = {ban.network: self.offences.of(ban.network, ban.since) for ban in bans}
        self._safely(lambda: self._store.put_bans(bans, past))

    def drop(self, networks: Iterable[Network], *, forgive: bool) -> None:
        """Cross bans out that are no longer in the list."""
        found = list(networks)
        if found:
            self._safely(lambda: self._store.drop_bans(found, forgive=forgive))

    def set_rules(self, rules: Sequence[AccessRule]) -> None:
        """Replace the access list."""
        self.rules = AccessRules(rules)
        self._safely(lambda: self._store.set_rules(rules))

    def expire(self, now: float) -> list[Ban]:
        """End what is over; return the bans."""
        over = self.banlist.expire(now)
        if now - self._swept >= SWEEP_S:
            self._swept = now
            self.known.expire(now)
            self._safely(lambda: self._store.sweep(now, self._times.memory_s))
        return over

    def _load(self) -> None:
        store, times = self._store, self._times
        self.offences = Offences(times.memory_s, store.offences())
        self.banlist = BanList(times, self.offences, store.bans())
        self.known = KnownGood(self._known_s, store.known())
        self.rules = AccessRules(store.rules())
        self.off = store.word(OFF_WORD) == "1"

    def _safely(self, step: Callable[[], object]) -> object:
        """Do what the file is needed for; a failure costs the restart's memory, not the ban."""
        try:
            found = step()
        except StateFileError as exc:
            if str(exc) != self._complaint:
                self._complaint = str(exc)
                _log.error("%s: %s; bans are kept in memory only", exc.code, exc)
            return False
        self._complaint = ""
        return found
