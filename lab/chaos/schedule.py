"""Which fault comes when: a pure function of the seed."""

import random

from lab.chaos.fault import KINDS, LASTS_S, TABLE, Fault

#: Of each kind; ten minutes have 22 of each.
PER_KIND_A_MINUTE = 2.2
#: The last fault begins so long before the calls end.
CALM_S = 10.0
#: Every eighth cut is long: the half-open connection must be noticed by whoever waits.
LONG_CUT_S = (26.0, 32.0)
LONG_EVERY = 8
DELAYS_S = (0.02, 0.3)


def schedule(seed: int, minutes: float) -> list[Fault]:
    """Return the faults of a run of `minutes`, in the order in which they begin."""
    chance = random.Random(f"faults {seed}")  # noqa: S311 - no secret
    count = max(1, round(PER_KIND_A_MINUTE * minutes))
    kinds = [kind for kind in KINDS for _ in range(count)]
    targets = {kind: _targets(kind, count, chance) for kind in KINDS}
    chance.shuffle(kinds)
    step_s = max(0.0, minutes * 60 - CALM_S) / len(kinds)
    made: list[Fault] = []
    for number, kind in enumerate(kinds):
        at_s = step_s * (number + chance.random())
        cuts = sum(one.kind == "cut" for one in made)
        made.append(_fault(at_s, kind, targets[kind].pop(), chance, cuts))
    return sorted(made, key=lambda one: one.at_s)


def _targets(kind: str, count: int, chance: random.Random) -> list[str]:
    """Return `count` targets of a kind, each as often as the others, in any order."""
    whom = list(TABLE[kind])
    chance.shuffle(whom)
    many = (whom * (count // len(whom) + 1))[:count]
    chance.shuffle(many)
    return many


def _fault(at_s: float, kind: str, target: str, chance: random.Random, cuts: int) -> Fault:
    lasts_s = chance.uniform(*LASTS_S[kind])
    if kind == "slow":
        return Fault(at_s, kind, target, lasts_s, delay_s=chance.uniform(*DELAYS_S))
    if kind != "cut":
        return Fault(at_s, kind, target, lasts_s)
    if cuts % LONG_EVERY == LONG_EVERY - 1:
        lasts_s = chance.uniform(*LONG_CUT_S)
    return Fault(at_s, kind, target, lasts_s, reset=chance.random() < 0.5)
