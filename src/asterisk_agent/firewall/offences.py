"""The past of sources: how long the next ban lasts, and when a whole subnet has had enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asterisk_agent.firewall.source import Network, is_source

#: Past offences that are remembered; the oldest make room.
MAX_OFFENCES = 100_000
#: A subnet is banned when so many of its sources were, within this time.
SUBNET_FINDTIME_S = 86_400.0
SUBNET_BANTIME_S = 3_600.0
SUBNET_PREFIX = {4: 24, 6: 48}


@dataclass(frozen=True)
class BanTimes:
    """How long bans last, in seconds: ``first_s``, times ``factor`` for each one before."""

    first_s: float = 600.0
    factor: float = 6.0
    longest_s: float = 7 * 86_400.0
    #: A ban by weak evidence never lasts longer: perhaps it hits the wrong one.
    weak_s: float = 600.0
    memory_s: float = 30 * 86_400.0
    #: So many new bans a minute by weak evidence, at most.
    weak_per_minute: int = 60
    #: So many banned sources of a /24 or /48 ban it whole; 0: never.
    subnet_sources: int = 5

    def length(self, before: int, *, weak: bool) -> float:
        """Given how many bans there were before, return how long this one lasts."""
        longest = min(self.weak_s, self.longest_s) if weak else self.longest_s
        # Beyond 64 factors everything is the longest; a float would overflow.
        return float(min(self.first_s * self.factor ** min(before, 64), longest))


@dataclass(frozen=True, slots=True)
class Offence:
    """What is remembered of a network: bans so far, the last one's time, if it was a weak one."""

    count: int = 0
    last: float = 0.0
    weak: bool = False


class Offences:
    """All of them, oldest first."""

    def __init__(self, memory_s: float, past: Mapping[Network, Offence] | None = None) -> None:
        self._memory_s = memory_s
        self._past: dict[Network, Offence] = {}
        self._subnets: dict[Network, set[Network]] = {}
        for network, offence in sorted((past or {}).items(), key=lambda pair: pair[1].last):
            self._put(network, offence)

    def of(self, network: Network, now: float) -> Offence:
        """Tell what is remembered of a network."""
        offence = self._past.get(network)
        return offence if offence and now - offence.last <= self._memory_s else Offence()

    def add(self, network: Network, now: float, *, weak: bool) -> Offence:
        """Note another ban."""
        offence = Offence(self.of(network, now).count + 1, now, weak)
        self.forget(network)
        self._put(network, offence)
        while len(self._past) > MAX_OFFENCES or self._first_is_old(now):
            self.forget(next(iter(self._past)))
        return offence

    def forget(self, network: Network) -> None:
        """Forgive a network."""
        if self._past.pop(network, None) is not None and is_source(network):
            subnet = _subnet(network)
            self._subnets.get(subnet, set()).discard(network)
            if not self._subnets.get(subnet):
                self._subnets.pop(subnet, None)

    def subnet(self, source: Network, now: float, enough: int) -> Network | None:
        """Return a source's subnet when ``enough`` of its sources were banned of late.

        Weak bans don't count: whoever forges addresses would ban whole networks.
        """
        if not enough or not is_source(source):
            return None
        subnet = _subnet(source)
        past = [self._past[network] for network in self._subnets.get(subnet, ())]
        recent = sum(not o.weak and now - o.last <= SUBNET_FINDTIME_S for o in past)
        return subnet if recent >= enough else None

    def _put(self, network: Network, offence: Offence) -> None:
        self._past[network] = offence
        if is_source(network):
            self._subnets.setdefault(_subnet(network), set()).add(network)

    def _first_is_old(self, now: float) -> bool:
        first = next(iter(self._past.values()))
        return now - first.last > self._memory_s


def _subnet(source: Network) -> Network:
    return source.supernet(new_prefix=SUBNET_PREFIX[source.version])
