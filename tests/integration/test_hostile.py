"""SCENARIOS 28: a long list of hostile requests against the agent's address, over real sockets.

The same list goes against an agent with a real Asterisk in tests/e2e/test_hostile.py.
"""

from __future__ import annotations

from pathlib import Path

from fakes.stranger import all_refused, entries
from integration.test_rpc_edge import started

#: What the agent asks by itself, when it was connected and when it was silent.
OWN = {"Ping", "CoreShowChannels"}


def test_a_hundred_hostile_requests_are_refused_and_none_reaches_asterisk(tmp_path: Path) -> None:
    assert len(entries("rpc")) >= 100
    for bench in started(tmp_path, ODOO_IP="127.0.0.1"):
        before = bench.asterisk.names()
        wrong = all_refused(bench.address, bench.token)
        assert not wrong, "\n".join(wrong)
        assert set(bench.asterisk.names()[len(before) :]) <= OWN
        lines = [one for one in bench.agent.text.split("\n") if "asterisk_agent.rpc.audit" in one]
        # What is no HTTP at all is refused before there is anything to write down.
        no_http = [e for e in entries("rpc") if (e["status"], e["code"]) == (400, None)]
        assert len(lines) == 2 * len(entries("rpc")) - len(no_http)
        assert bench.token not in bench.agent.text
