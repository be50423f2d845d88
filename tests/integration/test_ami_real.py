"""The client against real Asterisk 16 and 22, with the account of asterisk/manager.conf."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from lab.asterisk import Asterisk
from lab.net import free_port
from lab.stack import Lab

from asterisk_agent.ami.client import AMIClient
from asterisk_agent.ami.encode import MAX_LINE_BYTES
from asterisk_agent.ami.policy import prepare_action
from asterisk_agent.ami.session import Timeouts
from asterisk_agent.ami.state import AMIState
from asterisk_agent.ami.transport import tls_context
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.errors import AmiAuthError, AmiNotConnectedError, AmiTlsError
from fakes.certificate import certificate
from fakes.heard import Heard

pytestmark = pytest.mark.lab
WAIT_S = 60.0


class TlsAsterisk(Asterisk):
    """The lab's Asterisk, which also listens with TLS."""

    def prepare(self) -> None:
        super().prepare()
        self.tls_port = free_port()
        cert, key = certificate(self.folder, "localhost")
        with (self.etc / "manager.conf").open("a") as conf:
            conf.write(f"\n[general](+)\ntlsenable = yes\ntlsbindaddr = 127.0.0.1:{self.tls_port}\n"
                       f"tlscertfile = /mnt/run/{cert.name}\n"
                       f"tlsprivatekey = /mnt/run/{key.name}\n")  # fmt: skip


@pytest.fixture(scope="module")
def lab(provisioned: None) -> Iterator[Lab]:
    if shutil.which("openssl") is None:
        pytest.fail("openssl is needed: apt-get install openssl")
    with Lab() as running:
        yield running


@pytest.fixture(scope="module", params=[16, 22])
def asterisk(lab: Lab, request: pytest.FixtureRequest) -> Iterator[TlsAsterisk]:
    running = lab.start(TlsAsterisk(lab.folder / f"ami-{request.param}", request.param))
    yield running
    lab.drop(running)


def make(asterisk: Asterisk, heard: Heard | None = None, **options: Any) -> AMIClient:
    heard = heard or Heard()
    secret = options.pop("secret", asterisk.ami_secret)
    user = options.pop("user", asterisk.ami_user)
    port = options.pop("port", asterisk.ami_port)
    host = options.pop("host", "127.0.0.1")
    return AMIClient(host, port, user, secret, on_event=heard.event, on_state=heard.info,
                     backoff=Backoff(0.05, 0.5), **options)  # fmt: skip


@contextlib.contextmanager
def connected(
    asterisk: Asterisk, heard: Heard | None = None, **options: Any
) -> Iterator[AMIClient]:
    client = make(asterisk, heard, **options)
    thread = threading.Thread(target=client.run)
    thread.start()
    try:
        assert client.wait_connected(WAIT_S)
        yield client
    finally:
        client.stop()
        thread.join(WAIT_S)
        assert not thread.is_alive()


@pytest.mark.parametrize("auth", ["plain", "md5", "auto"])
def test_login(asterisk: Asterisk, auth: Any) -> None:
    info = make(asterisk, auth=auth).connect_once()
    assert info.asterisk_version.startswith(f"{asterisk.version}.")
    assert info.system_name == asterisk.system_name
    assert info.ami_version
    assert info.rejected == {}


@pytest.mark.parametrize("auth", ["plain", "md5"])
@pytest.mark.parametrize("account", [{"secret": "wrong"}, {"user": "nobody"}])
def test_a_wrong_login_is_seen_and_told(
    asterisk: Asterisk, auth: Any, account: dict[str, str]
) -> None:
    with pytest.raises(AmiAuthError, match="Authentication failed"):
        make(asterisk, auth=auth, **account).connect_once()


