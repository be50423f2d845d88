"""What the kernel should hold, what it holds, and the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from asterisk_agent.firewall.access_rules import AccessRules, collapse
from asterisk_agent.firewall.banlist import Ban
from asterisk_agent.firewall.known_good import KnownGood
from asterisk_agent.firewall.protected import Protected
from asterisk_agent.firewall.source import Network, covers, is_source

#: Set name -> element -> seconds left; None: for good.
Sets = dict[str, dict[Network, float | None]]

#: Sets of networks that last; where one differs it is replaced as a whole: the kernel may merge
#: neighbours, and nobody counts packets there by the element.
LASTING = ("allow", "deny")
#: Sets of networks with a time: few, and replaced as a whole too (they must not overlap).
NETWORKS = ("net",)
#: Sets of sources with a time.
SOURCES = ("ban", "known")
NAMES = tuple(f"{base}{version}" for base in (*LASTING, *NETWORKS, *SOURCES) for version in (4, 6))
#: A difference of fewer seconds is none: the kernel tells whole ones, and time goes on meanwhile.
TOLERANCE_S = 3.0


@dataclass(frozen=True)
class Change:
    """What to do with one set, in this order: empty it, delete, renew, add (seconds, or None).

    ``renew`` is for elements that the kernel may hold. It costs a wait for all its processors
    (16 ms were measured), ``add`` half a millisecond; but old kernels ignore the new time of an
    element that they hold.
    """

    name: str
    replace: bool = False
    delete: tuple[Network, ...] = ()
    renew: Mapping[Network, float | None] = field(default_factory=dict)
    add: Mapping[Network, float | None] = field(default_factory=dict)

    @property
    def only_adds(self) -> bool:
        """Tell whether nothing is taken away."""
        return not (self.replace or self.delete or self.renew)


def is_interval(name: str) -> bool:
    """Tell whether a set's elements are networks, not sources."""
    return name[:-1] in (*LASTING, *NETWORKS)


def wanted_sets(
    bans: Iterable[Ban],
    known: KnownGood,
    rules: AccessRules,
    protected: Protected,
    now: float,
) -> Sets:
    """Say what the kernel should hold now (Unix seconds)."""
    sets: Sets = {name: {} for name in NAMES}
    wide: dict[Network, float | None] = {}
    for ban in bans:
        if ban.until <= now:
            continue
        if is_source(ban.network):
            sets[f"ban{ban.network.version}"][ban.network] = ban.until - now
        else:
            wide[ban.network] = ban.until - now
    for network, left in _without_nested(wide).items():
        sets[f"net{network.version}"][network] = left
    for source, until in known.until().items():
        sets[f"known{source.version}"][source] = until - now
    for network in collapse(protected.admitted()):
        sets[f"allow{network.version}"][network] = None
    for network in rules.networks("deny"):
        sets[f"deny{network.version}"][network] = None
    return sets


def difference(wanted: Sets, actual: Sets) -> list[Change]:
    """Return the changes that turn the actual sets into the wanted ones."""
    changes = []
    for name in NAMES:
        change = _change(name, wanted.get(name, {}), actual.get(name, {}))
        if change is not None:
            changes.append(change)
    return changes


def _change(
    name: str, wanted: dict[Network, float | None], actual: dict[Network, float | None]
) -> Change | None:
    if is_interval(name):
        same = collapse(wanted) == collapse(actual) and all(
            _near(wanted.get(network), actual.get(network)) for network in set(wanted) & set(actual)
        )
        return None if same else Change(name, replace=True, add=wanted)
    delete = tuple(network for network in actual if network not in wanted)
    add = {network: left for network, left in wanted.items() if network not in actual}
    renew = {
        network: left
        for network, left in wanted.items()
        if network in actual and not _near(left, actual[network])
    }
    any_change = delete or add or renew
    return Change(name, delete=delete, add=add, renew=renew) if any_change else None


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE_S


def _without_nested(networks: dict[Network, float | None]) -> dict[Network, float | None]:
    """Leave out what lies in another: elements of a set must not overlap."""
    kept: dict[Network, float | None] = {}
    for network in sorted(networks, key=lambda n: n.prefixlen):
        if not any(covers(other, network) for other in kept):
            kept[network] = networks[network]
    return kept
