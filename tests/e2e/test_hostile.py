"""SCENARIOS 28: everything that a stranger could think of, and that nothing of it reaches Asterisk.

The lists are data: `tests/data/hostile/`. Each entry says what is sent, and how refused.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.book import CALL, CHANNEL, WAIT_S, Book, is_at
from lab.cast import Cast
from lab.net import HOST
from lab.office import Office
from lab.process import wait_until
from lab.sip_client import SipClient
from lab.sip_request import Target
from lab.sip_scenario import Caller
from lab.stack import Lab
from lab.stage import Stage
from lab.tap import Tap

from fakes.stranger import all_refused, entries

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def tap(asterisk: Asterisk) -> Iterator[Tap]:
    with Tap(asterisk.ami_port) as listening:
        yield listening


@pytest.fixture(scope="module")
def tapped(lab: Lab, office: Office, people: Cast, asterisk: Asterisk, tap: Tap) -> Iterator[Agent]:
    agent = office.agent(asterisk, {"ASTERISK_AMI_PORT": str(tap.port)})
    yield agent
    lab.drop(agent)


def test_28_a_hundred_hostile_requests_are_refused_and_none_reaches_asterisk(
    office: Office, tapped: Agent, tap: Tap
) -> None:
    token, before = office.agent_token(), tap.actions()
    wrong = all_refused((HOST, tapped.rpc_port), token)
    assert not wrong, "\n".join(wrong)
    assert tap.actions() == before
    # The agent's own word by which it says what it wants to hear, but not the stranger's.
    assert "EventMask: off" not in tap.said
    text = tapped.log.read_text()
    assert token not in text
    assert "Traceback" not in text


def ask(office: Office, entry: dict[str, Any]) -> tuple[int, bytes]:
    """Ask the dialplan's question of one entry; return status and body."""
    at = urlsplit(office.nginx.url)
    query = entry["query"].replace("DB", office.database)
    link = http.client.HTTPConnection(at.hostname or HOST, at.port, timeout=20)
    try:
        link.request(entry.get("method", "GET"), f"/asterisk_plus/{entry['question']}?{query}")
        reply = link.getresponse()
        return reply.status, reply.read()
    finally:
        link.close()


def test_28_hostile_questions_of_the_dialplan_have_empty_answers(
    office: Office, people: Cast, tapped: Agent, tap: Tap
) -> None:
    before = tap.actions()
    wrong = [
        (entry["name"], answer)
        for entry in entries("dialplan")
        if (answer := ask(office, entry)) != (entry["status"], b"")
    ]
    assert wrong == []
    assert tap.actions() == before


#: An event as short as a caller's number must be (79 bytes); `ID` is whose it pretends to be.
FORGED = "\r\n\r\nEvent: NAME\r\nPrivilege: call,all\r\nUniqueid: ID\r\nLinkedid: ID\r\n\r\n"
NOBODY = "6.6"


def forged(name: str, uniqueid: str) -> str:
    return FORGED.replace("NAME", name).replace("ID", uniqueid)


def test_28_no_forged_call_channel_or_event_reaches_odoo(
    office: Office, tapped: Agent, stage: Stage
) -> None:
    """Who may call writes whole events into his number, and who may not into the account's name."""
    book = Book(office.admin())
    before = book.last_id()
    phone = stage.phone("101", ring_s=0.2)
    victim = stage.inbound("101")
    book.wait_call(before, lambda call: bool(call["answered"]), "the victim talks")
    uniqueid = stage.wait_event("Newchannel", Exten="+3225550101")["Uniqueid"]
    hangup = forged("Hangup", uniqueid).partition("\r\nLinkedid")[0]
    for text in (hangup, forged("Newchannel", NOBODY), forged("Hangup", NOBODY)):
        stage.inbound("618", Caller(quote(text, safe=""))).finish()
    with stranger(stage.asterisk) as unknown:
        for text in ("\r\n\r\nEvent: Hangup\r\nUniqueid: 1", f"\r\nUniqueid: {uniqueid}"):
            assert unknown.register(quote(text, safe="")) == 401
    # Asterisk does say what they wrote, as blocks of their own.
    text = forged("Newchannel", NOBODY).strip().encode()
    wait_until(lambda: stage.ami.raw.split(b"\r\n\r\n").count(text) > 3, "Asterisk says it", WAIT_S)
    assert [c["talk_duration"] for c in book.calls(before) if not c["is_active"]] == []
    stage.asterisk.cli("channel request hangup all")
    victim.finish()
    call = book.wait_call(before, lambda found: not found["is_active"], "the victim's end")
    assert (call["status"], call["linkedid"]) == ("answered", uniqueid)
    assert is_at(call["answered"], phone.wait_for("INVITE", 200).time)
    assert is_at(call["ended"], phone.wait_for("BYE").time)
    assert [c["linkedid"] for c in book.calls(before)] == [uniqueid]
    for model, field in ((CALL, "linkedid"), (CHANNEL, "uniqueid")):
        assert book.odoo.search_read(model, [[field, "=", NOBODY]], ["id"]) == []
    rejected = "messages rejected so far"
    wait_until(lambda: rejected in tapped.log.read_text(), "the agent tells of it", WAIT_S)


def stranger(asterisk: Asterisk) -> SipClient:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.3", 0))
    return SipClient(sock, Target(HOST, asterisk.sip_port))
