"""When is it enough: facts go in, verdicts come out. No clock, no kernel, no list of bans.

A source that once gave a right password is *known*: only wrong passwords for real accounts count
against it, and many of them. Against a stranger everything counts, each kind by its own measure.
Evidence that anybody can forge (UDP, no password shown) is weak, and while the kernel sheds a
flood it does not count at all: else a flood with forged addresses would ban the innocent.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from asterisk_agent.firewall.security_event import UNKNOWN, Evidence, SecurityFact
from asterisk_agent.firewall.source import Network
from asterisk_agent.firewall.window import Threshold, Window

#: A phone answers a challenge in one round trip; this much later it was none.
ANSWER_S = 5.0
#: Challenges and names that wait for what comes after them; the oldest make room.
MAX_OPEN = 16_384
#: Accounts that a verdict names.
MAX_ACCOUNTS = 5


@dataclass(frozen=True)
class Thresholds:
    """How much is too much. The defaults were measured: docs/explanation/security.md."""

    #: Wrong passwords for one account, or tries on unknown accounts, from one stranger.
    stranger: Threshold = field(default_factory=lambda: Threshold(5, 60.0))
    #: Failures of any kind: ten phones behind one new address may all begin with a typo.
    source: Threshold = field(default_factory=lambda: Threshold(20, 300.0))
    #: The patient guesser.
    slow: Threshold = field(default_factory=lambda: Threshold(30, 86_400.0))
    #: Wrong passwords from a known source.
    known: Threshold = field(default_factory=lambda: Threshold(20, 600.0))
    #: Failed logins to the manager interface.
    manager: Threshold = field(default_factory=lambda: Threshold(3, 60.0))
    #: Challenges for real accounts that are never answered: somebody looks who is there.
    unanswered: Threshold = field(default_factory=lambda: Threshold(20, 60.0))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Enough of this source. ``weak``: another than the sender may be meant by the evidence."""

    source: Network
    reason: str
    accounts: tuple[str, ...]
    tries: int
    weak: bool = False


