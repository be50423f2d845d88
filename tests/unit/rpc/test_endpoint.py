"""One request, and every row of the contract's table of refusals."""

from __future__ import annotations

import ipaddress
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.core.errors import (
    ActionRefusedError,
    AmiNotConnectedError,
    AmiTimeoutError,
    RefusedError,
)
from asterisk_agent.rpc.auth import Failures, Gatekeeper, Token
from asterisk_agent.rpc.endpoint import Endpoint, HttpReply, HttpRequest
from asterisk_agent.rpc.functions import Functions, Prepared, invalid, ping
from asterisk_agent.rpc.jobs import Job
from asterisk_agent.rpc.refusals import BUSY
from fakes.clock import FakeClock

MAX_BODY = 2048


class Runner:
    """Runs at once; ``busy`` and ``late`` say what else can happen."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.timeouts: list[float] = []
        self.busy = self.late = False

    def run(self, call: Prepared, timeout_s: float) -> object:
        self.timeouts.append(timeout_s)
        if self.late:
            raise TimeoutError
        return call()

    def submit(self, job: Job) -> str:
        if self.busy:
            raise RefusedError(BUSY)
        self.jobs.append(job)
        return "j1"


class Bench:
    """An endpoint with its parts, and a way to ask it."""

    def __init__(self, **gate: Any) -> None:
        self.token = Token()
        self.runner = Runner()
        self.functions = Functions()
        self.functions.add("test.ping", ping)
        clock = FakeClock()
        keeper = Gatekeeper(self.token, Failures(clock, maxretry=3), **gate)
        self.endpoint = Endpoint(
            keeper, self.functions, self.runner, clock, max_body=MAX_BODY, allows=self.allows
        )
        self.reads = 0

    def allows(self, model: str, method: str) -> bool:
        return (model, method) == ("asterisk_plus.server", "ping_reply")

    def add(self, name: str, result: Any) -> None:
        def call() -> Any:
            if isinstance(result, Exception):
                raise result
            return result

        self.functions.add(name, lambda *_: call)

    def ask(self, body: bytes, **changes: Any) -> tuple[int, Any]:
        def read(length: int) -> bytes:
            self.reads += 1
            return body[:length]

        http = HttpRequest(
            method=changes.get("method", "POST"),
            path=changes.get("path", "/rpc/"),
            peer=changes.get("peer", "192.0.2.1"),
            authorization=changes.get("authorization", f"Bearer {self.token.value}"),
            forwarded_for=changes.get("forwarded_for", ""),
            content_length=changes.get("content_length", str(len(body))),
            read=read,
            is_there=lambda: changes.get("is_there", True),
        )
        reply: HttpReply = self.endpoint.handle(http)
        return reply.status, json.loads(reply.body)

    def call(self, method: str = "test.ping", **params: Any) -> tuple[int, Any]:
        body = {"jsonrpc": "2.0", "id": 5, "method": method, "params": {"sync": True, **params}}
        return self.ask(json.dumps(body).encode())


@pytest.fixture
def bench() -> Bench:
    return Bench()


def refused(status: int, code: int, message: str, request_id: Any = None) -> tuple[int, Any]:
    error = {"code": code, "message": message}
    return status, {"jsonrpc": "2.0", "id": request_id, "error": error}


class TestAnswers:
    @pytest.mark.parametrize("path", ["/", "/rpc", "/rpc/"])
    def test_a_call_that_is_waited_for(self, bench: Bench, path: str) -> None:
        body = b'{"jsonrpc":"2.0","id":"a","method":"test.ping","params":{"sync":true}}'
        answer = (200, {"jsonrpc": "2.0", "id": "a", "result": True})
        assert bench.ask(body, path=path) == answer
        assert bench.runner.timeouts == [5.0]

    def test_who_has_gone_is_not_served(self, bench: Bench) -> None:
        body = b'{"jsonrpc":"2.0","id":5,"method":"test.ping","params":{"sync":true}}'
        answer = bench.ask(body, is_there=False)
        assert answer == refused(408, -32021, "caller gone", 5)
        assert bench.runner.timeouts == []

    def test_a_time_out_has_a_cap(self, bench: Bench) -> None:
        bench.call(timeout=900)
        bench.call(timeout=0.5)
        assert bench.runner.timeouts == [30.0, 0.5]

    def test_a_job(self, bench: Bench) -> None:
        answer = bench.call(
            sync=False,
            res_model="asterisk_plus.server",
            res_method="ping_reply",
            res_notify_uid=2,
            res_notify_title="Ping",
            pass_back={"x": [1]},
        )
        assert answer == (200, {"jsonrpc": "2.0", "id": 5, "result": {"job": "j1"}})
        (job,) = bench.runner.jobs
        assert (job.function, job.res_model, job.res_method, job.res_notify_uid) == (
            "test.ping",
            "asterisk_plus.server",
            "ping_reply",
            2,
        )
        assert (job.res_notify_title, job.pass_back) == ("Ping", {"x": [1]})

    def test_params_may_be_missing(self, bench: Bench) -> None:
        assert bench.ask(b'{"jsonrpc":"2.0","id":1,"method":"test.ping"}')[0] == 200

    def test_odoo_writes_false_for_what_is_not_there(self, bench: Bench) -> None:
        answer = bench.call(
            res_model=False, res_method=False, res_notify_uid=False, res_notify_title=False
        )
        assert answer[1]["result"] is True


class TestRefusals:
    @pytest.mark.parametrize("shown", ["", "Bearer wrong", "Basic dTpw"])
    def test_token(self, bench: Bench, shown: str) -> None:
        answer = bench.ask(b"{}", authorization=shown)
        assert answer == refused(401, -32001, "unauthorized")
        assert bench.reads == 0

    def test_address(self) -> None:
        bench = Bench(allowed=(ipaddress.ip_network("198.51.100.0/24"),))
        assert bench.ask(b"{}") == refused(403, -32003, "forbidden")
        assert bench.ask(b"{}", authorization="") == refused(403, -32003, "forbidden")

    @pytest.mark.parametrize("path", ["/x", "/rpc/x", "//", "/../etc/shadow", "", "/RPC/"])
    def test_path(self, bench: Bench, path: str) -> None:
        assert bench.ask(b"{}", path=path) == refused(404, -32601, "not found")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "post"])
    def test_method(self, bench: Bench, method: str) -> None:
        assert bench.ask(b"{}", method=method) == refused(405, -32600, "method not allowed")

    @pytest.mark.parametrize("length", [str(MAX_BODY + 1), "9" * 17, "9" * 100_000])
    def test_size_before_anything_is_read(self, bench: Bench, length: str) -> None:
        answer = bench.ask(b"{}", content_length=length)
        assert answer == refused(413, -32013, "too large")
        assert bench.reads == 0

    @pytest.mark.parametrize("length", ["", "-1", "x", "1.5", "0x10", "²"])
    def test_no_length(self, bench: Bench, length: str) -> None:
        answer = bench.ask(b"{}", content_length=length)
        assert answer == refused(411, -32600, "length required")

    def test_too_many_failures(self, bench: Bench) -> None:
        for _ in range(3):
            bench.ask(b"{}", authorization="")
        answer = bench.ask(b"{}", authorization="Bearer x")
        assert answer == refused(429, -32029, "too many failures")

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"\xff", b"nope", b'{"a":NaN}', b"[" * 1500, b'{"id": 1' + b"0" * 9]
    )
    def test_no_json(self, bench: Bench, body: bytes) -> None:
        assert bench.ask(body) == refused(400, -32700, "parse error")

    @pytest.mark.parametrize(
        "request_",
        [
            [],
            [{"jsonrpc": "2.0", "id": 1, "method": "test.ping"}],
            "x",
            None,
            {},
            {"jsonrpc": "1.0", "method": "test.ping"},
            {"jsonrpc": "2.0", "method": 5},
            {"jsonrpc": "2.0", "method": "x" * 300},
            {"jsonrpc": "2.0", "id": {"a": 1}, "method": "test.ping"},
            {"jsonrpc": "2.0", "id": "x" * 300, "method": "test.ping"},
            {"jsonrpc": "2.0", "method": "test.ping", "params": []},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"args": {"a": 1}}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"args": "x"}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"kwargs": [1]}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"sync": "yes"}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"timeout": "5"}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"timeout": 0}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"timeout": True}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"res_model": 1}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"res_notify_uid": -1}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"res_notify_uid": "2"}},
            {"jsonrpc": "2.0", "method": "test.ping", "params": {"res_model": "res.users"}},
            {
                "jsonrpc": "2.0",
                "method": "test.ping",
                "params": {"res_model": "res.users", "res_method": "_private"},
            },
            {
                "jsonrpc": "2.0",
                "method": "test.ping",
                "params": {"res_model": "../x", "res_method": "y"},
            },
            {
                "jsonrpc": "2.0",
                "method": "test.ping",
                "params": {"res_model": "asterisk_plus.server", "res_method": "write"},
            },
        ],
    )
    def test_no_request(self, bench: Bench, request_: Any) -> None:
        answer = bench.ask(json.dumps(request_).encode())
        assert answer[0] == 400
        assert answer[1]["error"] == {"code": -32600, "message": "invalid request"}
        assert not bench.runner.jobs

    @pytest.mark.parametrize(
        "name", ["os.system", "", "test", "test.ping ", "test.PING", "__class__", "TEST.ping"]
    )
    def test_function_that_is_not_listed(self, bench: Bench, name: str) -> None:
        assert bench.call(name) == refused(200, -32601, "method not found", 5)

    @pytest.mark.parametrize("params", [{"args": [1]}, {"kwargs": {"a": 1}}])
    def test_arguments(self, bench: Bench, params: dict[str, Any]) -> None:
        status, reply = bench.call(**params)
        reason = next(iter(params))
        error = {"code": -32602, "message": "invalid params", "data": {"reason": reason}}
        assert (status, reply["error"]) == (200, error)

    @pytest.mark.parametrize(
        ("raised", "code", "message"),
        [
            (ActionRefusedError("not_allowed", "secret words"), -32010, "action refused"),
            (AmiNotConnectedError("secret words"), -32020, "asterisk not connected"),
            (AmiTimeoutError("secret words"), -32021, "timeout"),
            (KeyError("secret words"), -32603, "internal error"),
        ],
    )
    def test_what_a_function_raises(
        self, bench: Bench, raised: Exception, code: int, message: str
    ) -> None:
        bench.add("f", raised)
        status, reply = bench.call("f")
        assert (status, reply["error"]["code"], reply["error"]["message"]) == (200, code, message)
        assert "secret" not in json.dumps(reply)

    def test_time_out(self, bench: Bench) -> None:
        bench.runner.late = True
        assert bench.call() == refused(200, -32021, "timeout", 5)

    def test_busy(self, bench: Bench) -> None:
        bench.runner.busy = True
        assert bench.call(sync=False) == refused(200, -32022, "busy", 5)


class TestLog:
    def test_each_request_leaves_a_line(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "asterisk_agent.rpc.audit")
        bench.call()
        bench.call("os.system")
        bench.ask(b"{}", authorization="Bearer wrong-token")
        assert [record.getMessage() for record in caplog.records] == [
            "192.0.2.1 test.ping: ok, HTTP 200, 0 ms",
            "192.0.2.1 unknown 'os.system': method not found, HTTP 200, 0 ms",
            "192.0.2.1 -: unauthorized, HTTP 401, 0 ms",
        ]

    def test_an_action_and_why_it_was_refused_are_in_the_line(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "asterisk_agent.rpc.audit")
        bench.add("refused", ActionRefusedError("application", "no"))
        bench.call("refused", args=[{"action": "Originate\n"}])
        (record,) = caplog.records
        said = "192.0.2.1 refused 'Originate\\n': action refused (application), HTTP 200, 0 ms"
        assert record.getMessage() == said


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["jsonrpc", "id", "method", "params", "args", "sync", "timeout", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(st.one_of(st.binary(max_size=200), json_values.map(lambda v: json.dumps(v).encode())))
def test_whatever_comes_the_answer_is_one_of_the_table(body: bytes) -> None:
    bench = Bench()
    status, reply = bench.ask(body)
    assert status in {200, 400, 413}
    assert set(reply) == {"jsonrpc", "id", "error"}
    assert reply["error"]["code"] in {-32700, -32600, -32601, -32602, -32013}


def test_a_reason_outside_the_list_is_a_bug() -> None:
    with pytest.raises(ValueError, match="because"):
        invalid("because")


def test_a_function_is_listed_once() -> None:
    functions = Functions()
    functions.add("test.ping", ping)
    with pytest.raises(ValueError, match="already"):
        functions.add("test.ping", ping)
