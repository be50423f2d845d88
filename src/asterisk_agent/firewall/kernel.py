"""The kernel's rules and sets, kept as they should be through a backend that may fail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import (
    FirewallError,
    FirewallSlowError,
    FirewallTableGoneError,
    FirewallUnavailableError,
)
from asterisk_agent.firewall.backend import Backend, Traffic
from asterisk_agent.firewall.dry_run import DryRun
from asterisk_agent.firewall.kernel_sets import Change, Sets, difference
from asterisk_agent.firewall.ruleset import PRESSURE
from asterisk_agent.firewall.source import Network

_log = logging.getLogger("asterisk_agent.security")

#: Seconds between two looks at the counters: is a flood on, and are our rules still there?
LOOK_S = 2.0
#: Seconds between two readings of everything: what somebody else deleted comes back.
RECONCILE_S = 300.0
#: So long after the last packet that was shed a flood is still on.
PRESSED_S = 10.0
#: What the kernel remembers of a source by itself, and must forget when it is unbanned.
_OWN_MEMORY = ("auto", "hard", "rate", "fail", "syn", "swift", "pause", "sealed")


class Kernel:
    """What the kernel holds of ours. No method raises: a failure is told once, and mended later.

    ``change`` waits for nobody: a ban must not stand behind a reading of everything.
    """

    def __init__(self, backend: Backend, rules: Callable[[], str], clock: Clock) -> None:
        """Take a backend, and what tells the rules as they should be now."""
        self._backend = backend
        self._rules = rules
        self._clock = clock
        self._backoff = Backoff(first_s=1.0, cap_s=60.0)
        self._lock = threading.RLock()
        #: Counts what ``distrust`` said: a reading that began before it proves nothing.
        self._distrusted = 0
        self._installed = ""
        self._in_step = False
        self._next_look = self._next_reading = self._not_before = 0.0
        self._pressure: int | None = None
        self._pressed_until = 0.0
        self._complaint = ""
        self._told = False
        self.off = False
        #: Why the last step failed; ``None`` when it did not.
        self.problem: FirewallError | None = None

    @property
    def pressed(self) -> bool:
        """Tell whether the kernel sheds a flood just now."""
        return self._clock.monotonic() < self._pressed_until

    @property
    def observing(self) -> bool:
        """Tell whether nobody is shut out, whatever is decided."""
        return isinstance(self._backend, DryRun)

    def distrust(self) -> None:
        """Compare everything at the next ``keep``: more changed than a change can tell."""
        self._distrusted += 1
        self._in_step = False

    def switch_off(self) -> None:
        """Take everything away and keep it so: the kill switch."""
        self.off, self._installed = True, ""
        with self._lock:
            self._try(self._backend.remove)

    def switch_on(self) -> None:
        """End ``switch_off``: the next ``keep`` puts everything back."""
        self.off = self._in_step = False
        self._not_before = 0.0

    def keep(self, wanted: Callable[[], Sets]) -> None:
        """See that the kernel has our rules and holds what is wanted."""
        with self._lock:
            self._keep(wanted)

    def _keep(self, wanted: Callable[[], Sets]) -> None:
        now = self._clock.monotonic()
        if self.off or now < self._not_before:
            return
        if now >= self._next_look:
            self._next_look = now + LOOK_S
            self._try(self._look)
        if self._in_step and now < self._next_reading:
            return
        before = self._distrusted
        if self._try(lambda: self._make_so(wanted)):
            if not self._told:
                self._told = True
                _log.info("the kernel holds our rules")
            self._in_step = before == self._distrusted
            self._next_reading = now + RECONCILE_S
            self._backoff.reset()
            self._complaint = ""
        else:
            self._not_before = now + self._backoff.next_s()

    def change(self, changes: Sequence[Change]) -> None:
        """Carry out changes at once, if our rules are there; else ``keep`` does all."""
        if self._installed and not self.off:
            self._try(lambda: self._backend.commit(changes))

    def forgive(self, sources: Sequence[Network]) -> None:
        """Let the kernel forget what it holds by itself against these sources."""
        changes = [
            Change(f"{base}{version}", delete=tuple(found))
            for base in _OWN_MEMORY
            for version in (4, 6)
            if (found := [s for s in sources if s.version == version])
        ]
        if changes and self._installed and not self.off:
            self._try(lambda: self._backend.commit(changes))

    def traffic(self) -> list[Traffic]:
        """Tell what the shut-out networks sent; nothing when that can't be read."""
        found: list[Traffic] = []
        if not self.off:
            self._try(lambda: found.extend(self._backend.traffic()))
        return found

    def _look(self) -> None:
        if not self._installed:
            return
        try:
            shed = self._backend.counters().get(PRESSURE, 0)
        except FirewallSlowError:
            # Only a flood fills the sets so; our rules are in the kernel, and bans go on.
            self._pressed_until = self._clock.monotonic() + PRESSED_S
            return
        if self._pressure is not None and shed > self._pressure:
            if not self.pressed:
                _log.warning("a flood: strangers send more than Asterisk should take; shedding")
            self._pressed_until = self._clock.monotonic() + PRESSED_S
        self._pressure = shed

    def _make_so(self, wanted: Callable[[], Sets]) -> None:
        rules = self._rules()
        if rules != self._installed:
            self._backend.install(rules)
            self._installed = rules
        actual = self._backend.collect()
        self._backend.commit(difference(wanted(), actual))

    def _try(self, step: Callable[[], object]) -> bool:
        try:
            step()
        except FirewallUnavailableError as exc:
            # Said once; from now on it is only written down what would be done.
            _log.error("%s: %s; nobody will be shut out", exc.code, exc)
            self._backend = DryRun()
            return self._failed(exc)
        except FirewallTableGoneError as exc:
            self._complain(exc, "putting it back")
            return self._failed(exc)
        except FirewallError as exc:
            self._complain(exc, "trying again")
            return self._failed(exc)
        self.problem = None
        return True

    def _failed(self, exc: FirewallError) -> bool:
        self.problem = exc
        self._in_step, self._installed, self._pressure = False, "", None
        return False

    def _complain(self, exc: FirewallError, then: str) -> None:
        if str(exc) != self._complaint:
            self._complaint = str(exc)
            _log.warning("%s: %s; %s", exc.code, exc, then)