class Policy:
    """Weighs facts. ``pressed`` is asked whether the kernel sheds a flood just now."""

    def __init__(
        self,
        thresholds: Thresholds,
        is_known: Callable[[Network], bool],
        pressed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._thresholds = thresholds
        self._is_known = is_known
        self._pressed = pressed
        self._account: Window[tuple[Network, str]] = Window(thresholds.stranger)
        self._unknown: Window[Network] = Window(thresholds.stranger)
        self._source: Window[Network] = Window(thresholds.source)
        self._slow: Window[Network] = Window(thresholds.slow, max_keys=16_384)
        self._from_known: Window[Network] = Window(thresholds.known)
        self._manager: Window[Network] = Window(thresholds.manager)
        self._unanswered: Window[Network] = Window(thresholds.unanswered)
        #: Challenges without an answer yet, and names whose challenge comes next.
        self._open: OrderedDict[tuple[Network, str], tuple[float, SecurityFact]] = OrderedDict()
        self._named: OrderedDict[tuple[Network, str], str] = OrderedDict()
        self._tried: OrderedDict[Network, dict[str, None]] = OrderedDict()
        self._failures: Counter[str] = Counter()

    def weigh(self, fact: SecurityFact, now: float) -> Verdict | None:
        """Take a fact (``now``: monotonic seconds); return a verdict when it was the last straw.

        The list of known sources is the caller's to fill; a success only ends what was counted.
        """
        key = (fact.source, fact.session)
        match fact.evidence:
            case Evidence.SUCCESS:
                self._forgive(fact)
            case Evidence.NAMED:
                _remember(self._named, key, fact.account)
            case Evidence.CHALLENGED:
                return self._challenged(fact, now)
            case Evidence.WRONG_PASSWORD | Evidence.UNKNOWN_ACCOUNT:
                self._open.pop(key, None)
                return self._failed(fact, now, self._named.pop(key, fact.account))
            case Evidence.AMI_FAILURE:
                return self._manager_failed(fact, now)
        return None

    def overdue(self, now: float) -> list[Verdict]:
        """Weigh the challenges that nobody answered in time."""
        verdicts = []
        while self._open:
            (at, fact) = next(iter(self._open.values()))
            if now - at < ANSWER_S:
                break
            self._open.popitem(last=False)
            unknown = fact.account == UNKNOWN
            verdict = self._failed(fact, now, UNKNOWN) if unknown else self._looked(fact, now)
            if verdict is not None:
                verdicts.append(verdict)
        return verdicts

    def forget(self, source: Network) -> None:
        """Forget what was counted against a source: it was banned for it, or is forgiven."""
        for window in self._per_source():
            window.forget(source)
        for account in self._tried.pop(source, {}):
            self._account.forget((source, account))

    def taken_failures(self) -> Counter[str]:
        """Return how many tries failed since this was asked last, by kind of evidence."""
        taken, self._failures = self._failures, Counter()
        return taken

    def _per_source(self) -> tuple[Window[Network], ...]:
        strangers = (self._unknown, self._source, self._slow, self._unanswered)
        return (*strangers, self._from_known, self._manager)

    def _forgive(self, fact: SecurityFact) -> None:
        """End what a stranger's typos counted. What a known source did wrong stays: else who has
        one account could guess at all others.
        """
        for window in (self._unknown, self._source, self._slow, self._unanswered):
            window.forget(fact.source)
        for account in self._tried.pop(fact.source, {}):
            self._account.forget((fact.source, account))
        self._open.pop((fact.source, fact.session), None)

    def _challenged(self, fact: SecurityFact, now: float) -> Verdict | None:
        key = (fact.source, fact.session)
        if fact.account == UNKNOWN and key in self._named:
            return self._failed(fact, now, self._named.pop(key))
        # Every phone begins so; and where Asterisk looks at the auth's user name first
        # (endpoint_identifier_order), even a good one's first request is of <unknown>.
        self._open.setdefault(key, (now, fact))
        if len(self._open) > MAX_OPEN:
            self._open.popitem(last=False)
        return None

    def _failed(self, fact: SecurityFact, now: float, account: str) -> Verdict | None:
        weak = _is_weak(fact)
        guessed = fact.evidence is Evidence.WRONG_PASSWORD
        self._failures[(fact.evidence if guessed else Evidence.UNKNOWN_ACCOUNT).value] += 1
        if self._is_known(fact.source):
            return self._known_failed(fact, now) if guessed else None
        if weak and self._pressed():
            return None
        self._note(fact.source, account)
        tries = self._count_stranger(fact, now)
        return self._verdict(fact, tries, weak=weak) if tries else None

    def _count_stranger(self, fact: SecurityFact, now: float) -> int:
        source, limits = fact.source, self._thresholds
        if fact.evidence is Evidence.WRONG_PASSWORD:
            near = self._account.hit((source, fact.account), now)
        else:
            near = self._unknown.hit(source, now)
        any_kind, slow = self._source.hit(source, now), self._slow.hit(source, now)
        enough = (
            near >= limits.stranger.maxretry,
            any_kind >= limits.source.maxretry,
            slow >= limits.slow.maxretry,
        )
        return max(near, any_kind, slow) if any(enough) else 0

    def _known_failed(self, fact: SecurityFact, now: float) -> Verdict | None:
        self._note(fact.source, fact.account)
        tries = self._from_known.hit(fact.source, now)
        enough = tries >= self._thresholds.known.maxretry
        return self._verdict(fact, tries, weak=False) if enough else None

    def _manager_failed(self, fact: SecurityFact, now: float) -> Verdict | None:
        self._failures[fact.evidence.value] += 1
        self._note(fact.source, fact.account)
        tries = self._manager.hit(fact.source, now)
        enough = tries >= self._thresholds.manager.maxretry
        return self._verdict(fact, tries, weak=False) if enough else None

    def _looked(self, fact: SecurityFact, now: float) -> Verdict | None:
        self._failures["unanswered challenges"] += 1
        if self._is_known(fact.source) or (_is_weak(fact) and self._pressed()):
            return None
        self._note(fact.source, fact.account)
        tries = self._unanswered.hit(fact.source, now)
        enough = tries >= self._thresholds.unanswered.maxretry
        return self._verdict(fact, tries, weak=_is_weak(fact)) if enough else None

    def _verdict(self, fact: SecurityFact, tries: int, *, weak: bool) -> Verdict:
        reason = fact.evidence.value
        if fact.evidence is Evidence.CHALLENGED:
            reason = "unknown account" if fact.account == UNKNOWN else "unanswered challenges"
        accounts = tuple(self._tried.get(fact.source, {}))
        self.forget(fact.source)
        return Verdict(fact.source, reason, accounts, tries, weak)

    def _note(self, source: Network, account: str) -> None:
        accounts = self._tried.setdefault(source, {})
        if len(accounts) < MAX_ACCOUNTS:
            accounts[account] = None
        self._tried.move_to_end(source)
        if len(self._tried) > MAX_OPEN:
            self._tried.popitem(last=False)


def _is_weak(fact: SecurityFact) -> bool:
    return not fact.proven and fact.evidence is not Evidence.WRONG_PASSWORD


def _remember(
    named: OrderedDict[tuple[Network, str], str], key: tuple[Network, str], account: str
) -> None:
    named[key] = account
    if len(named) > MAX_OPEN:
        named.popitem(last=False)
