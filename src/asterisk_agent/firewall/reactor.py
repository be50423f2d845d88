"""Joins facts, policy, bans, kernel and file. One worker calls ``judge``, another ``keep``; Odoo
and the reader of the manager interface come in from other threads.

No lock is held while the kernel is read: that takes many tries of a fast guesser.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import BanRefusedError
from asterisk_agent.firewall import report
from asterisk_agent.firewall.access_rules import AccessRule
from asterisk_agent.firewall.banlist import Ban
from asterisk_agent.firewall.herald import Herald
from asterisk_agent.firewall.kernel import Kernel
from asterisk_agent.firewall.kernel_sets import Change, Sets
from asterisk_agent.firewall.news import News
from asterisk_agent.firewall.offences import SUBNET_BANTIME_S
from asterisk_agent.firewall.policy import Policy, Thresholds, Verdict
from asterisk_agent.firewall.protected import Group, Protected
from asterisk_agent.firewall.security_event import (
    Evidence,
    SecurityFact,
    UntrustedEventError,
    read_event,
)
from asterisk_agent.firewall.source import Network, bannable, is_source, show
from asterisk_agent.firewall.state import State

_log = logging.getLogger("asterisk_agent.security")

#: Facts that wait for the worker: some seconds of the fastest attack. What is more is counted,
#: and the kernel's own counters stand behind.
MAX_INBOX = 20_000
ALLOWED = "allowed by the access list"


class Reactor:
    """Decides, remembers and has it carried out."""

    def __init__(
        self,
        thresholds: Thresholds,
        kernel: Kernel,
        state: State,
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
        herald: Herald | None = None,
    ) -> None:
        self._herald = herald or Herald(News(None), clock)
        self._kernel = kernel
        self._state = state
        self._clock = clock
        self._wake = wake
        self._lock = threading.RLock()
        self._inbox: deque[SecurityFact] = deque(maxlen=MAX_INBOX)
        self._protected = Protected()
        self._policy = Policy(
            thresholds,
            lambda source: state.known.is_known(source, clock.time()),
            lambda: kernel.pressed,
        )
        self._learnt: dict[Network, float | None] = {}
        self._renewed: dict[Network, float | None] = {}
        self.counts: Counter[str] = Counter()
        self._loaded()

    def take(self, event: Mapping[str, Any]) -> None:
        """Take an event of the manager interface; never blocks, never raises."""
        try:
            fact = read_event(event)
        except UntrustedEventError:
            self.counts["untrusted"] += 1
            return
        if fact.evidence is Evidence.NOTHING:
            return
        if len(self._inbox) == MAX_INBOX:
            self.counts["overflow"] += 1
        self._inbox.append(fact)
        self._wake()

    def judge(self) -> None:
        """Weigh what came and what is overdue, and carry it out at once."""
        with self._lock:
            now = self._clock.monotonic()
            verdicts = [v for fact in self._drain() if (v := self._weigh(fact, now)) is not None]
            self._carry_out([*verdicts, *self._policy.overdue(now)])
            self._herald.count(self._policy.taken_failures())
            self._let_in()

    def keep(self) -> None:
        """End what is over, and keep kernel and file in step."""
        with self._lock:
            if self._state.reload():
                self._loaded()
            self._expire()
        self._kernel.keep(self._wanted)

    def work(self) -> None:
        """Do both, once."""
        self.judge()
        self.keep()

    # --- from Odoo and the command line -------------------------------------------------------

    def ban(self, network: Network, reason: str, bantime_s: float | None = None) -> Ban:
        """Ban a network, at least a whole source. Raise ``BanRefusedError``."""
        with self._lock:
            network = bannable(network)
            why = self._protected.holding(network)
            if why:
                raise BanRefusedError(f"{show(network)} can't be banned: {why}")
            renewed = self._state.banlist.find(network) is not None
            ban = self._state.banlist.add(network, reason, self._clock.time(), bantime_s=bantime_s)
            self._put([ban])
            if renewed:
                self._kernel.distrust()
        self._kernel.keep(self._wanted)
        return ban

    def unban(self, networks: Iterable[Network]) -> list[Ban]:
        """End the bans that hit these networks, the kernel's own too; return ours."""
        with self._lock:
            wanted = [bannable(network) for network in networks]
            ended = [ban for network in wanted for ban in self._state.banlist.remove(network)]
            gone = list(dict.fromkeys([*wanted, *(ban.network for ban in ended)]))
            sources = [network for network in gone if is_source(network)]
            for source in sources:
                self._policy.forget(source)
            self._state.drop(gone, forgive=True)
            self._kernel.distrust()
        self._kernel.keep(self._wanted)
        self._kernel.forgive(sources)
        self._herald.ended(ban.network for ban in ended)
        for ban in ended:
            _log.warning("unbanned %s", show(ban.network))
        return ended

    def set_rules(self, rules: Sequence[AccessRule]) -> None:
        """Replace the access list."""
        with self._lock:
            self._state.set_rules(rules)
            self._loaded()
        self._kernel.keep(self._wanted)
        _log.info("access list: %d rules", len(rules))

    def protect(self, groups: Iterable[Group]) -> None:
        """Say whom nothing bans; and look at the ports and the kernel again."""
        with self._lock:
            # All of them, not only up to the first that changed.
            changed = {self._protected.set(group) for group in groups}
            if True in changed:
                self._lift()
            self._kernel.distrust()

    def banned(self) -> list[dict[str, Any]]:
        """List who is shut out; a row is described at ``asterisk.get_banned``."""
        traffic, observed = self._kernel.traffic(), self._kernel.observing
        with self._lock:
            bans, now = self._state.banlist.bans, self._clock.time()
            return report.banned(bans, traffic, now, observed=observed)

    @property
    def ban_count(self) -> int:
        """Tell how many are banned now."""
        return len(self._state.banlist)

    def explain(self, network: Network) -> dict[str, Any]:
        """Tell what is known of a network, and why it is banned or is not."""
        with self._lock:
            found = report.explain(bannable(network), self._state, self._clock.time())
            found["protected"] = self._protected.touched(bannable(network))
            return found

    # --- inside -------------------------------------------------------------------------------

    def _loaded(self) -> None:
        """See to it that what the file says now is so."""
        if self._state.off and not self._kernel.off:
            _log.warning("switched off: the rules are taken out of the kernel")
            self._kernel.switch_off()
        elif self._kernel.off and not self._state.off:
            _log.warning("switched on again")
            self._kernel.switch_on()
        allowed = tuple(self._state.rules.networks("allow"))
        self._protected.set(Group(ALLOWED, allowed))
        self._lift()

    def _lift(self) -> None:
        """End the bans of those who are protected now."""
        bans = self._state.banlist.bans
        lifted = [ban.network for ban in bans if self._protected.holding(ban.network)]
        for network in lifted:
            self._state.banlist.remove(network)
        self._state.drop(lifted, forgive=True)
        self._herald.ended(lifted)
        self._kernel.distrust()

    def _wanted(self) -> Sets:
        with self._lock:
            return self._state.wanted(self._protected, self._clock.time())

    def _drain(self) -> list[SecurityFact]:
        return [self._inbox.popleft() for _ in range(len(self._inbox))]

    def _weigh(self, fact: SecurityFact, now: float) -> Verdict | None:
        self.counts[fact.evidence.value] += 1
        self._herald.saw(fact)
        if fact.evidence is Evidence.SUCCESS and not self._protected.touched(fact.source):
            self._learn(fact.source, self._clock.time())
        return self._policy.weigh(fact, now)

    def _learn(self, source: Network, now: float) -> None:
        known = self._state.known.is_known(source, now)
        left_s = self._state.learn(source, now)
        if left_s:
            (self._renewed if known else self._learnt)[source] = left_s

    def _let_in(self) -> None:
        """Tell the kernel of new customers: all of one round together."""
        learnt, renewed, self._learnt, self._renewed = self._learnt, self._renewed, {}, {}
        if learnt or renewed:
            self._kernel.change(
                [
                    Change(f"known{v}", add=_of(learnt, v), renew=_of(renewed, v))
                    for v in (4, 6)
                    if _of(learnt, v) or _of(renewed, v)
                ]
            )

    def _carry_out(self, verdicts: Sequence[Verdict]) -> None:
        bans = [ban for verdict in verdicts for ban in self._judge(verdict)]
        if bans:
            self._put(bans)

    def _judge(self, verdict: Verdict) -> list[Ban]:
        now, source, banlist = self._clock.time(), verdict.source, self._state.banlist
        why = self._protected.touched(source)
        if why:
            self.counts["spared"] += 1
            _log.warning("%s is not banned for %s: %s", show(source), verdict.reason, why)
            return []
        if banlist.find(source) is not None:
            return []
        if not banlist.may_add(now, weak=verdict.weak):
            self.counts["too many bans"] += 1
            return []
        reason, accounts = verdict.reason, verdict.accounts
        tries, weak = verdict.tries, verdict.weak
        ban = banlist.add(source, reason, now, accounts=accounts, tries=tries, weak=weak)
        return [ban, *self._subnet(source, now)]

    def _subnet(self, source: Network, now: float) -> list[Ban]:
        subnet = self._state.banlist.subnet(source, now)
        if subnet is None or self._protected.touched(subnet):
            return []
        if self._state.known.any_within(subnet, now):
            return []
        reason = "many banned sources"
        return [self._state.banlist.add(subnet, reason, now, bantime_s=SUBNET_BANTIME_S)]

    def _put(self, bans: Sequence[Ban]) -> None:
        """Carry bans out, then write them down: the attack does not wait for the disk."""
        changes = []
        for version in (4, 6):
            single = [b for b in bans if is_source(b.network) and b.network.version == version]
            if single:
                add = {ban.network: ban.until - ban.since for ban in single}
                changes.append(Change(f"ban{version}", add=add))
        self._kernel.change(changes)
        if any(not is_source(ban.network) for ban in bans):
            # A set of networks is replaced as a whole.
            self._kernel.distrust()
        self._state.put(bans)
        self.counts["banned"] += len(bans)
        self._herald.banned(bans, observing=self._kernel.observing)
        word = "would have banned" if self._kernel.observing else "banned"
        for ban in bans:
            _log.warning("%s %s %s", word, show(ban.network), report.comment(ban))

    def _expire(self) -> None:
        for ban in self._state.expire(self._clock.time()):
            _log.info("the ban of %s is over", show(ban.network))


def _of(elements: dict[Network, float | None], version: int) -> dict[Network, float | None]:
    return {network: left for network, left in elements.items() if network.version == version}
