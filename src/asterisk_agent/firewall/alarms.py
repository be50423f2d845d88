"""What a person should look at: one account tried from many addresses, and a login from a network
that the account never came from. Decided here, told by the herald; nobody is banned for either.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from asterisk_agent.firewall.source import Network

#: Different sources with wrong passwords for one account within an hour: more than one office.
ATTACK_SOURCES = 5
ATTACK_FINDTIME_S = 3_600.0
#: So long one account is told of once.
PAUSE_S = 3_600.0
#: Sources that are remembered of one account, and alarms of all accounts within an hour: wrong
#: passwords can be sent with any address, and people read no thousand alarms.
MAX_SOURCES = 20
MAX_ALARMS = 20
MAX_ACCOUNTS = 4_096
#: A provider moves a customer within such a network.
NEAR = {4: 24, 6: 48}
#: Networks that are remembered of one account; the one not seen for longest makes room.
MAX_NETWORKS = 50


class AccountWatch:
    """Which account is tried from many sources. ``now`` is monotonic seconds."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, dict[Network, float]] = OrderedDict()
        self._told: OrderedDict[str, float] = OrderedDict()
        self._alarms: deque[float] = deque(maxlen=MAX_ALARMS)

    def failed(self, account: str, source: Network, now: float) -> list[Network]:
        """Count a wrong password; return the sources when that is worth an alarm, else none."""
        seen = self._seen.setdefault(account, {})
        self._seen.move_to_end(account)
        if len(self._seen) > MAX_ACCOUNTS:
            self._seen.popitem(last=False)
        seen.pop(source, None)
        seen[source] = now
        for old in [one for one, at in seen.items() if now - at > ATTACK_FINDTIME_S]:
            del seen[old]
        if len(seen) > MAX_SOURCES:
            del seen[next(iter(seen))]
        return list(seen) if len(seen) >= ATTACK_SOURCES and self._may_tell(account, now) else []

    def _may_tell(self, account: str, now: float) -> bool:
        if now - self._told.get(account, float("-inf")) < PAUSE_S:
            return False
        if len(self._alarms) == MAX_ALARMS and now - self._alarms[0] < PAUSE_S:
            return False
        self._alarms.append(now)
        self._told[account] = now
        self._told.move_to_end(account)
        if len(self._told) > MAX_ACCOUNTS:
            self._told.popitem(last=False)
        return True


@dataclass(frozen=True, slots=True)
class Login:
    """An account was seen in a network. ``is_new`` and not ``is_first``: that is an alarm."""

    network: Network
    is_new: bool
    is_first: bool


class LoginBook:
    """From which networks each account logged in. Only right passwords get in, so no stranger
    fills it.
    """

    def __init__(self, known: Iterable[tuple[str, Network]] = ()) -> None:
        """Begin with what an earlier start knew, oldest first."""
        self._networks: OrderedDict[str, dict[Network, None]] = OrderedDict()
        for account, network in known:
            self.came(account, network)

    def came(self, account: str, source: Network) -> Login:
        """Take note of a right password."""
        network = near(source)
        is_first = account not in self._networks
        seen = self._networks.setdefault(account, {})
        self._networks.move_to_end(account)
        if len(self._networks) > MAX_ACCOUNTS:
            self._networks.popitem(last=False)
        is_new = network not in seen
        seen.pop(network, None)
        seen[network] = None
        if len(seen) > MAX_NETWORKS:
            del seen[next(iter(seen))]
        return Login(network, is_new, is_first)


def near(source: Network) -> Network:
    """Return the network of a source's neighbours."""
    prefix = NEAR[source.version]
    if source.prefixlen <= prefix:
        return source
    return ipaddress.ip_network((source.network_address, prefix), strict=False)
