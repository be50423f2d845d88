"""The client against the strict fake, over real sockets: actions, events, listeners."""

import threading
from typing import Any

import pytest

from asterisk_agent.ami.state import AMIInfo, AMIState
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.errors import (
    AmiLocalError,
)
from fakes.asterisk import FakeAccount, FakeAsterisk, FakeConnection
from fakes.asterisk_wire import block
from fakes.heard import Heard
from integration.ami_client.clients import HANGUP, WAIT_S, connected, make, running, wait_for_mask


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
