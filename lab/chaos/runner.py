"""One run: calls at random, faults at seeded moments, then peace, and the comparison."""

import json
import re
import time
from collections import defaultdict
from collections.abc import Sequence

from lab.agent import Agent
from lab.book import CALL, CHANNEL, FIELDS
from lab.chaos import recordings
from lab.chaos.fault import Fault
from lab.chaos.hands import Hands
from lab.chaos.report import Report
from lab.chaos.schedule import schedule
from lab.chaos.site import Site
from lab.chaos.traffic import Traffic
from lab.chaos.truth import Truth, truths
from lab.chaos.verdict import RECONCILED, Finding, Record, World, judge
from lab.chaos.windows import Windows
from lab.process import wait_until
from lab.progress import say, working
from lab.provision import provision, require_machine
from lab.sip import trunk_call
from lab.sip_scenario import Caller
from lab.stack import Lab
from lab.stage import DID

#: What Asterisk said so shortly before a loss may have been on the way; and a list of the live
#: channels takes a moment.
BEFORE_S, AFTER_S = 1.0, 1.0
#: Between two losses one must hear so long that the list came through.
GAP_S = 1.0
#: Odoo is up before the dialplan's questions are answered as quickly as usual.
RECOVERY_S = 8.0
PEACE_S = 120.0
PROGRESS_S = 30.0
LAST_NUMBER = "+32479999999"
_NUMBER = re.compile(r"\+32470\d{6}")
_TROUBLE_ODOO = ("odoo", "workers", "postgres")


class Run:
    """A run on a site that is open."""

    def __init__(self, site: Site, seed: int, minutes: float) -> None:
        self._site, self._seconds = site, minutes * 60
        self.report = Report(seed, minutes)
        self._hands = Hands(site)
        self._traffic = Traffic(site.pbx, seed)

    def play(self, faults: Sequence[Fault]) -> None:
        """Call, carry out the faults, let everything heal, compare."""
        self._began = time.time()
        self._traffic.start()
        try:
            self._trouble(faults)
            self._make_peace()
            self._compare()
        finally:
            self._hands.heal()
            self._traffic.close()

    def _trouble(self, faults: Sequence[Fault]) -> None:
        told = 0.0
        for fault in [*faults, None]:
            until = fault.at_s if fault else self._seconds
            while (left := self._began + until - time.time()) > 0:
                time.sleep(min(left, 1.0))
                if (passed := time.time() - self._began) - told > PROGRESS_S:
                    told = passed
                    say(
                        f"chaos: {passed:.0f} of {self._seconds:.0f} s, "
                        f"{len(self._traffic.made)} calls, {self._hands.counts()}"
                    )
            if fault:
                self._hands.begin(fault)

    def _make_peace(self) -> None:
        """End all faults, wait for the calls' end, and until Odoo has heard of everything."""
        with working("chaos: everything heals, the last calls end"):
            self._hands.heal()
            self._hands.look_for_deaths()
            self._traffic.stop()
            links = self._site.relays["asterisk"].links
            wait_until(
                lambda: any(link.up_at and not link.ended_at for link in links),
                "the agent hears Asterisk",
                PEACE_S,
            )
        with working("chaos: Odoo hears of everything"):
            self._last_call()
            wait_until(self._is_drained, "the forwarder's queue is empty", PEACE_S)

    def _last_call(self) -> None:
        """Make one more call, and wait until it has ended in Odoo: all before it came through."""
        last = trunk_call(self._site.pbx, Caller(LAST_NUMBER), f"{DID}602", 5)
        last.start()
        last.finish()
        last.give_back()
        odoo = self._site.admin()
        here = [["calling_number", "=", LAST_NUMBER], ["is_active", "=", False]]
        wait_until(
            lambda: odoo.call(CALL, "search_count", here) == 1, "the last call in Odoo", PEACE_S
        )

    def _is_drained(self) -> bool:
        listed = self._site.rabbitmq.ctl("-q", "list_queues", "-p", "lab", "name", "messages")
        rows = [line.split() for line in listed.splitlines() if "asterisk.forward." in line]
        return bool(rows) and all(row[1] == "0" for row in rows)

    def _compare(self) -> None:
        report, world = self.report, self._world()
        seen = truths(self._traffic)
        held = calls_by_number(self._site)
        report.calls, report.faults = len(seen), self._hands.counts()
        findings = [one for truth in seen for one in judge(truth, held[truth.plan.number], world)]
        report.findings = [*findings, *strangers(seen, held)]
        report.problems = self._hands.problems
        report.unheard = sum(not held[truth.plan.number] for truth in seen) - sum(
            one.kind == "lost" for one in findings
        )
        rows = [call for calls in held.values() for call in calls]
        report.reconciled = sum(call["hangup_reason"] == RECONCILED for call in rows)
        report.answered = sum(call["status"] == "answered" for call in rows)
        report.deaf_s = world.blind.total_s()
        report.parked = parked(self._site)
        recorded = recordings.made(self._site.pbx.spool)
        report.recordings_made = len(recorded)
        missing = recordings.lost(recorded, kept=None)
        report.recordings_lost = None if missing is None else len(missing)

    def _world(self) -> World:
        links = self._site.relays["asterisk"].links
        now = time.time()
        heard = [(link.up_at, link.ended_at or now) for link in links if link.up_at]
        deeds = self._hands.deeds
        ends = [d.began for d in deeds if (d.fault.target, d.fault.kind) in _ENDS_OF_ASTERISK]
        mute = [(d.began, d.ended + RECOVERY_S) for d in deeds if d.fault.target in _TROUBLE_ODOO]
        blind = Windows.between(heard, self._began, now).widened(BEFORE_S, AFTER_S, GAP_S)
        return World(blind, tuple(sorted(ends)), Windows.of(mute))


