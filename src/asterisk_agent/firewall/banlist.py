"""Who is banned, why, and until when. Nothing is carried out here."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from asterisk_agent.firewall.offences import BanTimes, Offences
from asterisk_agent.firewall.source import Network, covers, is_source

#: Forever, in effect; and a date that every program can write.
MAX_BANTIME_S = 10 * 365 * 86_400.0
#: Fewer than the kernel's sets hold, so that none of ours is ever refused there.
MAX_BANS = 100_000


@dataclass(frozen=True, slots=True)
class Ban:
    """One banned network. Times are Unix seconds. ``accounts`` are a stranger's texts."""

    network: Network
    since: float
    until: float
    reason: str
    accounts: tuple[str, ...] = ()
    tries: int = 0
    #: The how manieth ban of this network it is.
    count: int = 1


class BanList:
    """The bans that are in force."""

    def __init__(self, times: BanTimes, offences: Offences, bans: Iterable[Ban] = ()) -> None:
        self._times = times
        self._offences = offences
        self._bans: dict[Network, Ban] = {}
        self._wide: dict[Network, Ban] = {}
        self._next_end = float("inf")
        self._weak: deque[float] = deque(maxlen=max(1, times.weak_per_minute))
        for ban in bans:
            self._put(ban)

    def __len__(self) -> int:
        """Tell how many networks are banned."""
        return len(self._bans)

    @property
    def bans(self) -> list[Ban]:
        """List the bans."""
        return list(self._bans.values())

    def find(self, network: Network) -> Ban | None:
        """Return the ban that shuts out a whole network."""
        exact = self._bans.get(network)
        wide = (b for b in self._wide.values() if covers(b.network, network))
        return exact or next(wide, None)

    def may_add(self, now: float, *, weak: bool) -> bool:
        """Tell whether there is room: in the list, and in this minute for a weak one."""
        if len(self._bans) >= MAX_BANS:
            return False
        if not weak:
            return True
        crowded = len(self._weak) == self._weak.maxlen and now - self._weak[0] < 60.0
        return self._times.weak_per_minute > 0 and not crowded

    def add(
        self,
        network: Network,
        reason: str,
        now: float,
        *,
        accounts: tuple[str, ...] = (),
        tries: int = 0,
        weak: bool = False,
        bantime_s: float | None = None,
    ) -> Ban:
        """Ban a network; ``bantime_s`` instead of what its past asks for."""
        if weak:
            self._weak.append(now)
        count = self._offences.add(network, now, weak=weak).count
        length = self._times.length(count - 1, weak=weak) if bantime_s is None else bantime_s
        until = now + min(length, MAX_BANTIME_S)
        ban = Ban(network, now, until, reason, accounts, tries, count)
        self._put(ban)
        return ban

    def remove(self, network: Network) -> list[Ban]:
        """End the bans that hit a network or lie in it, and forget its past; return them."""
        hit = [
            ban
            for ban in self._bans.values()
            if covers(ban.network, network) or covers(network, ban.network)
        ]
        for ban in hit:
            self._drop(ban)
            self._offences.forget(ban.network)
        self._offences.forget(network)
        return hit

    def expire(self, now: float) -> list[Ban]:
        """End the bans whose time is over, and return them; their past is remembered."""
        if now < self._next_end:
            return []
        over = [ban for ban in self._bans.values() if ban.until <= now]
        for ban in over:
            self._drop(ban)
        self._next_end = min((b.until for b in self._bans.values()), default=float("inf"))
        return over

    def subnet(self, source: Network, now: float) -> Network | None:
        """Return the subnet of a banned source when too many in it were banned of late."""
        subnet = self._offences.subnet(source, now, self._times.subnet_sources)
        return subnet if subnet is not None and self.find(subnet) is None else None

    def _put(self, ban: Ban) -> None:
        self._bans[ban.network] = ban
        if not is_source(ban.network):
            self._wide[ban.network] = ban
        self._next_end = min(self._next_end, ban.until)

    def _drop(self, ban: Ban) -> None:
        self._bans.pop(ban.network, None)
        self._wide.pop(ban.network, None)
