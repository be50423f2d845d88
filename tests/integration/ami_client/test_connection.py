"""The client's connection, over real sockets: refused, cut, half open, and back again."""

import pytest

from asterisk_agent.ami.session import Timeouts
from asterisk_agent.ami.state import AMIState
from asterisk_agent.core.errors import (
    AmiAuthError,
    AmiNotConnectedError,
    AmiRemoteError,
    AmiTimeoutError,
    AmiUnreachableError,
)
from fakes.asterisk import FakeAccount, FakeAsterisk
from fakes.asterisk_wire import block
from fakes.heard import Heard
from integration.ami_client.clients import HANGUP, PATIENT, WAIT_S, connected, make, running


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
