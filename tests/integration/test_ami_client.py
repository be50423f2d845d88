"""The client against the strict fake, over real sockets."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from asterisk_agent.ami.client import AMIClient
from asterisk_agent.ami.session import Timeouts
from asterisk_agent.ami.state import AMIInfo, AMIState
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.errors import (
    AmiAuthError,
    AmiLocalError,
    AmiNotConnectedError,
    AmiRemoteError,
    AmiTimeoutError,
    AmiUnreachableError,
)
from fakes.asterisk import FakeAccount, FakeAsterisk, FakeConnection, block
from fakes.heard import Heard

WAIT_S = 30.0
#: No wait of the client's own ends because this machine is busy.
PATIENT = dict.fromkeys(("connect_s", "banner_s", "login_s", "write_s", "logoff_s"), WAIT_S)
HANGUP = [("Event", "Hangup"), ("Privilege", "call,all"), ("Uniqueid", "1795393664.16")]


def make(server: FakeAsterisk, heard: Heard | None = None, **options: Any) -> AMIClient:
    heard = heard or Heard()
    options = {"on_event": heard.event, "on_state": heard.info, "agent_name": "agent-1",
               "wanted": ["Hangup"], "backoff": Backoff(0.01, 0.05),
               "auth_backoff": Backoff(0.01, 0.05),
               "timeouts": Timeouts(tick_s=0.05, **PATIENT), **options}  # fmt: skip
    secret = options.pop("secret", "correct horse")
    return AMIClient("127.0.0.1", server.port, "agent", secret, **options)


@contextlib.contextmanager
def running(client: AMIClient) -> Iterator[AMIClient]:
    thread = threading.Thread(target=client.run)
    thread.start()
    try:
        yield client
    finally:
        client.stop()
        thread.join(WAIT_S)
        assert not thread.is_alive()


@contextlib.contextmanager
def connected(
    server: FakeAsterisk, heard: Heard | None = None, **options: Any
) -> Iterator[AMIClient]:
    with running(make(server, heard, **options)) as client:
        assert client.wait_connected(WAIT_S)
        yield client


def wait_for_mask(server: FakeAsterisk, mask: str) -> None:
    server.wait_for(lambda: mask in [action.get("eventmask") for action in server.actions])


@pytest.fixture
def server() -> Iterator[FakeAsterisk]:
    with FakeAsterisk() as fake:
        yield fake


def test_it_logs_in_looks_and_logs_off(server: FakeAsterisk) -> None:
    info = make(server).connect_once()
    assert (info.ami_version, info.asterisk_version) == ("5.0.5", "16.28.0")
    assert server.names() == ["Challenge", "Login", "CoreSettings", "Logoff"]


def test_actions_get_their_answers(server: FakeAsterisk) -> None:
    with connected(server) as client:
        (pong,) = client.action({"Action": "Ping", "ActionID": "mine"}, WAIT_S)
        assert (pong["Ping"], pong["ActionID"]) == ("Pong", "mine")
        (output,) = client.action({"Action": "Command", "Command": "core show uptime"}, WAIT_S)
        assert output["Output"] == ["System uptime: 2 weeks", "", "Last reload: never"]
        channels = client.action({"Action": "CoreShowChannels"}, WAIT_S)
        assert [m.get("Event") for m in channels] == [
            None, "CoreShowChannel", "CoreShowChannel", "CoreShowChannelsComplete"]  # fmt: skip
        (refusal,) = client.action({"Action": "Nope"}, WAIT_S)
        assert refusal["Response"] == "Error"
        assert client.action({"Action": "Ping"}, no_wait=True) == []


def test_an_action_has_one_action_id_at_most(server: FakeAsterisk) -> None:
    with connected(server) as client, pytest.raises(AmiLocalError, match="at most one"):
        client.action({"Action": "Ping", "ActionID": "a", "actionid": "b"}, WAIT_S)


def test_many_threads_get_their_own_answers(server: FakeAsterisk) -> None:
    answers: dict[str, list[dict[str, Any]]] = {}
    with connected(server) as client:

        def ask(number: int) -> None:
            name = f"caller-{number}"
            answers[name] = client.action({"Action": "QueueStatus", "ActionID": name}, WAIT_S)

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_S)
    assert len(answers) == 30
    for name, messages in answers.items():
        assert {message["ActionID"] for message in messages} == {name}
        assert len(messages) == 4


@pytest.mark.parametrize("value", ["x\r\nAction: Logoff", "a\0b", "a\nb"])
def test_what_could_end_a_header_never_reaches_asterisk(server: FakeAsterisk, value: str) -> None:
    with connected(server) as client:
        with pytest.raises(AmiLocalError):
            client.action({"Action": "Ping", "X": value}, WAIT_S)
        client.action({"Action": "Ping"}, WAIT_S)
    assert server.names().count("Logoff") == 1
    assert all("x" not in action for action in server.actions)


def test_events_come_with_time_and_system_name(server: FakeAsterisk) -> None:
    heard = Heard()
    with connected(server, heard):
        stamp = (("Timestamp", "1795396920.953579"), ("SystemName", "pbx1"))
        server.emit("Newexten", "dialplan", *stamp, ("Channel", "x"))
        server.emit("Hangup", "call", *stamp)
        heard.wait_for(lambda: heard.events)
    (event,) = heard.events
    assert (event["EventTime"], event["SystemName"]) == ("1795396920.953579", "pbx1")


def test_events_without_them_get_ours(server: FakeAsterisk) -> None:
    heard = Heard()
    with connected(server, heard):
        server.emit("Hangup", "call", ("Channel", "x"))
        heard.wait_for(lambda: heard.events)
    (event,) = heard.events
    assert event["SystemName"] == "agent-1"
    assert float(event["EventTime"]) > 0


def test_what_is_wanted_changes_without_reconnecting(server: FakeAsterisk) -> None:
    heard = Heard()
    with connected(server, heard) as client:
        client.set_wanted(["Newexten"])
        wait_for_mask(server, "dialplan,system")
        server.emit("Hangup", "call")
        server.emit("Newexten", "dialplan")
        heard.wait_for(lambda: heard.events)
        assert [event["Event"] for event in heard.events] == ["Newexten"]
        # FullyBooted came before; Hangup was masked.
        assert client.info.skipped == 1
    assert len(server.connections) == 1


def test_an_account_that_may_lets_asterisk_filter(server: FakeAsterisk) -> None:
    def listed(connection: FakeConnection, action: dict[str, str]) -> None:
        connection.reply(action, "Success", ("Filter", "words  (Priv: system,all)"))

    server.handlers["listcommands"] = listed
    with connected(server, wanted=["Hangup"]) as client:
        client.set_wanted(["Newexten"])
        client.set_wanted(["Hangup"])
        client.set_wanted(None)
        wait_for_mask(server, "on")
    told = [a.get("filter") or a.get("eventmask") for a in server.actions]
    assert [text for text in told if text] == [
        "^Event: (Hangup)[[:cntrl:]]", "call,system",
        "^Event: (Newexten)[[:cntrl:]]", "dialplan,system",
        "call,system", "^Event: ", "on",
    ]  # fmt: skip


def test_of_two_words_on_what_is_wanted_the_later_counts_and_is_said_once(
    server: FakeAsterisk,
) -> None:
    """The reader looks what is wanted when it has logged in, and others say so meanwhile."""
    server.handlers["listcommands"] = lambda connection, action: connection.reply(
        action, "Success", ("Filter", "words  (Priv: system,all)")
    )

    def change(info: AMIInfo) -> None:
        if info.connected:
            for wanted in (["Newexten"], None):
                client.set_wanted(wanted)

    client = make(server, wanted=["Hangup"], on_state=change)
    with running(client):
        assert client.wait_connected(WAIT_S)
        client.action({"Action": "Ping"}, WAIT_S)
    told = [a.get("filter") or a.get("eventmask") for a in server.actions]
    assert [text for text in told if text] == [
        "^Event: (Hangup)[[:cntrl:]]", "call,system",
        "^Event: (Newexten)[[:cntrl:]]", "dialplan,system", "^Event: ", "on",
    ]  # fmt: skip


def test_a_variable_that_nobody_wants_is_not_even_parsed(server: FakeAsterisk) -> None:
    heard = Heard()
    with connected(server, heard) as client:
        client.set_wanted({"VarSet": ["Variable: DIALSTATUS", "Variable: Q"], "Hangup": []})
        wait_for_mask(server, "call,dialplan,system")
        for variable in ("X", "DIALSTATUS", "MYDIALSTATUS", "QUEUESTATUS"):
            server.emit("VarSet", "dialplan", ("Variable", variable), ("Value", "Variable: Q"))
        server.emit("Hangup", "call")
        heard.wait_for(lambda: heard.events and heard.events[-1]["Event"] == "Hangup")
    assert [event.get("Variable") for event in heard.events] == ["DIALSTATUS", "QUEUESTATUS", None]


def test_a_forged_event_is_dropped_counted_and_logged(
    server: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()
    with connected(server, heard) as client:
        server.send_raw(block([*HANGUP, ("Uniqueid", "forged")]) + block(HANGUP))
        heard.wait_for(lambda: heard.events)
        assert client.info.rejected == {"repeated_header": 1}
        client.action({"Action": "Ping"}, WAIT_S)
    assert len(heard.events) == 1
    assert "messages rejected so far, by reason: {'repeated_header': 1}" in caplog.text


def test_a_wrong_secret_is_seen_and_told(server: FakeAsterisk) -> None:
    heard = Heard()
    with pytest.raises(AmiAuthError, match="Authentication failed"):
        make(server, secret="wrong").connect_once()
    with running(make(server, heard, secret="wrong")) as client:
        heard.wait_for(lambda: heard.states().count(AMIState.WAITING) >= 2)
        assert not client.info.connected
        assert isinstance(client.info.error, AmiAuthError)
        with pytest.raises(AmiNotConnectedError):
            client.action({"Action": "Ping"}, WAIT_S)


def test_a_login_succeeds_once_the_secret_is_mended(server: FakeAsterisk) -> None:
    heard = Heard()
    server.accounts = {"agent": FakeAccount("other")}
    with running(make(server, heard)) as client:
        heard.wait_for(lambda: AMIState.WAITING in heard.states())
        server.accounts = {"agent": FakeAccount("correct horse")}
        assert client.wait_connected(WAIT_S)
        assert client.info.error is None


def test_nobody_listens() -> None:
    with FakeAsterisk() as server:
        client = make(server)
    with pytest.raises(AmiUnreachableError, match="not reachable"):
        client.connect_once()


@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_something_else_listens(banner: bytes) -> None:
    with FakeAsterisk(banner=banner) as server, pytest.raises(AmiRemoteError, match="no Asterisk"):
        make(server).connect_once()


def test_a_cut_in_the_middle_of_a_message_loses_only_that(server: FakeAsterisk) -> None:
    heard = Heard()
    with connected(server, heard) as client:
        server.send_raw(block(HANGUP) + block(HANGUP)[:-9])
        heard.wait_for(lambda: len(heard.events) == 1)
        server.cut()
        server.wait_for(lambda: server.names().count("CoreSettings") == 2)
        assert client.wait_connected(WAIT_S)
        server.send_raw(block(HANGUP))
        heard.wait_for(lambda: len(heard.events) == 2)
        assert client.info.connections == 2
    connecting = [s for s in heard.states() if s in {AMIState.CONNECTED, AMIState.WAITING}]
    assert connecting[:3] == [AMIState.CONNECTED, AMIState.WAITING, AMIState.CONNECTED]


def test_it_comes_back_after_asterisk_was_killed_and_started(server: FakeAsterisk) -> None:
    heard = Heard()
    with connected(server, heard) as client:
        server.stop()
        heard.wait_for(lambda: AMIState.WAITING in heard.states())
        with pytest.raises(AmiNotConnectedError):
            client.action({"Action": "Ping"}, WAIT_S)
        server.start()
        server.wait_for(lambda: server.names().count("CoreSettings") == 2)
        assert client.wait_connected(WAIT_S)
        assert client.action({"Action": "Ping"}, WAIT_S)[0]["Response"] == "Success"


def test_who_waits_for_an_answer_is_told_that_the_connection_is_gone(server: FakeAsterisk) -> None:
    with connected(server) as client:
        server.handlers["ping"] = lambda connection, _: connection.close()
        with pytest.raises(AmiNotConnectedError):
            client.action({"Action": "Ping"}, timeout_s=WAIT_S)


def test_a_half_open_connection_is_given_up(server: FakeAsterisk) -> None:
    heard = Heard()
    timeouts = Timeouts(tick_s=0.01, ping_after_s=0.05, pong_s=0.1, **PATIENT)
    with connected(server, heard, timeouts=timeouts):
        server.silent = True
        heard.wait_for(lambda: any("half open" in str(info.error) for info in heard.infos))
        assert AMIState.WAITING in heard.states()
        server.silent = False
        server.cut()


def test_silence_of_one_action_is_a_time_out_and_the_rest_goes_on(server: FakeAsterisk) -> None:
    with connected(server) as client:
        server.handlers["queuestatus"] = lambda *_: None
        with pytest.raises(AmiTimeoutError):
            client.action({"Action": "QueueStatus"}, timeout_s=0.05)
        assert client.action({"Action": "Ping"}, WAIT_S)[0]["Ping"] == "Pong"


def test_the_reader_waits_for_nobody(server: FakeAsterisk) -> None:
    """Ten thousand events at once: Asterisk cuts a client that does not read them."""
    heard = Heard()
    burst = block(HANGUP) * 10_000
    with connected(server, heard) as client:
        server.send_raw(burst)
        heard.wait_for(lambda: len(heard.events) == 10_000)
        assert client.info.events == 10_000
    assert len(server.connections) == 1


def test_a_listener_that_fails_costs_no_connection(
    server: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()

    def fail_once(event: dict[str, Any]) -> None:
        heard.event(event)
        if len(heard.events) == 1:
            raise RuntimeError("a listener's own fault")

    with connected(server, heard, on_event=fail_once):
        server.send_raw(block(HANGUP) * 2)
        heard.wait_for(lambda: len(heard.events) == 2)
    assert "a listener failed" in caplog.text
    assert len(server.connections) == 1


def test_a_listener_can_not_wait_for_the_reader_that_it_is(server: FakeAsterisk) -> None:
    heard = Heard()
    faults: list[str] = []

    def ask(event: dict[str, Any]) -> None:
        try:
            client.action({"Action": "Ping"}, WAIT_S)
        except RuntimeError as exc:
            faults.append(str(exc))
        heard.event(event)

    client = make(server, heard, on_event=ask)
    with running(client):
        assert client.wait_connected(WAIT_S)
        server.send_raw(block(HANGUP))
        heard.wait_for(lambda: heard.events)
    assert len(faults) == 1


def test_permissions_are_asterisks_to_judge(server: FakeAsterisk) -> None:
    server.accounts = {"agent": FakeAccount("correct horse", write=frozenset({"call"}))}
    with connected(server) as client:
        (refusal,) = client.action({"Action": "Command", "Command": "core show uptime"}, WAIT_S)
        assert refusal["Message"] == "Permission denied"
        assert client.info.asterisk_version == ""


def test_stop_says_goodbye(server: FakeAsterisk) -> None:
    with connected(server):
        pass
    assert server.names()[-1] == "Logoff"


def test_stop_ends_a_client_that_never_connected() -> None:
    heard = Heard()
    with FakeAsterisk() as server:
        client = make(server, heard, backoff=Backoff(60, 60))
    with running(client):
        heard.wait_for(lambda: AMIState.WAITING in heard.states())


def test_the_secret_is_in_no_log(server: FakeAsterisk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with connected(server, auth="plain") as client:
        shown = repr(client) + repr(client.info)
    assert "correct horse" not in caplog.text + shown
    assert server.actions[0]["secret"] == "correct horse"
