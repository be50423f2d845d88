"""An Asterisk of each version with the samples of `asterisk/`, whose Odoo is the Oracle."""

from collections.abc import Iterator

import pytest
from lab.asterisk import Asterisk
from lab.stack import Lab
from tests.fakes.oracle import Oracle, listening

VERSIONS = (16, 22)


@pytest.fixture(scope="module")
def oracle_url() -> Iterator[str]:
    """The address of an Oracle."""
    with listening() as url:
        yield url


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: f"asterisk{version}")
def asterisk(request: pytest.FixtureRequest, lab: Lab, oracle_url: str) -> Iterator[Asterisk]:
    """An Asterisk with the samples, whose Odoo is the Oracle."""
    folder = lab.folder / f"samples{request.param}"
    running = lab.start(Asterisk(folder, request.param, oracle_url))
    yield running
    lab.drop(running)


@pytest.fixture
def oracle() -> type[Oracle]:
    """The Oracle, knowing nothing."""
    Oracle.forget()
    return Oracle
