"""The samples of docs/how-to/own-events.md: the service runs as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk_agent.ami.narrowing import CLASS_OF
from asterisk_agent.services import broker
from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo

pytestmark = pytest.mark.lab
TOP = Path(__file__).resolve().parents[2]
PAGE = (TOP / "docs/how-to/own-events.md").read_text()
HANDLER, SERVICE = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
LISTENS_S = 60.0


@pytest.fixture
def service(amqp_uri: str, tmp_path: Path) -> Iterator[Path]:
    """Give the log of the page's service, which listens."""
    # Of several runs on one RabbitMQ each has a service of its own.
    name = f"hangups{uuid.uuid4().hex[:8]}"
    (tmp_path / "hangups.py").write_text(SERVICE.replace('"hangups"', f'"{name}"'))
    told, path = tmp_path / "told", tmp_path / "hangups.py"
    words = [sys.executable, "-W", "ignore", path]
    environ = {"PATH": os.environ["PATH"], "AMQP_URI": amqp_uri}
    with told.open("w") as log:
        running = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, env=environ)
    try:
        wait_for(told, "listening")
        yield told
    finally:
        running.terminate()
        running.wait(LISTENS_S)
        with broker.connection(amqp_uri) as conn:
            conn.channel().queue_delete(f"evt-asterisk-Hangup--{name}.hangup")


def wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + LISTENS_S
    while text not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def test_a_service_of_somebody_elses_hears_what_the_map_wants(
    service: Path, odoo: FakeOdoo, asterisk: FakeAsterisk, environ: dict[str, str], tmp_path: Path
) -> None:
    row = {"id": 1, "source": "AMI", "name": "Hangup", "model": "asterisk_plus.call"}
    row |= {"method": "on_event", "delay": 0.0, "keep_order": True, "condition": ""}
    odoo.rows = [row]
    with AgentProcess(environ, tmp_path) as agent:
        agent.wait_for_line("ready: Asterisk")
        asterisk.wait_heard()
        pairs = [("Channel", "PJSIP/101-01"), ("Uniqueid", "1.1"), ("Linkedid", "1.1")]
        pairs += [("Cause-txt", "Normal Clearing"), ("Timestamp", f"{time.time():.6f}")]
        asterisk.emit("Hangup", CLASS_OF["Hangup"], *pairs)
        wait_for(service, "PJSIP/101-01 Normal Clearing\n")
        assert agent.stop() == 0


def test_the_pages_handler_is_the_one_that_the_lab_runs() -> None:
    """tests/e2e/test_events_map.py plays it, with the row that the page shows."""
    addon = TOP / "tests/odoo_addons/asterisk_plus_test"
    assert (addon / "models/seen.py").read_text().startswith(HANDLER)
    granted = (addon / "security/ir.model.access.csv").read_text().splitlines()
    (shown,) = re.findall(r"^```csv\n(.*?)^```$", PAGE, re.M | re.S)
    assert set(shown.splitlines()) <= set(granted)
    played = (TOP / "tests/e2e/test_events_map.py").read_text()
    for word in ('name="Cdr"', "event['Disposition'] == 'ANSWERED'", "delay=0.5"):
        assert word in played
