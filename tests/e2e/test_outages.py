"""SCENARIOS 17 to 22: nothing is lost, whatever is away, on real components.

The half-open line, Asterisk's end, Odoo's absence with a restart of the agent in it, RabbitMQ's
end in mid-storm, and requests that fail. OUTAGE_S and OUTAGE_CALLS give the long form of 19
(300 s, 100 calls).
"""

import json
import os
import sqlite3
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest
from lab.agent import Agent
from lab.ami import AmiSession
from lab.book import Book, Record, is_at, moment
from lab.chaos import peace
from lab.chaos.fault import Fault
from lab.chaos.runner import Run
from lab.chaos.site import Site
from lab.process import wait_until
from lab.sip_scenario import Caller
from lab.stage import Stage

pytestmark = pytest.mark.lab
OUTAGE_S = float(os.environ.get("OUTAGE_S", "15"))
OUTAGE_CALLS = int(os.environ.get("OUTAGE_CALLS", "20"))
TOLERANCE_S = 2.0
#: The agent as it was on 2026-11-25, 17:24: before recordings.
EARLIER = Path(__file__).parents[1] / "data/agent/before_recordings.tar.xz"
SERVER = "asterisk_plus.server"
HALF_OPEN_S = 30.0


@pytest.fixture
def stage(site: Site) -> Iterator[Stage]:
    """Phones and the trunk for one test."""
    with AmiSession.ear(site.pbx) as ear:
        ready = Stage(site.lab, site.pbx, ear)
        yield ready
        ready.clear()


def book_of(site: Site) -> Book:
    return Book(peace.admin(site))


def from_number(number: str) -> Callable[[Record], bool]:
    return lambda call: bool(call["calling_number"] == number)


def since(log: Path, begin: int) -> str:
    """Return what a log says behind its first `begin` bytes."""
    return log.read_bytes()[begin:].decode("utf-8", "replace")


FIRST, SECOND = "+32470100001", "+32470100002"


def wait_over(book: Book, before: int, number: str) -> Record:
    """Wait until the call from a number has ended, and return it."""
    return book.wait_call(
        before,
        lambda call: from_number(number)(call) and not call["is_active"],
        f"the end of the call from {number}",
        60,
    )


def wait_noticed(site: Site, begin: int, silent: float) -> None:
    """Wait until the agent says that Asterisk is away: before HALF_OPEN_S have passed since the
    silence began.
    """
    left = silent + HALF_OPEN_S - time.time()
    wait_until(
        lambda: "asterisk is not connected" in since(site.one.log, begin), "half-open noticed", left
    )


def test_17_half_open_line_is_noticed_and_made_good(site: Site, stage: Stage) -> None:
    relay, book = site.relays["asterisk"], book_of(site)
    before, begin = book.last_id(), site.one.log.stat().st_size
    stage.phone("101", ring_s=0.2)
    first = stage.inbound("101", Caller(FIRST), talk_s=4)
    book.wait_call(before, lambda call: call["status"] == "answered", "the first call")
    relay.fall_silent()
    silent = time.time()
    first.finish()
    second = stage.inbound("101", Caller(SECOND), talk_s=HALF_OPEN_S + 20)
    wait_noticed(site, begin, silent)
    wait_until(lambda: time.time() - silent >= HALF_OPEN_S, "the whole cut", HALF_OPEN_S)
    relay.heal(reset=True)
    unheard = wait_over(book, before, FIRST)
    assert (unheard["status"], unheard["answered_user"]) == ("answered", "Alice")
    assert unheard["hangup_reason"] == "reconciled"
    assert silent - TOLERANCE_S <= moment(unheard["ended"]) <= time.time()
    assert book.wait_call(before, from_number(SECOND), "the second call")["is_active"]
    second.finish()
    known = wait_over(book, before, SECOND)
    assert (known["status"], known["answered_user"]) == ("answered", "Alice")
    assert is_at(known["ended"], second.wait_for("BYE").time)
    assert known["hangup_reason"] != "reconciled"
    assert len(book.calls(before)) == 2


