"""Recordings of 100 and 500 MB, beside curl: speed, memory, and what others of Odoo notice."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from lab.cast import AGENT_LOGIN
from lab.component import Component
from lab.office import MODULES, Office, recording_settings
from lab.process import wait_until
from lab.sip import trunk_call
from lab.sip_scenario import Caller
from lab.stack import Lab
from lab.stage import DID

from bench.company import cookie
from bench.processes import value
from bench.rounds import Goal, Result, clock_time, interleave, ratios

ROUNDS = 5
MB = 1 << 20
SMALL, LARGE = 100, 500
CURL = "curl --data-binary"
BESIDE = "requests beside it"
GOALS = {CURL: Goal(0.25), BESIDE: Goal(5, at_most=True)}
ANSWER_S = 300
RECORDING, CALL = "asterisk_plus.recording", "asterisk_plus.call"
LOOKS = 40


class Place:
    """An office with Asterisk 22 and an agent, and one call to which all recordings belong."""

    def __init__(self, lab: Lab) -> None:
        self.office = Office(lab, (*MODULES, "asterisk_plus_test"))
        self.office.start()
        people = self.office.people()
        self.pbx = self.office.asterisk(22)
        self.agent = self.office.agent(self.pbx, recording_settings(self.pbx))
        self.admin = self.office.admin()
        self.linkedid = self._call()
        self.cookie = cookie(self.office.rpc(AGENT_LOGIN, people.agent_password))
        self.folder = self.pbx.spool / "monitor"
        self.number = 0

    def _call(self) -> str:
        call = trunk_call(self.pbx, Caller("003225550100"), f"{DID}614", 8, 0.2)
        call.start()
        call.finish()
        call.give_back()
        ended = [["is_active", "=", False]]
        wait_until(lambda: bool(self.admin.call(CALL, "search_count", ended)), "the call", 60)
        return str(self.admin.search_read(CALL, ended, ["linkedid"])[0]["linkedid"])

    def new_file(self, size_mb: int) -> Path:
        """Make a file of noise whose name is no recording's yet."""
        self.number += 1
        path = self.folder / str(self.number) / ".new"
        path.parent.mkdir()
        with path.open("wb") as file:
            for _ in range(size_mb):
                file.write(os.urandom(MB))
        return path

    def ours(self, new: Path) -> None:
        """Let the agent find the file, and wait until it is in Odoo and gone."""
        path = new.with_name(f"{self.linkedid}.mp3")
        size = new.stat().st_size
        new.rename(path)
        until = time.monotonic() + ANSWER_S
        while path.exists():
            if time.monotonic() > until:
                raise TimeoutError(f"{path.name} is not in Odoo")
            time.sleep(0.02)
        name = str(path.relative_to(self.folder))
        rows = self.admin.search_read(RECORDING, [["filename", "=", name]], ["size"])
        if [row["size"] for row in rows] != [size]:
            raise ValueError(f"Odoo holds {rows} of a file of {size} bytes")

    def curl(self, path: Path) -> None:
        """Send the file by curl, whole, to a route that only writes it down; and remove it."""
        office = self.office
        command = ["curl", "-sSf", "--noproxy", "*", "--cacert", str(office.tls.file)]
        command += ["-H", "Content-Type: application/octet-stream", "-H", "Expect:"]
        command += ["-H", f"Cookie: {self.cookie}", "--data-binary", f"@{path}"]
        url = f"{office.nginx.https_url}/asterisk_plus_test/sink"
        found = subprocess.run([*command, url], check=True, capture_output=True, timeout=ANSWER_S)
        if int(found.stdout) != path.stat().st_size:
            raise ValueError(f"Odoo got {found.stdout!r} bytes from curl")
        path.unlink()

    def request(self) -> float:
        """Return how long Odoo takes to list partners."""
        began = time.monotonic()
        self.admin.search_read("res.partner", [], ["name", "email", "phone"], limit=80)
        return time.monotonic() - began


class Memory:
    """The most that a component's processes held since this was made, beyond what they held then
    (proc(5): VmHWM, set back by clear_refs). The process that grew most counts.
    """

    def __init__(self, component: Component) -> None:
        process = component.process
        self._before = {pid: held for pid in process.members() if (held := _reset(pid))}  # type: ignore[union-attr]

    def grown_mb(self) -> float:
        """Return the growth of the one that grew most."""
        return max(value(pid, "VmHWM") - held for pid, held in self._before.items()) / 1024

    def peak_mb(self) -> float:
        """Return the most that one of them held."""
        return max(value(pid, "VmHWM") for pid in self._before) / 1024


def _reset(pid: int) -> int:
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return value(pid, "VmRSS")


@contextmanager
def others(place: Place, took: list[float]) -> Iterator[None]:
    """Ask Odoo for something, again and again, as long as this lasts."""
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            took.append(place.request())

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        done.set()
        asking.join()


def look(place: Place, size_mb: int) -> tuple[str, float]:
    """Bring one over while others work; return the words, and how much longer those waited."""
    new, took = place.new_file(size_mb), list[float]()
    idle = median(place.request() for _ in range(LOOKS))
    agent, odoo = Memory(place.agent), Memory(place.office.odoo)
    with others(place, took):
        place.ours(new)
    words = (
        f"{size_mb} MB: the agent held {agent.peak_mb():.0f} MB at most, "
        f"{agent.grown_mb():.0f} more than before; an Odoo worker {odoo.peak_mb():.0f}, "
        f"{odoo.grown_mb():.0f} more; {len(took)} requests beside it"
    )
    return words, median(took) / idle


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock, from a complete file to one that is committed in Odoo."""
    with Lab() as lab:
        place = Place(lab)

        def cost(send: object, size_mb: int) -> float:
            new = place.new_file(size_mb)
            return clock_time(lambda: send(new), size_mb)  # type: ignore[operator]

        each = {"ours": place.ours, CURL: place.curl}
        costs = interleave(
            {name: lambda send=send: cost(send, SMALL) for name, send in each.items()}, rounds
        )
        looked = [look(place, size) for size in (SMALL, LARGE)]
        one = {name: cost(send, LARGE) for name, send in each.items()}
    told = [words for words, _ in looked]
    told.append(f"{LARGE} MB once: {one[CURL] / one['ours']:.2f} times as fast as curl")
    waits = sorted(round(ratio, 3) for _, ratio in looked)
    found = ratios(costs, "ours") | {BESIDE: [waits[0], waits[-1], waits[-1]]}
    return Result("upload", found, GOALS, told)
