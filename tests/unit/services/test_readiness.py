"""The one line for which the lab, and a person, wait."""

from __future__ import annotations

import logging

import pytest

from asterisk_agent.services.readiness import PARTS, Readiness


def test_ready_is_said_when_the_last_part_is_up_and_again_after_a_loss(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    readiness = Readiness(lambda: "all of it")
    for part in PARTS:
        assert "ready: all of it" not in caplog.text
        assert readiness.missing[0] == part
        readiness.tell(part, up=True)
    readiness.tell(PARTS[0], up=True)
    assert caplog.text.count("ready: all of it") == 1
    readiness.tell("odoo", up=False)
    assert "not ready: odoo is not connected" in caplog.text
    assert readiness.was_up("odoo")
    readiness.tell("odoo", up=True)
    assert caplog.text.count("ready: all of it") == 2


def test_at_the_stop_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    readiness = Readiness(lambda: "")
    for part in PARTS:
        readiness.tell(part, up=True)
    readiness.stopping = True
    readiness.tell("odoo", up=False)
    assert "not ready" not in caplog.text
