"""A strict Asterisk."""

from collections.abc import Iterator

import pytest

from fakes.asterisk import FakeAsterisk


@pytest.fixture
def server() -> Iterator[FakeAsterisk]:
    with FakeAsterisk() as fake:
        yield fake
