"""SCENARIOS 28: everything that a stranger could think of, and that nothing of it reaches Asterisk.

The lists are data: `tests/data/hostile/`. Each entry says what is sent, and how refused.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.cast import Cast
from lab.net import HOST
from lab.office import Office
from lab.stack import Lab
from lab.tap import Tap

from fakes.stranger import all_refused, entries

pytestmark = pytest.mark.lab

#: What the agent asks by itself, when it was connected.
OWN = {"CoreShowChannels"}


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
    token, before = office.agent_token(), len(tap.actions())
    wrong = all_refused((HOST, tapped.rpc_port), token)
    assert not wrong, "\n".join(wrong)
    assert set(tap.actions()[before:]) <= OWN
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
    before = len(tap.actions())
    wrong = [
        (entry["name"], answer)
        for entry in entries("dialplan")
        if (answer := ask(office, entry)) != (entry["status"], b"")
    ]
    assert wrong == []
    assert set(tap.actions()[before:]) <= OWN