def test_login_with_tls(asterisk: TlsAsterisk) -> None:
    ca_file = asterisk.folder / "localhost.pem"
    over_tls = {"host": "localhost", "port": asterisk.tls_port}
    with connected(asterisk, **over_tls, tls=tls_context(ca_file)) as client:
        assert client.action({"Action": "Ping"})[0]["Ping"] == "Pong"
        assert client.action({"Action": "QueueStatus"})[-1]["Event"] == "QueueStatusComplete"
    with pytest.raises(AmiTlsError):
        make(asterisk, **over_tls, tls=tls_context()).connect_once()
    with pytest.raises(AmiTlsError):
        make(asterisk, host="localhost", tls=tls_context(ca_file)).connect_once()


@pytest.mark.parametrize(
    ("action", "last"),
    [
        ("CoreShowChannels", "CoreShowChannelsComplete"),
        ("QueueStatus", "QueueStatusComplete"),
        ("QueueSummary", "QueueSummaryComplete"),
        ("Status", "StatusComplete"),
        ("DeviceStateList", "DeviceStateListComplete"),
        ("ExtensionStateList", "ExtensionStateListComplete"),
        ("PJSIPShowEndpoints", "EndpointListComplete"),
        ("PJSIPShowContacts", "ContactListComplete"),
        ("BridgeList", "BridgeListComplete"),
        ("ParkedCalls", "ParkedCallsComplete"),
        ("Parkinglots", "ParkinglotsComplete"),
        ("ConfbridgeListRooms", None),
    ],
)
def test_lists_are_collected_to_their_end(
    asterisk: Asterisk, action: str, last: str | None
) -> None:
    with connected(asterisk) as client:
        messages = client.action(prepare_action({"Action": action, "ActionID": "mine"}))
    assert {message["ActionID"] for message in messages} == {"mine"}
    if last is None or messages[0]["Response"] == "Error":
        # app_confbridge, res_parking: no rooms or no module is one response, and no list.
        assert len(messages) == 1
    else:
        assert messages[-1]["Event"] == last
        assert int(str(messages[-1]["ListItems"])) == len(messages) - 2


def test_the_output_of_a_command(asterisk: Asterisk) -> None:
    with connected(asterisk, user="lab", secret=asterisk.lab_secret) as client:
        command = {"Action": "Command", "Command": "core show settings"}
        (answer,) = client.action(prepare_action(command))
        assert answer["Message"] == "Command output follows"
        assert any("PBX Core settings" in line for line in answer["Output"])
        (wrong,) = client.action({"Action": "Command", "Command": "no such command"})
        assert wrong["Response"] == "Error"


def test_the_least_rights_account_may_not_command(asterisk: Asterisk) -> None:
    with connected(asterisk) as client:
        (answer,) = client.action({"Action": "Command", "Command": "core show uptime"})
        assert answer == {"Response": "Error", "Message": "Permission denied"}
        (unknown,) = client.action({"Action": "Nonsense"})
        assert unknown["Response"] == "Error"


def test_events_of_a_call_come_with_their_times(asterisk: Asterisk) -> None:
    heard = Heard()
    call = {
        "Action": "Originate",
        "Channel": "Local/1@no-such-context",
        "Application": "Wait",
        "Data": "1",
        "ActionID": "my-call",
        "Variable": ["A=1", "CALLERID(name)=Zoë: x"],
    }
    with connected(asterisk, heard, wanted=["OriginateResponse", "Newchannel", "Hangup"]) as client:
        (queued,) = client.action(prepare_action(call))
        assert queued["Message"] == "Originate successfully queued"
        heard.wait_for(lambda: any(e["Event"] == "OriginateResponse" for e in heard.events))
        response = next(e for e in heard.events if e["Event"] == "OriginateResponse")
        assert (response["ActionID"], response["Response"]) == ("my-call", "Failure")
        for event in heard.events:
            assert event["EventTime"] == event["Timestamp"]
            assert event["SystemName"] == asterisk.system_name
        assert client.info.skipped > 0
        assert client.info.rejected == {}