@pytest.mark.parametrize("how", ["restarted", "killed"])
def test_18_calls_up_when_asterisk_ends_are_closed(site: Site, stage: Stage, how: str) -> None:
    book = book_of(site)
    before = book.last_id()
    stage.phone("101")
    for number, to in enumerate(("101", "101", "614", "614", "614"), 1):
        stage.inbound(to, Caller(f"+3247020000{number}"), talk_s=60)
    wait_until(
        lambda: sum(call["is_active"] for call in book.calls(before)) == 5, "five calls up", 60
    )
    died = time.time()
    if how == "killed":
        site.pbx.kill()
    else:
        site.pbx.stop()
    site.pbx.start()
    up = time.time()
    wait_until(lambda: book.active() == (0, 0), "all closed", up + 30 - time.time())
    calls = book.calls(before)
    assert len(calls) == 5
    for call in calls:
        # Asterisk that is stopped in order hangs up, and says so if it still can.
        assert call["hangup_reason"] == "reconciled" or (
            how == "restarted" and call["hangup_reason"]
        )
        assert died - TOLERANCE_S <= moment(call["ended"]) <= time.time()


def test_19_odoo_is_away_and_the_agent_restarted_meanwhile(site: Site) -> None:
    every_s = OUTAGE_S / OUTAGE_CALLS
    faults = [Fault(2, "stop", "odoo", OUTAGE_S), Fault(OUTAGE_S / 2, "stop", "agent", 0.0)]
    run = Run(site, 19, (OUTAGE_S + 4) / 60, 300001, (every_s * 0.7, every_s * 1.2))
    report = run.play(faults, least=OUTAGE_CALLS + 2)
    print(json.dumps(report.as_dict()))  # noqa: T201
    assert not report.bad, "\n".join(map(str, [*report.problems, *report.findings]))
    assert report.calls >= OUTAGE_CALLS


def test_20_rabbitmq_ends_in_mid_storm(site: Site) -> None:
    faults = [
        Fault(3, "stop", "rabbitmq", 1.0),
        Fault(10, "kill", "rabbitmq", 3.0),
        # What it has read and could not give to RabbitMQ must outlive it.
        Fault(12, "stop", "agent", 0.0),
    ]
    report = Run(site, 20, 16 / 60, 400001, (0.1, 0.5)).play(faults, least=22)
    print(json.dumps(report.as_dict()))  # noqa: T201
    assert not report.bad, "\n".join(map(str, [*report.problems, *report.findings]))
    assert report.calls >= 20


Trouble = Callable[[Site], AbstractContextManager[None]]


@contextmanager
def a_file(site: Site, name: str) -> Iterator[None]:
    """Let nginx, to which such a file says so, answer everybody otherwise."""
    flag = site.nginx.folder / name
    begin = site.one.log.stat().st_size
    flag.touch()
    try:
        yield
        wait_until(lambda: "not delivered" in since(site.one.log, begin), "a failed delivery", 60)
    finally:
        flag.unlink()


@contextmanager
def frozen_odoo(site: Site) -> Iterator[None]:
    """Freeze Odoo for longer than ODOO_TIMEOUT."""
    begin = site.one.log.stat().st_size
    site.odoo.pause()
    try:
        yield
        wait_until(lambda: "did not answer within" in since(site.one.log, begin), "a time-out", 60)
    finally:
        site.odoo.resume()


@contextmanager
def expired_sessions(site: Site) -> Iterator[None]:
    """Take all of Odoo's sessions away: everybody must log in again."""
    access = site.nginx.folder / "access.log"
    # Before they go: the agent logs in again at once.
    begin = access.stat().st_size
    for file in (site.odoo.folder / "data/sessions").iterdir():
        file.unlink(missing_ok=True)
    yield
    agents = '"POST /web/session/authenticate HTTP/1.1" 200'
    wait_until(lambda: agents in since(access, begin), "the agent logged in again", 60)


