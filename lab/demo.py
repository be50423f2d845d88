"""The main job on real components: a SIP call becomes a record in Odoo, and Odoo makes Asterisk
place a call.
"""

import json
import signal
import time
from typing import Any

from lab.agent import Agent
from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.book import Book, Record
from lab.cast import ALICE, JANE_NUMBER, Cast
from lab.office import Office
from lab.progress import say, working
from lab.provision import provision, require_machine
from lab.stack import Lab
from lab.stage import Stage

RING_S, TALK_S = 2.0, 4.0


class Demo:
    """Everything that the demo shows, on a running office."""

    def __init__(self, lab: Lab, version: int) -> None:
        began = time.monotonic()
        self.office = Office(lab)
        self.office.start()
        self.people: Cast = self.office.people()
        self.asterisk: Asterisk = self.office.asterisk(version)
        self.agent: Agent = self.office.agent(self.asterisk)
        self.seconds_to_ready = round(time.monotonic() - began, 1)
        self.odoo = self.office.admin()
        self.book = Book(self.odoo)
        self.lab = lab

    def run(self) -> dict[str, Any]:
        """Do the main job, return what came out of it, read back from Odoo."""
        with AmiSession.ear(self.asterisk) as ami:
            stage = Stage(self.lab, self.asterisk, ami)
            try:
                return self._on(stage)
            finally:
                stage.clear()

    def _on(self, stage: Stage) -> dict[str, Any]:
        ping = self.odoo.call("asterisk_plus.server", "action_test_ping", [self.people.server])
        with working("a caller from outside dials 101, who answers"):
            inbound = self._inbound(stage)
        with working("Alice clicks on Jane's number in Odoo"):
            clicked = self._click_to_call(stage)
        return {
            "asterisk": self.asterisk.cli("core show version").split(" built ")[0],
            "odoo": self.odoo.post("/web/webclient/version_info", {})["server_version"],
            "inbound": summary(inbound),
            "click_to_call": summary(clicked),
            "test_ping": ping["params"]["type"] == "success",
            "seconds_to_ready": self.seconds_to_ready,
        }

    def _inbound(self, stage: Stage) -> Record:
        before = self.book.last_id()
        stage.phone("101", ring_s=RING_S)
        stage.inbound("101", talk_s=TALK_S).finish()
        call = self.book.wait_ended(before)
        stage.clear()
        return call

    def _click_to_call(self, stage: Stage) -> Record:
        before = self.book.last_id()
        stage.phone("101", ring_s=1)
        stage.trunk(ring_s=1, talk_s=TALK_S)
        alice = self.office.rpc(ALICE.login, self.people.password)
        alice.call(
            "asterisk_plus.server",
            "originate_call",
            JANE_NUMBER,
            model="res.partner",
            res_id=self.people.jane,
        )
        call = self.book.wait_ended(before)
        stage.clear()
        return call

    def where_to_look(self) -> str:
        """Return addresses and accounts for the person who watches."""
        phone = self.asterisk.accounts["104"]
        return (
            f"\nOdoo      {self.office.nginx.url}/web   database {self.office.database}\n"
            f"          administrator: login admin   password {self.office.admin_password}\n"
            f"          Alice (PBX user): login {ALICE.login}   password {self.people.password}\n"
            f"Softphone SIP account {phone.exten}, password {phone.password}, UDP,"
            f" server 127.0.0.1 port {self.asterisk.sip_port}\n"
            f"Agent     {self.office.nginx.rpc_url}   log {self.agent.log}\n"
            f"Asterisk  log {self.asterisk.full_log}\n"
        )


def summary(call: Record) -> dict[str, Any]:
    """Return what the demo's line says of a call."""
    return {
        "direction": call["direction"],
        "status": call["status"],
        "partner": call["partner"],
        "answered_by": call["answered_user"],
        "ring_s": call["ring_duration"],
        "talk_s": call["talk_duration"],
        "legs": call["legs"],
        "active": call["is_active"],
    }


def faults(result: dict[str, Any]) -> list[str]:
    """Return what is not as it must be."""
    inbound, clicked = result["inbound"], result["click_to_call"]
    must = {
        "the inbound call is an answered incoming one": (inbound["direction"], inbound["status"])
        == ("in", "answered"),
        "Jane is its partner": str(inbound["partner"]).endswith("Jane"),
        "Alice answered it": inbound["answered_by"] == ALICE.name,
        "its talk time is the caller's": abs(inbound["talk_s"] - TALK_S) <= 1,
        "click-to-call was answered": (clicked["direction"], clicked["status"])
        == ("out", "answered"),
        "Test Ping succeeds": result["test_ping"],
    }
    return [fact for fact, holds in must.items() if not holds]


def demo(version: int, once: bool, as_json: bool) -> int:
    """Run the demo; return the exit status: 0 when everything was as it must be."""
    require_machine()
    provision()
    with Lab() as lab:
        shown = Demo(lab, version)
        result = shown.run()
        wrong = faults(result)
        if not as_json:
            say(json.dumps(result, indent=2))
            say(shown.where_to_look())
        if not once and not wrong:
            say("Everything stays up until Ctrl-C.")
            _until_interrupted()
    for fact in wrong:
        say(f"not true: {fact}")
    if as_json:
        print(json.dumps(result))
    return 1 if wrong else 0


def _until_interrupted() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("stopping")
