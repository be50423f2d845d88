"""The agent's side of tests/contract/*.json: it asks as they say, and understands the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from asterisk_agent.core.clock import SystemClock
from asterisk_agent.core.errors import (
    AmiNotConnectedError,
    BanRefusedError,
    ConfigFileError,
    OdooAccessError,
    OdooAuthError,
    OdooError,
    OdooSessionExpiredError,
)
from asterisk_agent.firewall.access_rules import read_rows
from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.gateway import AgentInfo, OdooGateway
from asterisk_agent.odoo.jsonrpc import JsonRpc
from asterisk_agent.odoo.recordings import OdooRecordings
from asterisk_agent.rpc.auth import Failures, Gatekeeper, Token
from asterisk_agent.rpc.config_files import ConfigFunctions
from asterisk_agent.rpc.endpoint import Endpoint, HttpRequest
from asterisk_agent.rpc.first_answer import FirstAnswer
from asterisk_agent.rpc.functions import Functions, Prepared, ping, without_arguments
from asterisk_agent.rpc.health import add_health
from asterisk_agent.rpc.jobs import Job
from asterisk_agent.rpc.manager_action import ManagerAction
from asterisk_agent.rpc.originate import Originate
from asterisk_agent.rpc.parked import add_parked
from asterisk_agent.rpc.recordings import RecordingFunctions
from asterisk_agent.rpc.refusals import CONFIG_CLOSED, CONFIG_FILE, NO_RECORDING, SECURITY_OFF
from asterisk_agent.rpc.security import SecurityFunctions

FILES = {
    path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("*.json"))
}
TO_ODOO = {n: f for n, f in FILES.items() if f["direction"] == "agent to odoo"}
CALLBACKS = FILES["agent_hello"]["reply"]["body"]["result"]["callbacks"]
TO_AGENT = {n: f for n, f in FILES.items() if f["direction"] == "odoo to agent"}
LOGGED_IN = {"jsonrpc": "2.0", "id": 0, "result": {"uid": 6}}
#: What Odoo's errors of the files mean to the agent.
MEANINGS: dict[str, type[OdooError]] = {
    "odoo.exceptions.AccessError": OdooAccessError,
    "odoo.exceptions.AccessDenied": OdooAuthError,
    "odoo.http.SessionExpiredException": OdooSessionExpiredError,
}


class Wire(BaseAdapter):
    """Answers every request with what it was given, and keeps the requests."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[tuple[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        assert request.body is not None
        self.asked.append((request.path_url, json.loads(request.body)))
        response = requests.Response()
        response.status_code = 200
        response.raw = BytesIO(json.dumps(self.answers.pop(0)).encode())
        response.headers["Content-Type"] = "application/json"
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


def client_of(wire: Wire, params: dict[str, Any]) -> OdooClient:
    session = requests.Session()
    session.mount("http://", wire)
    names = {name: params.get(name, "x") for name in ("db", "password")}
    user = params.get("login", "x")
    return OdooClient(JsonRpc("http://odoo", session=session), user=user, **names)


def ask(client: OdooClient, params: dict[str, Any]) -> Any:
    """Make the call of a file with the agent's own method for it."""
    if "login" in params:
        return client.login()
    gateway, args = OdooGateway(client), params["args"]
    calls: dict[str, Callable[[], Any]] = {
        "agent_hello": lambda: gateway.agent_hello(AgentInfo(**args[0])),
        "get_events_map": gateway.get_events_map,
        "report_event_errors": lambda: gateway.report_event_errors(args[0]),
        "deliver": lambda: gateway.deliver(args[0]["boot"], args[0]["settled"], args[0]["items"]),
        "agent_parked": lambda: gateway.agent_parked(args[0]["count"], args[0]["last"]),
        "recording_begin": lambda: OdooRecordings(client).begin(args[0]),
        "recording_finish": lambda: OdooRecordings(client).finish(args[0]),
        "security_news": lambda: gateway.security_news(args[0]["store"], args[0]["items"]),
        "notify_user": lambda: gateway.notify_user(args[0], **args[1]),
    }
    method = params["method"]
    if method not in calls:
        return gateway.callback(params["model"], method, *args)
    return calls[method]()