def test_asterisk_says_only_what_is_wanted_and_more_when_that_changes(asterisk: Asterisk) -> None:
    """By classes for everybody, by events for an account with write=system; more when it widens."""
    lab_user = {"user": "lab", "secret": asterisk.lab_secret}
    # An event of no known class: then nothing is masked.
    all_heard, masked, filtered = Heard(), Heard(), Heard()
    wanted = ["OriginateResponse", "Hangup"]
    with (
        connected(asterisk, all_heard, wanted=[*wanted, "NoSuchEvent"]) as everything,
        connected(asterisk, masked, wanted=wanted) as by_class,
        connected(asterisk, filtered, wanted=wanted, **lab_user) as by_event,
    ):
        clients = (everything, by_class, by_event)
        place_call(everything, "1")
        for heard in (all_heard, masked, filtered):
            heard.wait_for(lambda h=heard: names(h).count("OriginateResponse") == 1)
        skipped = [client.info.skipped for client in clients]
        assert skipped[0] > skipped[1] > skipped[2]
        for client in clients:
            client.set_wanted([*wanted, "VarSet"])
            assert client.action({"Action": "Ping"})[0]["Ping"] == "Pong"
        place_call(everything, "2")
        for heard in (all_heard, masked, filtered):
            heard.wait_for(lambda h=heard: names(h).count("OriginateResponse") == 2)
            heard.wait_for(lambda h=heard: "VarSet" in names(h))


def names(heard: Heard) -> list[str]:
    return [str(event["Event"]) for event in heard.events]


def place_call(client: AMIClient, number: str) -> None:
    call = {
        "Action": "Originate",
        "Channel": f"Local/{number}@no-such-context",
        "Application": "Wait",
        "Data": "1",
        "Variable": "A=1",
    }
    assert client.action(prepare_action(call))[0]["Response"] == "Success"


def test_the_longest_line_that_we_send_is_read_whole(asterisk: Asterisk) -> None:
    heard = Heard()
    value = "v" * (MAX_LINE_BYTES - len("Key: "))
    lab_user = {"user": "lab", "secret": asterisk.lab_secret}
    with connected(asterisk, heard, wanted=["UserEvent"], **lab_user) as client:
        event = {"Action": "UserEvent", "UserEvent": "Longest", "Key": value}
        assert client.action(event)[0]["Response"] == "Success"
        heard.wait_for(lambda: heard.events)
    assert heard.events[0]["Key"] == value


def test_texts_in_any_language_come_back(asterisk: Asterisk) -> None:
    heard = Heard()
    lab_user = {"user": "lab", "secret": asterisk.lab_secret}
    with connected(asterisk, heard, wanted=["UserEvent"], **lab_user) as client:
        client.action({"Action": "UserEvent", "UserEvent": "Text", "Key": "Zoë: 北京 😀"})
        heard.wait_for(lambda: heard.events)
    assert heard.events[0]["Key"] == "Zoë: 北京 😀"


def test_asterisk_killed_and_started(asterisk: Asterisk) -> None:
    heard = Heard()
    with connected(asterisk, heard, wanted=["FullyBooted"]) as client:
        asterisk.kill()
        heard.wait_for(lambda: any(i.state is AMIState.WAITING for i in heard.infos))
        with pytest.raises(AmiNotConnectedError):
            client.action({"Action": "Ping"})
        heard.events.clear()
        asterisk.start()
        heard.wait_for(lambda: heard.events)
        assert client.wait_connected(WAIT_S)
        assert client.action({"Action": "Ping"})[0]["Ping"] == "Pong"
        assert client.info.connections == 2


def test_a_frozen_asterisk_is_noticed(asterisk: Asterisk) -> None:
    """The sockets of a frozen process stay open: half open, as behind a dead router."""
    heard = Heard()
    timeouts = Timeouts(ping_after_s=1.0, pong_s=2.0)
    with connected(asterisk, heard, timeouts=timeouts):
        asterisk.pause()
        try:
            heard.wait_for(lambda: any(i.state is AMIState.WAITING for i in heard.infos))
        finally:
            asterisk.resume()
    assert any("half open" in str(info.error) for info in heard.infos)
