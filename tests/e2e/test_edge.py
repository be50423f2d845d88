"""SCENARIOS 28, as far as tokens and function names go: refused at the real edge, and nothing reaches Asterisk."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.cast import Cast
from lab.office import Office

pytestmark = pytest.mark.lab


class Edge:
    """The Agent URL through the TLS proxy, as anybody on the network reaches it."""

    def __init__(self, office: Office, token: str) -> None:
        self.url, self.token = office.nginx.rpc_url, token
        self.tls = ssl.create_default_context(cafile=str(office.tls.file))

    def post(
        self, method: str, *args: Any, token: str | None = None, path: str = ""
    ) -> tuple[int, Any]:
        """Call a function synchronously; return the HTTP status and the reply."""
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {"args": list(args), "sync": True},
        }
        headers = {"Content-Type": "application/json"}
        if token != "":
            headers["Authorization"] = f"Bearer {token or self.token}"
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls)
        )
        try:
            with opener.open(request, timeout=10) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)


@pytest.fixture
def edge(office: Office, people: Cast, agent: Agent) -> Iterator[Edge]:
    """The edge, with the token that Odoo was given."""
    yield Edge(office, office.agent_token())


def actions_at_asterisk(asterisk: Asterisk) -> int:
    """Return how many actions Asterisk's manager logged, but for the keep-alive."""
    text = asterisk.full_log.read_text(errors="replace")
    return sum("Running action '" in line and "'Ping'" not in line for line in text.splitlines())


def test_right_token_reaches_asterisk(edge: Edge) -> None:
    assert edge.post("test.ping") == (200, {"jsonrpc": "2.0", "id": 1, "result": True})
    status, reply = edge.post("asterisk.manager_action", {"Action": "CoreSettings"})
    assert status == 200
    assert reply["result"][0]["Response"] == "Success"


@pytest.mark.parametrize("token", ["", "wrong", "ä"])
def test_28_token_is_refused(edge: Edge, token: str) -> None:
    status, reply = edge.post("test.ping", token=token.encode().decode("latin-1"))
    assert status == 401
    assert reply["error"] == {"code": -32001, "message": "unauthorized"}


@pytest.mark.parametrize(
    "name",
    [
        "asterisk.shutdown",
        "asterisk.__init__",
        "os.system",
        "",
        "test.ping.ping",
        "asterisk",
        "../rpc",
        "test.ping\r\nX: y",
    ],
)
def test_28_function_is_not_on_the_list(edge: Edge, asterisk: Asterisk, name: str) -> None:
    asterisk.cli("core set debug 3 manager.c")
    before = actions_at_asterisk(asterisk)
    status, reply = edge.post(name)
    assert reply["error"]["code"] in (-32601, -32600)
    assert status in (200, 400)
    assert actions_at_asterisk(asterisk) == before


@pytest.mark.parametrize(
    "action",
    [
        {
            "Action": "Originate",
            "Channel": "Local/1@x",
            "Application": "System",
            "Data": "touch /tmp/p",
        },
        {"Action": "Command", "Command": "core stop now"},
        {"Action": "Ping", "X": "a\r\nAction: Originate"},
        {"Action": "Ping\r\n\r\nAction: Originate"},
        {"Action": "UpdateConfig", "SrcFilename": "manager.conf"},
        {"Action": "Logoff"},
    ],
    ids=lambda action: action["Action"][:12].strip(),
)
def test_28_action_is_refused(edge: Edge, asterisk: Asterisk, action: dict[str, str]) -> None:
    asterisk.cli("core set debug 3 manager.c")
    before = actions_at_asterisk(asterisk)
    status, reply = edge.post("asterisk.manager_action", action)
    assert status == 200
    assert reply["error"]["code"] in (-32010, -32602), reply
    assert actions_at_asterisk(asterisk) == before


def test_the_count_of_actions_moves_when_one_arrives(edge: Edge, asterisk: Asterisk) -> None:
    """The two tests above would prove nothing if Asterisk did not log what it runs."""
    asterisk.cli("core set debug 3 manager.c")
    before = actions_at_asterisk(asterisk)
    edge.post("asterisk.manager_action", {"Action": "CoreStatus"})
    assert actions_at_asterisk(asterisk) > before


def test_path_outside_the_edge(edge: Edge) -> None:
    status, _ = edge.post("test.ping", path="../../etc/shadow")
    assert status in (400, 404)