def test_there_are_files() -> None:
    assert {"agent_hello", "get_events_map", "deliver", "authenticate"} <= set(TO_ODOO)
    assert {"rpc_test_ping", "rpc_originate", "rpc_unknown_function"} <= set(TO_AGENT)


@pytest.mark.parametrize("name", [n for n in TO_ODOO if "reply" in TO_ODOO[n]])
def test_the_agent_asks_as_the_file_says_and_takes_the_reply(name: str) -> None:
    request, reply = TO_ODOO[name]["request"], TO_ODOO[name]["reply"]
    params = request["body"]["params"]
    answers = [reply["body"]] if "login" in params else [LOGGED_IN, reply["body"]]
    wire = Wire(*answers)
    result = ask(client_of(wire, params), params)
    path, body = wire.asked[-1]
    assert (path, {**body, "id": 1}) == (request["path"], {**request["body"], "id": 1})
    if params.get("method") == "deliver":
        wanted = [tuple(r.values()) for r in reply["body"]["result"]["results"]]
        assert [tuple(vars(r).values()) for r in result] == wanted


@pytest.mark.parametrize("name", [n for n in TO_ODOO if "error" in TO_ODOO[n]])
def test_the_agent_understands_the_error(name: str) -> None:
    params = TO_ODOO[name]["request"]["body"]["params"]
    body = TO_ODOO[name]["error"]["body"]
    meaning = MEANINGS[body["error"]["data"]["name"]]
    answers = [body] if "login" in params else [LOGGED_IN, body, LOGGED_IN, body]
    with pytest.raises(meaning) as caught:
        ask(client_of(Wire(*answers), params), params)
    assert body["error"]["data"]["debug"] not in str(caught.value)


class Ami:
    """An Asterisk that answers with what a file says, or is away."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.taken: list[Any] = []

    def action(self, action: Any, timeout_s: float = 5, **options: Any) -> Any:
        self.taken.append(action)
        if self.answer is None:
            raise AmiNotConnectedError("away")
        return self.answer


class Guard:
    """The reactor's place: reads rows as it does, and has the bans of a file."""

    def __init__(self, bans: Any) -> None:
        self.bans = bans

    def update_access_rules(self, rows: Any) -> Any:
        return read_rows(rows)[1]

    def banned(self) -> Any:
        return self.bans

    def ban(self, address: str, reason: str, seconds: float | None) -> None:
        assert reason
        if address == "198.51.100.9":
            raise BanRefusedError("it is a trunk")

    def unban(self, addresses: Any) -> None:
        assert addresses


class Parked:
    """A queue of parked events that gives what a file says."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def listed(self, limit: int) -> Any:
        return self.answer[:limit]

    def replay(self) -> Any:
        return self.answer

    def drop(self) -> Any:
        return self.answer


class Files:
    """The folder of recordings, with one file in it."""

    def request(self, path: str, linkedid: str) -> None:
        assert path
        assert linkedid

    def read(self, path: str) -> bytes:
        return b"RIFF"

    def delete(self, path: str) -> None:
        assert path


class Configs:
    """The folder of configuration, with one file in it, or as a file says without."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def read(self, name: str) -> bytes:
        return b"[general]\n"

    def read_all(self) -> dict[str, bytes]:
        return {"extensions.conf": b"[general]\n"}

    def write(self, name: str, content: bytes, was: str | None = None) -> None:
        if self.reason:
            raise ConfigFileError(self.reason)

    def remove(self, name: str, was: str | None = None) -> None:
        self.write(name, b"", was)


