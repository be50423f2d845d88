"""Whoever has the token, and sends whatever he likes: fixed answers, and clean actions only."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.ami.encode import action_pairs, encode_action
from asterisk_agent.ami.policy import check_action
from asterisk_agent.rpc.manager_action import ManagerAction
from asterisk_agent.rpc.security import SecurityFunctions
from unit.rpc.test_endpoint import Bench
from unit.rpc.test_manager_action import Ami

CODES = {-32700, -32600, -32601, -32602, -32010, -32013, -32024}
_texts = st.text(max_size=12) | st.sampled_from(
    [
        "Originate",
        "Command",
        "Ping",
        "CoreStatus",
        "Setvar",
        "MixMonitor",
        "System",
        "${SHELL(id)}",
        "a\r\nAction: Originate",
        "../../etc/passwd",
        "core show version",
        "1.2.3.4",
        "Local/1@x",
    ]
)
_names = st.text(max_size=8) | st.sampled_from(
    ["Action", "action", "Channel", "Application", "Data", "Variable", "Exten", "File", "Command"]
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=8,
)
actions = st.dictionaries(_names, _texts | st.lists(_texts, max_size=2) | _values, max_size=5)
functions = st.sampled_from(
    [
        "test.ping",
        "asterisk.manager_action",
        "asterisk.update_access_rules",
        "asterisk.get_banned",
        "asterisk.remove_banned_addresses",
        "os.system",
    ]
)
params = st.fixed_dictionaries(
    {"args": st.lists(actions | _values, max_size=3), "sync": st.just(True)},
    optional={
        "kwargs": st.dictionaries(st.text(max_size=8), _values, max_size=2),
        "timeout": _values,
        "res_model": _texts,
        "res_method": _texts,
    },
)


@given(functions, params)
def test_fixed_answers_and_clean_actions(method: str, given_params: dict[str, Any]) -> None:
    bench, ami = Bench(), Ami()
    bench.functions.add("asterisk.manager_action", ManagerAction(ami, lambda: None).prepare)
    SecurityFunctions(None).add_to(bench.functions)
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": given_params}
    status, reply = bench.ask(json.dumps(body).encode())
    assert status in {200, 400, 413}
    assert "result" in reply or reply["error"]["code"] in CODES, reply
    for action, *_ in ami.taken:
        check_action(action)
        wire = encode_action(action_pairs(action))
        assert wire.count(b"\r\n\r\n") == 1
        assert wire.lower().count(b"\r\naction:") + wire.lower().startswith(b"action:") == 1
