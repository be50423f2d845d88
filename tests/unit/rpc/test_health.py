"""``agent.health``: it tells what it is given, and takes no arguments."""

from __future__ import annotations

from typing import Any

import pytest

from asterisk_agent.core.errors import RefusedError
from asterisk_agent.rpc.functions import Functions
from asterisk_agent.rpc.health import add_health

STATE = {"missing": ["publisher"], "waiting": 3, "on_disk": 0, "overflowed": 0, "lag_s": 0.1}


@pytest.fixture
def functions() -> Functions:
    found = Functions()
    add_health(found, lambda: dict(STATE))
    return found


def test_it_tells_the_state(functions: Functions) -> None:
    assert functions.prepare("agent.health", [], {}, 5)() == STATE


@pytest.mark.parametrize(("args", "kwargs"), [(["x"], {}), ([], {"x": 1})])
def test_arguments_are_refused(
    functions: Functions, args: list[Any], kwargs: dict[str, Any]
) -> None:
    with pytest.raises(RefusedError):
        functions.prepare("agent.health", args, kwargs, 5)
