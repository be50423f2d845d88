"""One run: calls at random, faults at seeded moments, then peace, and the comparison."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress

from lab.book import Book
from lab.chaos import ledger, peace, recordings
from lab.chaos.fault import Fault
from lab.chaos.hands import Deed, Hands
from lab.chaos.relay import Relay
from lab.chaos.report import Report
from lab.chaos.schedule import schedule
from lab.chaos.site import Site
from lab.chaos.traffic import EVERY_S, Traffic
from lab.chaos.truth import truths
from lab.chaos.verdict import RECONCILED, World, judge
from lab.chaos.windows import Span, Windows
from lab.errors import LabError, NotReadyError
from lab.process import wait_until
from lab.progress import say, working
from lab.provision import provision, require_machine
from lab.stack import Lab

#: What Asterisk said so shortly before a loss may have been on the way; and phones know of an end a
#: little later than Asterisk.
BEFORE_S, AFTER_S = 1.0, 0.5
#: Between two losses one must hear so long that the list of live channels came through to Odoo.
GAP_S = 1.0
#: Odoo is up before the dialplan's questions are answered as quickly as usual.
RECOVERY_S = 8.0
PROGRESS_S = 30.0
#: So much longer the calls go on at most, when there are too few.
LEAST_S = 60.0
#: A recording whose call Odoo did not know is tried again after a minute at most; and one after the
#: other is brought over.
KEPT_S = 240.0


class Run:
    """A run on a site that is open. Outside numbers count from `first`; a call begins every so many
    seconds.
    """

    def __init__(
        self, site: Site, seed: int, minutes: float, first: int = 1, every_s: Span = EVERY_S
    ) -> None:
        self._site, self._seconds = site, minutes * 60
        self.report = Report(seed, minutes)
        self._told_s = 0.0
        self._hands = Hands(site)
        self._traffic = Traffic(site.pbx, seed, first, every_s)
        self._last_number = f"+32479{first:06}"
        self._after = Book(site.admin()).last_id()
        self._witness = recordings.Witness(site.pbx.spool)

    def play(self, faults: Sequence[Fault], least: int = 0) -> Report:
        """Call, carry out the faults, let everything heal, compare. On a busy machine the calls go
        on until there are `least`.
        """
        self._began, self._least = time.time(), least
        try:
            self._witness.start()
            self._traffic.start()
            self._trouble(faults)
            self._make_peace()
            self._compare()
        finally:
            try:
                self._hands.heal()
            finally:
                self._traffic.close()
                self._witness.stop()
        return self.report

    def _trouble(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            self._wait(fault.at_s)
            self._hands.begin(fault)
        self._wait(self._seconds)
        with suppress(NotReadyError):
            wait_until(lambda: len(self._traffic.made) >= self._least, "calls", LEAST_S)

    def _wait(self, until_s: float) -> None:
        """Wait until so many seconds after the beginning, and say now and then how it goes."""
        while (left := self._began + until_s - time.time()) > 0:
            time.sleep(min(left, 1.0))
            passed, made = time.time() - self._began, len(self._traffic.made)
            if passed - self._told_s >= PROGRESS_S:
                self._told_s = passed
                counts = self._hands.counts()
                say(f"chaos: {passed:.0f} of {self._seconds:.0f} s, {made} calls, {counts}")

    def _make_peace(self) -> None:
        """End all faults, wait for the calls' end, and until Odoo has heard of everything."""
        with working("chaos: everything heals, the last calls end"):
            self._hands.heal()
            self._hands.look_for_deaths()
            self._traffic.stop()
        with working("chaos: Odoo hears of everything"):
            try:
                peace.wait_heard(self._site)
                peace.wait_drained(self._site, self._last_number)
                self._witness.wait_kept(peace.admin(self._site), KEPT_S)
            except LabError as problem:
                self._hands.problems.append(f"no peace: {problem}")

    def _compare(self) -> None:
        report, odoo = self.report, peace.admin(self._site)
        world = world_of(self._hands.deeds, self._site.relays["asterisk"], self._began)
        seen, held = truths(self._traffic), ledger.calls_by_number(odoo, self._after)
        found = [(held.get(truth.plan.number, ()), truth) for truth in seen]
        findings = [one for calls, truth in found for one in judge(truth, calls, world)]
        lost = sum(one.kind == "lost" for one in findings)
        report.findings = [*findings, *ledger.strangers(seen, held, self._last_number)]
        report.problems, report.faults = self._hands.problems, self._hands.counts()
        report.calls, report.deaf_s = len(seen), world.blind.total_s()
        report.unheard = sum(not calls for calls, _ in found) - lost
        rows = [call for calls, _ in found for call in calls]
        report.answered = sum(call["status"] == "answered" for call in rows)
        report.reconciled = sum(call["hangup_reason"] == RECONCILED for call in rows)
        report.parked = ledger.parked(odoo)
        report.recordings_made = len(self._witness.made())
        unlike = self._witness.unlike(odoo)
        report.recordings_lost = len(unlike)
        report.problems = [*report.problems, *(f"recording {one}" for one in unlike)]


def world_of(deeds: Sequence[Deed], relay: Relay, began: float) -> World:
    """Return what excuses a difference, by what was done, and by what the relay before Asterisk
    handed on to the agent.
    """
    now = time.time()
    heard = [(link.up_at, link.ended_at or now) for link in relay.links if link.up_at]
    blind = Windows.between(heard, began, now).widened(BEFORE_S, AFTER_S, GAP_S)
    down, mute, deaths = [], [], []
    for deed in deeds:
        if deed.fault.target == "asterisk" and deed.gone:
            down.append((deed.began, deed.ended))
            deaths.append((deed.began, deed.gone))
        if deed.fault.target in ("odoo", "workers", "postgres"):
            mute.append((deed.began, deed.ended + RECOVERY_S))
    return World(blind, Windows.of(down), Windows.of(mute), sorted(deaths))


def chaos(seed: int, minutes: float, version: int, as_json: bool, keep: bool = False) -> Report:
    """Do one run in a lab of its own; tell of it on stderr, and in JSON on stdout."""
    require_machine()
    provision()
    with Lab(keep) as lab:
        site = Site(lab)
        try:
            site.open(version)
            report = Run(site, seed, minutes).play(schedule(seed, minutes))
        finally:
            site.close()
    for line in [*report.problems, *report.findings]:
        say(str(line))
    if as_json:
        print(json.dumps(report.as_dict()), flush=True)
    else:
        say(json.dumps(report.as_dict(), indent=2))
    return report