class Runner:
    """Runs what is waited for at once, and keeps jobs."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def run(self, call: Prepared, timeout_s: float) -> object:
        return call()

    def submit(self, job: Job) -> str:
        self.jobs.append(job)
        return "0123456789ab"


def gone_wrong(ami: Ami, file: dict[str, Any]) -> bool:
    return ami.answer is None and "error" in file


def add_configs(functions: Functions, file: dict[str, Any]) -> None:
    error = file.get("error", {}).get("body", {}).get("error", {})
    reason = error["data"]["reason"] if error.get("code") == CONFIG_FILE.code else ""
    folder: Any = Configs(reason)
    access: Any = "none" if error.get("code") == CONFIG_CLOSED.code else "write"
    ConfigFunctions(folder, access, lambda work, *args: work(*args)).add_to(functions)


def answer_to(file: dict[str, Any], ami: Ami, runner: Runner, shown: str = "") -> tuple[int, Any]:
    token, functions, clock = Token(), Functions(), SystemClock()
    functions.add("test.ping", ping)
    functions.add("agent.rotate_token", without_arguments(lambda: True))
    functions.add("asterisk.manager_action", ManagerAction(ami, lambda: None).prepare)
    originate = Originate(ami, FirstAnswer(ami, clock))
    functions.add("asterisk.originate", originate.prepare)
    add_health(functions, lambda: file["reply"]["body"]["result"])
    add_parked(functions, Parked(file.get("reply", {}).get("body", {}).get("result")))
    off = "error" in file and file["error"]["body"]["error"]["code"] == SECURITY_OFF.code
    SecurityFunctions(None if off else Guard(ami.answer)).add_to(functions)
    gone = ami.answer is None and "error" in file
    gone = gone and file["error"]["body"]["error"]["code"] == NO_RECORDING.code
    RecordingFunctions(None if gone else Files()).add_to(functions)
    add_configs(functions, file if gone_wrong(ami, file) else {})
    keeper = Gatekeeper(token, Failures(clock))
    endpoint = Endpoint(
        keeper,
        functions,
        runner,
        clock,
        max_body=1 << 20,
        allows=lambda model, method: f"{model}.{method}" in CALLBACKS,
    )
    request = file["request"]
    body = json.dumps(request["body"]).encode()
    reply = endpoint.handle(
        HttpRequest(
            method=request["method"],
            path=request["path"],
            peer="192.0.2.1",
            authorization=shown or f"Bearer {token.value}",
            forwarded_for="",
            content_length=str(len(body)),
            read=lambda length: body[:length],
        )
    )
    return reply.status, json.loads(reply.body)


def without(action: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in action.items() if name not in names}


@pytest.mark.parametrize("name", [n for n in TO_AGENT if "reply" in TO_AGENT[n]])
def test_the_agent_answers_as_the_file_says(name: str) -> None:
    file = TO_AGENT[name]
    wanted = file["reply"]["body"]["result"]
    ami, runner = Ami(wanted if isinstance(wanted, list) else []), Runner()
    status, reply = answer_to(file, ami, runner)
    assert status == file["reply"]["status"]
    assert set(reply) == {"jsonrpc", "id", "result"}
    params = file["request"]["body"]["params"]
    if params["sync"]:
        assert type(reply["result"]) is type(wanted)
    else:
        assert sorted(reply["result"]) == ["job"]
        (job,) = runner.jobs
        assert (job.res_model, job.res_method, job.pass_back) == (
            params["res_model"],
            params["res_method"],
            params["pass_back"],
        )
        job.run()
        asked = params["args"][0]
        sent = [action for action in ami.taken if action["Action"] != "Getvar"]
        if isinstance(asked, dict):
            assert [without(sent[0], "Async")] == [without(asked, "Async")]
            assert len(sent) == 1
        else:  # several phones: each is called into waiting, and sent on later
            waiting = ("Async", "Application", "Data", "Context", "Exten", "Priority")
            assert [without(s, *waiting) for s in sent] == [without(a, *waiting) for a in asked]


@pytest.mark.parametrize("name", list(TO_AGENT))
def test_the_agent_refuses_as_the_file_says(name: str) -> None:
    error = TO_AGENT[name]["error"]
    shown = "Bearer wrong" if error["status"] == 401 else ""
    status, reply = answer_to(TO_AGENT[name], Ami(None), Runner(), shown)
    assert (status, reply) == (error["status"], error["body"])
