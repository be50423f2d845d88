"""An Odoo whose events map has three rows."""

from __future__ import annotations

import pytest

from fakes.odoo import FakeOdoo
from integration.forwarding.calls import row


@pytest.fixture
def odoo(odoo: FakeOdoo) -> FakeOdoo:
    odoo.rows = [row(1, "Newchannel"), row(2, "VarSet"), row(3, "Hangup", delay=0.3)]
    return odoo