_ENDS_OF_ASTERISK = {("asterisk", "stop"), ("asterisk", "kill")}


def calls_by_number(site: Site) -> dict[str, list[Record]]:
    """Return Odoo's calls by the outside party's number: the call's own, or that of a leg."""
    odoo = site.admin()
    calls = odoo.search_read(CALL, [], FIELDS, order="id")
    legs = odoo.search_read(CHANNEL, [], ["call_id", "caller_num", "connected_num", "exten"])
    words: dict[int, str] = defaultdict(str)
    for leg in legs:
        told = (leg["caller_num"], leg["connected_num"], leg["exten"])
        words[leg["call_id"][0]] += " ".join(str(word) for word in told) + " "
    found: dict[str, list[Record]] = defaultdict(list)
    for call in calls:
        call["answered_user"] = call["answered_user_id"][1] if call["answered_user_id"] else None
        own = f"{call['calling_number']} {call['called_number']} "
        number = _NUMBER.search(own + words[call["id"]])
        found[number[0] if number else ""].append(call)
    return found


def strangers(seen: Sequence[Truth], held: dict[str, list[Record]]) -> list[Finding]:
    """Return Odoo's calls that nobody made, and those that are still active."""
    known = {truth.plan.number for truth in seen}
    found = []
    for number, calls in held.items():
        for call in calls if number not in known else ():
            if call["calling_number"] == LAST_NUMBER:
                continue
            kind = "stuck_active" if call["is_active"] else "duplicated"
            found.append(Finding(kind, number or "?", f"nobody made it: {dict(call)}"))
    return found


def parked(site: Site) -> int:
    """Return how many events the agent has parked."""
    server = site.admin().search_read("asterisk_plus.server", [], ["parked_count"])
    return sum(int(row["parked_count"]) for row in server)


def chaos(
    seed: int,
    minutes: float,
    version: int,
    as_json: bool,
    keep: bool = False,
    faults: Sequence[Fault] | None = None,
    agent: type[Agent] = Agent,
) -> Report:
    """Do one run in a lab of its own; tell of it on stderr, and as JSON on stdout."""
    require_machine()
    provision()
    with Lab(keep) as lab:
        site = Site(lab)
        site.open(version, agent)
        try:
            run = Run(site, seed, minutes)
            run.play(schedule(seed, minutes) if faults is None else faults)
        finally:
            site.close()
    tell(run.report, as_json)
    return run.report


def tell(report: Report, as_json: bool) -> None:
    """Say what is wrong, and print the counts."""
    for line in [*report.problems, *report.findings]:
        say(str(line))
    if as_json:
        print(json.dumps(report.as_dict()), flush=True)
    else:
        say(json.dumps(report.as_dict(), indent=2))
