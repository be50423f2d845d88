"""Dashboard and alert rules speak of metrics that exist, and of all that matter."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from asterisk_agent.services.metrics import METRICS, PREFIX

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
#: Those that the process's own collector adds.
PROCESS = {"asterisk_agent_process_resident_memory_bytes"}
KNOWN = {row.shown for row in METRICS} | PROCESS


def named(text: str) -> set[str]:
    return set(re.findall(rf"\b{PREFIX}\w+", text))


def rules() -> list[dict[str, Any]]:
    loaded = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def test_the_alerts_use_metrics_that_exist_and_name_a_cure() -> None:
    for rule in rules():
        assert named(rule["expr"]) <= KNOWN, rule["alert"]
        assert {"summary", "cure"} <= set(rule["annotations"]), rule["alert"]


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    board = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    texts = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert named(" ".join(texts)) == KNOWN
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(set(places)) == len(places)


def test_labels_in_queries_are_labels_of_the_metric() -> None:
    labels = {row.shown: {"instance", "job", *row.labels} for row in METRICS}
    board = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    texts = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    for text in texts + [rule["expr"] for rule in rules()]:
        for name, inside in re.findall(rf"({PREFIX}\w+)\{{([^}}]*)\}}", text):
            used = set(re.findall(r"(\w+)\s*[=!]~?", inside))
            assert used <= labels.get(name, {"instance"}), text