@contextmanager
def locked_rows(site: Site) -> Iterator[None]:
    """Write the row that every delivery writes, again and again: each delivery loses."""
    begin = site.odoo.log.stat().st_size
    write = "begin; update asterisk_plus_delivery set seen = now() where boot = '*';"
    once = f"{write} select pg_sleep(0.6); commit;"
    other = Thread(target=site.postgres.sql, args=(once * 12, site.database))
    other.start()
    try:
        yield
        wait_until(lambda: "serializ" in since(site.odoo.log, begin).lower(), "a lost delivery", 30)
    finally:
        other.join()


TROUBLES: dict[str, Trouble] = {
    "500": lambda site: a_file(site, "broken"),
    "redirect": lambda site: a_file(site, "elsewhere"),
    "time-out": frozen_odoo,
    "session expired": expired_sessions,
    "serialization failure": locked_rows,
}


@pytest.fixture(scope="module")
def impatient(site: Site) -> Iterator[Site]:
    """A site whose agent waits for Odoo only for a short time."""
    site.employ(Agent, {"ODOO_TIMEOUT": "2"})
    yield site
    site.employ(Agent)


@pytest.mark.parametrize("name", TROUBLES)
def test_22_requests_that_fail_are_made_again(impatient: Site, stage: Stage, name: str) -> None:
    before = book_of(impatient).last_id()
    with TROUBLES[name](impatient):
        caller = stage.inbound("614", Caller("+32470500001"), talk_s=2)
        caller.finish()
    book = book_of(impatient)
    call = book.wait_ended(before, 60)
    assert call["status"] == "ended"
    assert is_at(call["ended"], caller.wait_for("BYE").time)
    assert call["hangup_reason"] != "reconciled"
    assert len(book.calls(before)) == 1


@pytest.fixture
def earlier(tmp_path: Path) -> type[Agent]:
    """An agent of an earlier day."""
    with tarfile.open(EARLIER) as archive:
        archive.extractall(tmp_path, filter="data")

    class Earlier(Agent):
        def environment(self) -> dict[str, str]:
            return super().environment() | {"PYTHONPATH": str(tmp_path)}

    return Earlier


def spooled(state: Path) -> str:
    """Return the events that wait on disk."""
    (path,) = state.glob("agent-*/events.sqlite")
    with closing(sqlite3.connect(path)) as file:
        return " ".join(body for (body,) in file.execute("select body from event"))


def test_what_waits_outlives_a_rollback_and_an_upgrade(
    site: Site, stage: Stage, earlier: type[Agent], tmp_path: Path
) -> None:
    """docs/how-to/upgrade.md: back, and forth; each time events wait in RabbitMQ and on disk."""
    kept = {"STATE_DIRECTORY": str(tmp_path / "state")}
    book, server = book_of(site), peace.admin(site).call(SERVER, "search", [])
    before = book.last_id()
    stage.phone("101")
    site.employ(Agent, kept)
    for number, kind in enumerate((earlier, Agent), 1):
        in_rabbitmq, on_disk = f"+3247060000{number}", f"+3247061000{number}"
        site.relays["odoo"].fall_silent()
        stage.inbound("101", Caller(in_rabbitmq), talk_s=1).finish()
        site.relays["rabbitmq"].fall_silent()
        stage.inbound("101", Caller(on_disk), talk_s=1).finish()
        site.one.stop()
        assert on_disk in spooled(tmp_path / "state")
        for name in ("odoo", "rabbitmq"):
            site.relays[name].heal(reset=True)
        site.employ(kind, kept)
        for waited in (in_rabbitmq, on_disk):
            call = wait_over(book, before, waited)
            assert (call["status"], call["answered_user"]) == ("answered", "Alice")
        ping = peace.admin(site).call(SERVER, "action_asterisk_ping", server)
        assert ping["params"]["type"] == "success"
    assert len(book.calls(before)) == 4
    site.employ(Agent)
