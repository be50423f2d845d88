"""The looks before the start: a mistake ends it, what hangs or is away does not hold it up."""

from __future__ import annotations

import time
import warnings
from typing import Any

import pytest

from asterisk_agent.core.errors import AmiUnreachableError, OdooAuthError

with warnings.catch_warnings():
    # That eventlet will be succeeded one day (services/green.py).
    warnings.simplefilter("ignore")
    import eventlet

    from asterisk_agent.services import runner


class Look:
    """Stands for a client; does what it is told to when it is asked to look."""

    def __init__(self, does: Any) -> None:
        self.connect_once = self.login = does


def raise_(error: Exception) -> None:
    raise error


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set what the looks at Asterisk and at Odoo do."""

    def set_(asterisk: Any, odoo: Any) -> None:
        monkeypatch.setattr(runner, "LOOK_S", 0.05)
        monkeypatch.setattr(runner, "ami_client", lambda _: Look(asterisk))
        monkeypatch.setattr(runner, "_look_at_broker", lambda _: None)
        monkeypatch.setattr(runner, "odoo_client", lambda _: Look(odoo))

    return set_


def test_what_hangs_does_not_hold_the_start_up(looks: Any) -> None:
    looks(lambda: raise_(AmiUnreachableError("away")), lambda: eventlet.sleep(60))
    settings: Any = None
    began = time.monotonic()
    runner.preflight(settings)
    assert time.monotonic() - began < 10


def test_a_mistake_ends_it(looks: Any) -> None:
    looks(lambda: None, lambda: raise_(OdooAuthError("wrong password")))
    settings: Any = None
    with pytest.raises(OdooAuthError):
        runner.preflight(settings)
