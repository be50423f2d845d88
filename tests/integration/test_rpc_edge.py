"""Odoo's side of the wire: the agent's HTTP address, over real sockets."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from fakes.agent_process import AMI_SECRET, AgentProcess, settings_for
from fakes.asterisk import FakeAccount, FakeAsterisk
from fakes.odoo import FakeOdoo

#: Nobody listens there: the edge needs no broker.
NOBODY = "pyamqp://agent:secret@127.0.0.1:1"


class Bench:
    """An agent between fakes, and a way to ask it as Odoo does."""

    def __init__(self, agent: AgentProcess, odoo: FakeOdoo, asterisk: FakeAsterisk) -> None:
        self.agent, self.odoo, self.asterisk = agent, odoo, asterisk

    @property
    def token(self) -> str:
        return str(self.odoo.hellos[-1]["rpc_token"])

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.agent.environ["RPC_PORT"])

    def post(self, body: Any, **headers: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return requests.post(self.agent.rpc_url, json=body, headers=headers, timeout=35)

    def call(self, method: str, *args: Any, **params: Any) -> Any:
        params = {"sync": True, "args": list(args), **params}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.post(body).json()

    def raw(self, data: bytes) -> bytes:
        """Send bytes, half-close nothing, and read to the end."""
        with socket.create_connection(self.address, timeout=30) as sock:
            sock.sendall(data)
            answer = b""
            while found := sock.recv(65536):
                answer += found
        return answer


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    yield from started(tmp_path)


def started(folder: Path, **changes: str) -> Iterator[Bench]:
    accounts = {"agent": FakeAccount(AMI_SECRET)}
    with FakeOdoo() as odoo, FakeAsterisk(accounts=accounts) as asterisk:
        environ = settings_for(
            odoo_url=odoo.url, ami_port=asterisk.port, amqp_uri=NOBODY, **changes
        )
        with AgentProcess(environ, folder) as agent:
            assert odoo.wait_for(lambda: odoo.hellos), agent.text
            agent.wait_for_line("connected to Asterisk")
            yield Bench(agent, odoo, asterisk)
        assert "Traceback" not in agent.text
        assert odoo.hellos[-1]["rpc_token"] not in agent.text
        assert not odoo.violations


def test_pings(bench: Bench) -> None:
    assert bench.call("test.ping")["result"] is True
    (pong,) = bench.call("asterisk.manager_action", {"Action": "Ping"})["result"]
    assert (pong["Response"], pong["Ping"]) == ("Success", "Pong")


@pytest.mark.parametrize("shown", ["", "Bearer wrong", "Basic YTpi"])
def test_without_the_token_nothing(bench: Bench, shown: str) -> None:
    params = {"args": [{"Action": "QueueStatus"}], "sync": True}
    body = {"jsonrpc": "2.0", "id": 1, "method": "asterisk.manager_action", "params": params}
    reply = bench.post(body, Authorization=shown)
    assert reply.status_code == 401
    assert reply.json() == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -32001, "message": "unauthorized"},
    }
    assert "QueueStatus" not in bench.asterisk.names()
    bench.agent.wait_for_line("unauthorized, HTTP 401")


@pytest.mark.parametrize(
    "name", ["os.system", "asterisk.get_configs", "test.ping.__class__", "../../etc/shadow"]
)
def test_functions_that_are_not_listed(bench: Bench, name: str) -> None:
    assert bench.call(name, "id")["error"] == {"code": -32601, "message": "method not found"}
    bench.agent.wait_for_line("method not found")


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"Action": "UpdateConfig", "SrcFilename": "manager.conf"}, -32010),
        ({"Action": "Originate", "Channel": "x", "Application": "System", "Data": "id"}, -32010),
        ({"Action": "Command", "Command": "module unload x"}, -32010),
        ({"Action": "QueueStatus", "X": "a\r\nAction: Command"}, -32602),
    ],
)
def test_actions_that_are_not_allowed_never_reach_asterisk(
    bench: Bench, action: dict[str, str], code: int
) -> None:
    assert bench.call("asterisk.manager_action", action)["error"]["code"] == code
    assert bench.call("asterisk.manager_action", action, sync=False)["error"]["code"] == code
    assert action["Action"] not in bench.asterisk.names()


def test_too_large_is_said_before_the_body_is_read(bench: Bench) -> None:
    head = f"POST /rpc/ HTTP/1.1\r\nAuthorization: Bearer {bench.token}\r\n"
    answer = bench.raw(f"{head}Content-Length: 1048577\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'{"code": -32013, "message": "too large"}}')


@pytest.mark.parametrize("lines", ["", "Transfer-Encoding: chunked\r\n"], ids=["none", "chunked"])
def test_no_length(bench: Bench, lines: str) -> None:
    head = f"POST /rpc/ HTTP/1.1\r\nAuthorization: Bearer {bench.token}\r\n"
    answer = bench.raw(f"{head}{lines}\r\n0\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 411 ")


@pytest.mark.parametrize(
    "data",
    [
        b"<evil>\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /<evil> HTTP/9.9\r\n\r\n",
        b"GET / HTTP/<evil>\r\n\r\n",
        b"GET /" + b"<evil>" * 10_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /<evil> HTTP/1.1\r\n\r\n",
        b"EVIL / HTTP/1.1\r\n\r\n",
        b"POST /rpc/ HTTP/1.1\r\n" + b"X-Evil: <evil>\r\n" * 5000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
    ids=lambda data: repr(data[:24]),
)
def test_a_refusal_repeats_nothing_of_the_request(bench: Bench, data: bytes) -> None:
    try:
        answer = bench.raw(data)
    except ConnectionError:
        answer = b""
    assert b"evil" not in answer.lower()
    assert b"Traceback" not in answer
    assert b"python" not in answer.lower()
    assert bench.call("test.ping")["result"] is True


def test_no_reply_header_carries_anything_of_the_request(bench: Bench) -> None:
    reply = bench.post(
        {"jsonrpc": "2.0", "id": "marker-1", "method": "test.ping"},
        **{"X-Request-Id": "marker-2", "Origin": "https://marker-3", "Cookie": "marker=4"},
    )
    assert "marker" not in str(reply.headers).lower()
    assert set(reply.headers) <= {
        "Content-Type",
        "Content-Length",
        "Cache-Control",
        "X-Content-Type-Options",
        "Date",
        "Connection",
    }


def test_too_many_failures(bench: Bench) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "test.ping"}
    statuses = [bench.post(body, Authorization="Bearer x").status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    # Odoo, behind the same proxy, is not locked out by an attacker.
    assert bench.call("test.ping")["result"] is True


def test_only_odoo_ip_also_behind_a_proxy(tmp_path: Path) -> None:
    for bench in started(tmp_path, ODOO_IP="192.0.2.5"):
        body = {"jsonrpc": "2.0", "id": 1, "method": "test.ping"}
        asked = {
            source: bench.post(body, **{"X-Forwarded-For": source}).status_code
            for source in ("192.0.2.5", "192.0.2.6", "192.0.2.5, 203.0.113.1", "nonsense")
        }
        assert asked == {
            "192.0.2.5": 200,
            "192.0.2.6": 403,
            "192.0.2.5, 203.0.113.1": 403,
            "nonsense": 403,
        }
        assert bench.post(body).status_code == 403


def test_a_token_is_rotated_on_demand(bench: Bench) -> None:
    old = bench.token
    assert bench.call("agent.rotate_token")["result"] is True
    assert bench.odoo.wait_for(lambda: bench.token != old)
    assert bench.call("test.ping")["result"] is True
    body = {"jsonrpc": "2.0", "id": 1, "method": "test.ping"}
    assert bench.post(body, Authorization=f"Bearer {old}").status_code == 401
    assert old not in bench.agent.text


def test_a_job_is_answered_at_once_and_calls_back(bench: Bench) -> None:
    answer = bench.call(
        "asterisk.manager_action",
        {"Action": "Hangup", "Channel": "PJSIP/101-1"},
        sync=False,
        res_model="asterisk_plus.server",
        res_method="hangup_reply",
        pass_back={"call_id": 12},
        res_notify_uid=2,
        res_notify_title="Hang up",
    )
    assert list(answer["result"]) == ["job"]
    # The callback goes to the fake's own model: it knows no such method, and that is logged.
    assert bench.odoo.wait_for(lambda: bench.odoo.notices)
    assert bench.odoo.notices[0] == (
        2,
        {"title": "Hang up", "message": "No such channel", "warning": True, "sticky": False},
    )


def test_asterisk_away(bench: Bench) -> None:
    bench.asterisk.stop()
    bench.agent.wait_for_line("ami.unreachable")
    reply = bench.call("asterisk.manager_action", {"Action": "Ping"})
    assert reply["error"] == {"code": -32020, "message": "asterisk not connected"}
    bench.call(
        "asterisk.manager_action",
        {"Action": "Ping"},
        sync=False,
        res_model="my.model",
        res_method="done",
    )
    assert bench.odoo.wait_for(lambda: bench.odoo.callbacks)
    assert bench.odoo.callbacks[0] == (
        "my.model",
        "done",
        {"error": {"code": -32020, "message": "asterisk not connected"}},
        None,
    )


def test_who_waits_for_a_silent_asterisk_blocks_nobody(bench: Bench) -> None:
    bench.asterisk.silent = True
    with ThreadPoolExecutor(40) as pool:
        slow = [
            pool.submit(
                bench.call, "asterisk.manager_action", {"Action": "Ping"}, timeout=20, sync=sync
            )
            for sync in (True, False)
            for _ in range(20)
        ]
        bench.asterisk.wait_for(lambda: bench.asterisk.names().count("Ping") >= 20)
        assert bench.call("test.ping")["result"] is True
        assert not any(future.done() for future in slow[:20])
        replies = [future.result() for future in slow]
    timed_out = [{"Response": "Error", "Message": "Action Timeout"}]
    assert [reply["result"] for reply in replies[:20]] == [timed_out] * 20


def test_a_new_start_has_a_new_token(tmp_path: Path) -> None:
    tokens = {bench.token for _ in range(2) for bench in started(tmp_path)}
    assert len(tokens) == 2


@pytest.mark.lab
def test_other_nameko_services_call_ours(
    agent: AgentProcess, amqp_uri: str, asterisk: FakeAsterisk
) -> None:
    script = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import eventlet; eventlet.monkey_patch()\n"
        "import json, sys\n"
        "from nameko.standalone.rpc import ClusterRpcProxy\n"
        "with ClusterRpcProxy({'AMQP_URI': sys.argv[1]}, timeout=30) as cluster:\n"
        "    asterisk, test = (cluster[f'{one}.{sys.argv[2]}'] for one in ('asterisk', 'test'))\n"
        "    found = [test.ping(), asterisk.manager_action({'Action': 'Ping'})]\n"
        "    for call in (lambda: asterisk.manager_action({'Action': 'UpdateConfig'}),\n"
        "                 lambda: asterisk.nothing(),\n"
        "                 lambda: test.ping(1),\n"
        "                 lambda: cluster.test.ping()):\n"
        "        try:\n"
        "            found.append(call())\n"
        "        except Exception as exc:\n"
        "            found.append(getattr(exc, 'exc_type', type(exc).__name__))\n"
        "print(json.dumps(found))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, amqp_uri, agent.environ["AGENT_NAME"]],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    ping, action, refused, missing, wrong, bare = json.loads(run.stdout)
    assert ping is True
    assert action[0]["Ping"] == "Pong"
    assert (refused, missing, wrong) == (
        "ActionRefusedError",
        "MethodNotFound",
        "IncorrectSignature",
    )
    # Under the bare name nobody answers: that would be any agent of this RabbitMQ.
    assert bare == "UnknownService"
    assert "UpdateConfig" not in asterisk.names()
