"""The numbers move with what happens, and Prometheus' own tools take what we publish."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from lab.net import free_port
from lab.unpacked import promtool
from prometheus_client.parser import text_string_to_metric_families

from asterisk_agent.ami.narrowing import CLASS_OF
from asterisk_agent.services.metrics import METRICS
from asterisk_agent.services.runtime import MIN_PREFETCH
from fakes.agent_process import AgentProcess
from fakes.asterisk import FakeAsterisk
from fakes.odoo import FakeOdoo
from fakes.odoo_faults import Hold, Http

pytestmark = pytest.mark.lab
TOP = Path(__file__).resolve().parents[2]
P = "asterisk_agent_"
#: Seen to move in tests/unit/services/test_metrics.py: here the reactor is off, RabbitMQ there.
ELSEWHERE = {"backlog_events", "backlog_disk_bytes", "events_lost", "bans", "security_facts"}


def test_prometheus_takes_the_alert_rules(provisioned: None) -> None:
    rules = TOP / "deploy" / "monitoring" / "alerts.yml"
    said = subprocess.run(
        [promtool(), "check", "rules", "--lint-fatal", rules], capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{rules.read_text().count('- alert:')} rules found" in said.stdout


def test_prometheus_takes_the_sample_of_its_configuration(provisioned: None) -> None:
    sample = TOP / "deploy" / "monitoring" / "prometheus.yml"
    said = subprocess.run([promtool(), "check", "config", "--syntax-only", sample])
    assert said.returncode == 0


def test_prometheus_takes_every_query_of_the_dashboard(provisioned: None, tmp_path: Path) -> None:
    board = json.loads((TOP / "deploy" / "monitoring" / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    # Grafana puts in what is chosen above, and a range.
    filled = [one.replace("$instance", ".*").replace("$__rate_interval", "1m") for one in queries]
    assert not any("$" in one for one in filled)
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(filled)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    said = subprocess.run([promtool(), "check", "rules", file], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{len(queries)} rules found" in said.stdout


class Watcher:
    """Reads an agent's numbers."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.seen: dict[str, set[float]] = {}

    def get(self, path: str) -> requests.Response:
        return requests.get(self.base + path, timeout=30)

    def samples(self) -> dict[str, float]:
        found = {
            "|".join((sample.name.removeprefix(P), *sample.labels.values())): sample.value
            for family in text_string_to_metric_families(self.get("/metrics").text)
            for sample in family.samples
        }
        for name, value in found.items():
            # What has a label begins with its first sample.
            self.seen.setdefault(name, {0.0} if "|" in name else set()).add(value)
        return found

    def moved(self) -> set[str]:
        """Return the names of the numbers that were seen with more than one value."""
        names = {name for name, values in self.seen.items() if len(values) > 1}
        return {name.split("|")[0].removesuffix("_total") for name in names}

    def wait_for(self, fact: Callable[[dict[str, float]], bool], timeout_s: float = 60.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not fact(found := self.samples()):
            assert time.monotonic() < deadline, json.dumps(found)
            time.sleep(0.1)


def row(number: int, name: str, condition: str = "") -> dict[str, object]:
    fixed = {"source": "AMI", "model": "asterisk_plus.call", "method": "on_event", "delay": 0.0}
    return {"id": number, "name": name, "keep_order": True, "condition": condition, **fixed}


def say(asterisk: FakeAsterisk, name: str) -> None:
    pairs = [("Channel", "PJSIP/1-01"), ("Uniqueid", "1.1"), ("Linkedid", "1.1"), ("Number", "7")]
    asterisk.emit(name, CLASS_OF[name], *pairs, ("Timestamp", f"{time.time():.6f}"))


@pytest.fixture
def odoo(odoo: FakeOdoo) -> FakeOdoo:
    odoo.rows = [row(1, "Newchannel"), row(2, "Hangup"), row(3, "VarSet", "event['Number'] > '7'")]
    return odoo


def test_every_number_moves_with_what_it_tells(
    odoo: FakeOdoo, asterisk: FakeAsterisk, environ: dict[str, str], tmp_path: Path
) -> None:
    port, names = free_port(), {metric.name for metric in METRICS}
    changes = {"METRICS_PORT": str(port), "DELIVER_RETRIES": "1", "LOG_FORMAT": "json"}
    with AgentProcess({**environ, **changes}, tmp_path) as agent:
        agent.wait_for_line("ready: Asterisk")
        asterisk.wait_heard()
        watcher = Watcher(port)
        assert watcher.get("/readyz").status_code == 200
        before = watcher.samples()

        # A call; events that no condition lets pass; and one that no Asterisk says.
        say(asterisk, "Newchannel")
        say(asterisk, "Hangup")
        for _ in range(5):
            say(asterisk, "VarSet")
        asterisk.send_raw(b"Event: Hangup\r\nEvent: Hangup\r\n\r\n")
        watcher.wait_for(lambda now: now.get("items_delivered_total|done", 0) >= 2)
        # A handler that raises, and an Odoo that is away.
        odoo.handlers[2] = _raise
        odoo.on_next("deliver", Http(503))
        say(asterisk, "Hangup")
        watcher.wait_for(lambda now: now["parked_items"] == 1)
        # An Odoo that is slow, and more events than the forwarder fetches.
        release = threading.Event()
        odoo.on_next("deliver", Hold(release))
        for _ in range(MIN_PREFETCH + 200):
            say(asterisk, "Newchannel")
        watcher.wait_for(lambda now: now["undelivered_items"] > 0 and now["queue_events"] > 0)
        release.set()
        watcher.wait_for(lambda now: now["queue_events"] == 0, timeout_s=60)
        # Requests, right and wrong.
        _ask(agent, odoo.hellos[-1]["rpc_token"])
        _ask(agent, "not-the-token")
        # A line that breaks.
        asterisk.cut()
        watcher.wait_for(lambda now: now["connections_total|asterisk"] == 2)
        watcher.wait_for(lambda now: now["up|asterisk"] == 1)

        now = watcher.samples()
        assert now["events_read_total"] - before["events_read_total"] >= 4
        assert now["events_wanted_total"] - before["events_wanted_total"] >= 3
        assert now["events_wanted_total"] < now["events_named_total"] <= now["events_read_total"]
        assert now["items_parked_total"] == 1
        assert sum(n for key, n in now.items() if key.startswith("delivery_failures_total|")) >= 1
        assert sum(n for key, n in now.items() if key.startswith("blocks_rejected_total|")) >= 1
        assert now["rpc_requests_total|test.ping|ok"] == 1
        assert now["rpc_requests_total|none|unauthorized"] == 1
        assert now["rpc_seconds_total|test.ping"] > 0
        assert abs(now["last_delivery_timestamp_seconds"] - time.time()) < 120
        assert names - watcher.moved() <= ELSEWHERE
        assert agent.stop() == 0
    records = [json.loads(line) for line in agent.text.splitlines()]
    assert {"time", "level", "logger", "message"} <= set(records[0])
    assert not any("exception" in record for record in records)


def _raise(event: dict[str, str]) -> None:
    raise ValueError(event["Event"])


def _ask(agent: AgentProcess, token: str) -> None:
    content = {"jsonrpc": "2.0", "id": 1, "method": "test.ping", "params": {"sync": True}}
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(agent.rpc_url, json=content, headers=headers, timeout=30)
