"""SCENARIOS 28, tokens and function names: refused at the edge, and nothing reaches Asterisk."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from lab.asterisk import Asterisk
from lab.cast import Cast
from lab.net import HOST
from lab.office import Office
from lab.stack import Lab
from lab.tap import Tap

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
        request = urllib.request.Request(self.url, json.dumps(body).encode(), headers)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls)
        )
        try:
            with opener.open(request, timeout=60) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    def status(self, url: str) -> int:
        """Post a right request to an address; return the HTTP status."""
        host, _, path = url.removeprefix("http://").partition("/")
        link = http.client.HTTPConnection(host, timeout=60)
        try:
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "test.ping"})
            link.request("POST", f"/{path}", body, {"Authorization": f"Bearer {self.token}"})
            return link.getresponse().status
        finally:
            link.close()


@pytest.fixture(scope="module")
def tap(asterisk: Asterisk) -> Iterator[Tap]:
    """What stands between the agent and Asterisk, and hears every action."""
    with Tap(asterisk.ami_port) as listening:
        yield listening


@pytest.fixture(scope="module")
def edge(lab: Lab, office: Office, people: Cast, asterisk: Asterisk, tap: Tap) -> Iterator[Edge]:
    """The edge of an agent whose AMI is tapped, with the token that Odoo was given."""
    agent = office.agent(asterisk, {"ASTERISK_AMI_PORT": str(tap.port)})
    yield Edge(office, office.agent_token())
    lab.drop(agent)


def test_right_token_reaches_asterisk(edge: Edge, tap: Tap) -> None:
    assert edge.post("test.ping") == (200, {"jsonrpc": "2.0", "id": 1, "result": True})
    before = tap.actions()
    status, reply = edge.post("asterisk.manager_action", {"Action": "CoreStatus"})
    assert status == 200
    assert reply["result"][0]["Response"] == "Success"
    assert tap.actions() == [*before, "CoreStatus"]


@pytest.mark.parametrize("token", ["", "wrong", "\u00e4", "a b"])
def test_28_token_is_refused(edge: Edge, tap: Tap, token: str) -> None:
    before = tap.actions()
    status, reply = edge.post("asterisk.manager_action", {"Action": "CoreStatus"}, token=token)
    assert status == 401
    assert reply["error"] == {"code": -32001, "message": "unauthorized"}
    assert tap.actions() == before


@pytest.mark.parametrize(
    "name",
    [
        *("asterisk.shutdown", "asterisk.__init__", "os.system", "", "test.ping.ping", "asterisk"),
        *("../rpc", "test.ping\r\nX: y", "Test.Ping", "test.ping "),
    ],
)
def test_28_function_is_not_on_the_list(edge: Edge, tap: Tap, name: str) -> None:
    before = tap.actions()
    status, reply = edge.post(name, {"Action": "CoreStatus"})
    assert (status, reply["error"]["code"]) in [(200, -32601), (400, -32600)]
    assert tap.actions() == before


@pytest.mark.parametrize(
    "action",
    [
        {"Action": "Originate", "Channel": "Local/1@x", "Application": "System", "Data": "x"},
        {"Action": "Command", "Command": "core stop now"},
        {"Action": "Ping", "X": "a\r\nAction: Originate"},
        {"Action": "Ping\r\n\r\nAction: Originate"},
        {"Action": "UpdateConfig", "SrcFilename": "manager.conf"},
        {"Action": "Logoff"},
        {},
    ],
    ids=lambda action: action.get("Action", "none")[:12].strip(),
)
def test_28_action_is_refused(edge: Edge, tap: Tap, action: dict[str, str]) -> None:
    before = tap.actions()
    status, reply = edge.post("asterisk.manager_action", action)
    assert status == 200
    assert reply["error"]["code"] in (-32010, -32602), reply
    assert tap.actions() == before


def test_28_nothing_beside_the_agent_url(edge: Edge, office: Office) -> None:
    for path in ("shadow", "..%2f..%2fetc/shadow", "test.ping"):
        assert edge.status(f"http://{HOST}:{office.rpc_port}/rpc/{path}") == 404
    assert edge.status(f"http://{HOST}:{office.rpc_port}/etc/shadow") == 404
