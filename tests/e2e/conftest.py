"""The lab as fixtures: one office for the session, Asterisk 16 and 22 one after the other, an
agent for each.

A test that needs them carries the marker `lab`. On a machine that can't run the lab they are
skipped, and say why; in CI (variable CI) nothing is skipped.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from lab.agent import Agent
from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.book import Book
from lab.cast import Cast
from lab.chaos.site import Site
from lab.desk import chromium
from lab.office import Office
from lab.process import wait_until
from lab.stack import Lab
from lab.stage import Stage
from playwright.sync_api import Browser

VERSIONS = (16, 22)
# The last one is somebody else's: handlers that an integrator would write.
MODULES = ("asterisk_plus", "asterisk_plus_crm", "asterisk_plus_test")
_labs: list[Lab] = []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[Any]:
    """Show the ends of all logs with a test that failed."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and item.get_closest_marker("lab"):
        for running in _labs:
            for component in running.components:
                report.sections.append((f"log of {component.name}", component.tails()))


@pytest.fixture(scope="session")
def lab(provisioned: None) -> Iterator[Lab]:
    """An empty lab; whatever is started in it is stopped at the end of the session."""
    with Lab() as running:
        _labs.append(running)
        yield running
        _labs.remove(running)


@pytest.fixture(scope="session")
def office(lab: Lab) -> Office:
    """PostgreSQL, RabbitMQ, Odoo with the addon, and nginx."""
    ready = Office(lab, MODULES)
    ready.start()
    return ready


@pytest.fixture(scope="session")
def site(lab: Lab) -> Iterator[Site]:
    """An office in a lab of its own, Asterisk 22 and the agent, with relays on their lines, for
    tests that break things.
    """
    with Lab() as own:
        _labs.append(own)
        opened = Site(own)
        try:
            opened.open(22)
            yield opened
        finally:
            opened.close()
            _labs.remove(own)


@pytest.fixture(scope="session")
def people(office: Office) -> Cast:
    """The cast of the scenarios, in Odoo."""
    return office.people()


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: f"asterisk{version}")
def asterisk(request: pytest.FixtureRequest, lab: Lab, office: Office) -> Iterator[Asterisk]:
    """An Asterisk whose dialplan asks the office's Odoo."""
    running = office.asterisk(request.param)
    yield running
    lab.drop(running)


@pytest.fixture(scope="module")
def agent(lab: Lab, office: Office, people: Cast, asterisk: Asterisk) -> Iterator[Agent]:
    """The agent between them, ready."""
    running = office.agent(asterisk)
    yield running
    lab.drop(running)


@pytest.fixture
def stage(lab: Lab, asterisk: Asterisk) -> Iterator[Stage]:
    """Phones and the trunk for one test; at its end no channel may be left."""
    with AmiSession.ear(asterisk) as ami:
        ready = Stage(lab, asterisk, ami)
        yield ready
        ready.clear()
        ready.wait_idle()


@pytest.fixture
def book(office: Office, people: Cast, agent: Agent, stage: Stage) -> Iterator[Book]:
    """Odoo's calls. Whatever a test did, afterwards no call and no channel is active."""
    ready = Book(office.admin())
    yield ready
    stage.clear()
    stage.wait_idle()
    wait_until(lambda: ready.active() == (0, 0), "nothing active in Odoo", 60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Not for the session: while Playwright runs, no test can start a loop."""
    with chromium() as running:
        yield running
