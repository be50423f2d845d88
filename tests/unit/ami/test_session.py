"""One connection without a socket: the client's engine wired to Asterisk's side of the fake."""

import threading

import pytest

from asterisk_agent.ami.login import Account, log_in, md5_key
from asterisk_agent.ami.memory import MemoryStream
from asterisk_agent.ami.message import Event
from asterisk_agent.ami.pending import PendingActions
from asterisk_agent.ami.session import AMISession, Timeouts
from asterisk_agent.core.errors import (
    AmiAuthError,
    AmiNotConnectedError,
    AmiTimeoutError,
    AmiUnreachableError,
)
from fakes.asterisk_wire import ActionParser, block
from fakes.clock import FakeClock
from unit.ami.samples import BANNER

TIMEOUTS = Timeouts()


class Wire:
    """A session whose other side answers each action from a table, in bites of ten bytes."""

    def __init__(self, answers: dict[str, list[list[tuple[str, str]]]] | None = None) -> None:
        self.clock = FakeClock()
        self.events: list[Event] = []
        self.actions: list[dict[str, str]] = []
        self.answers = answers or {}
        self._parser = ActionParser()
        self.stream = MemoryStream(self.clock, [BANNER[:10], BANNER[10:]], self._answer)
        self.session = AMISession(
            self.stream, clock=self.clock, timeouts=TIMEOUTS, pending=PendingActions(),
            on_event=self.events.append, wanted=None)  # fmt: skip

    def _answer(self, data: bytes) -> list[bytes]:
        said = b""
        for pairs in self._parser.receive_data(data):
            action = dict(pairs)
            self.actions.append(action)
            for first, *rest in self.answers.get(action["Action"], []):
                said += block([first, ("ActionID", action["ActionID"]), *rest])
        return [said[start : start + 10] for start in range(0, len(said), 10)]


def success(*pairs: tuple[str, str]) -> list[list[tuple[str, str]]]:
    return [[("Response", "Success"), *pairs]]


def failure(message: str) -> list[list[tuple[str, str]]]:
    return [[("Response", "Error"), ("Message", message)]]


def test_the_banner_is_awaited() -> None:
    wire = Wire()
    wire.session.greet()
    assert wire.session.ami_version == "5.0.5"


def test_silence_instead_of_a_banner_is_an_error_in_time() -> None:
    clock = FakeClock()
    session = AMISession(
        MemoryStream(clock), clock=clock, timeouts=TIMEOUTS, pending=PendingActions(),
        on_event=lambda _: None, wanted=None)  # fmt: skip
    start = clock.now
    with pytest.raises(AmiUnreachableError, match="banner"):
        session.greet()
    assert clock.now - start == pytest.approx(TIMEOUTS.banner_s)


def test_a_call_collects_a_list_and_events_pass_by() -> None:
    wire = Wire({"Status": [
        [("Response", "Success"), ("EventList", "start")],
        [("Event", "Status"), ("Channel", "a")],
        [("Event", "StatusComplete"), ("EventList", "Complete")],
    ]})  # fmt: skip
    wire.stream.feed(b"Event: Hangup\r\nPrivilege: call,all\r\n\r\n")
    answer = wire.session.call([("Action", "Status")], 5)
    assert [m.get("Event") for m in answer] == [None, "Status", "StatusComplete"]
    assert [event.name for event in wire.events] == ["Hangup"]


def test_an_answer_nobody_asked_for_is_counted_and_dropped() -> None:
    wire = Wire()
    wire.session.greet()
    wire.stream.feed(b"Response: Success\r\nActionID: guess\r\n\r\n"
                     b"Event: OriginateResponse\r\nActionID: guess\r\n\r\n")  # fmt: skip
    wire.session.pump(1)
    assert wire.events == []
    assert wire.session.rejected == {"unasked": 2}


def test_silence_makes_a_ping_and_a_pong_ends_the_worry() -> None:
    wire = Wire({"Ping": success(("Ping", "Pong"))})
    wire.session.greet()
    start = wire.clock.now
    while wire.clock.now - start < 120:
        wire.session.pump(TIMEOUTS.tick_s)
        wire.session.keep_alive()
    pings = [action for action in wire.actions if action["Action"] == "Ping"]
    assert 8 <= len(pings) <= 12


def test_a_half_open_socket_is_noticed_within_thirty_seconds() -> None:
    wire = Wire()
    wire.session.greet()
    start = wire.clock.now

    def live() -> None:
        while True:
            wire.session.pump(TIMEOUTS.tick_s)
            wire.session.keep_alive()

    with pytest.raises(AmiUnreachableError, match="half open"):
        live()
    assert wire.clock.now - start < 30


def test_events_alone_keep_the_connection_alive() -> None:
    wire = Wire()
    wire.session.greet()
    for _ in range(100):
        wire.stream.feed(b"Event: A\r\nPrivilege: call,all\r\n\r\n")
        wire.clock.sleep(5)
        wire.session.pump(TIMEOUTS.tick_s)
        wire.session.keep_alive()
    assert wire.actions == []


def test_the_end_of_the_stream_is_an_error() -> None:
    wire = Wire()
    wire.session.greet()
    wire.stream.feed(b"")
    with pytest.raises(AmiUnreachableError, match="closed"):
        wire.session.pump(1)


def test_an_action_that_is_never_answered_times_out() -> None:
    with pytest.raises(AmiTimeoutError):
        Wire().session.request([("Action", "Ping")], 0.01, action_id="", as_list=False)


def test_a_write_that_fails_closes_for_everybody() -> None:
    def fail(_: bytes) -> list[bytes]:
        raise AmiUnreachableError("the connection to Asterisk was lost: broken pipe")

    wire = Wire()
    stream = MemoryStream(wire.clock, [BANNER], fail)
    wire.session = AMISession(
        stream, clock=wire.clock, timeouts=TIMEOUTS, pending=PendingActions(),
        on_event=wire.events.append, wanted=None)  # fmt: skip
    with pytest.raises(AmiNotConnectedError, match="broken pipe"):
        wire.session.send([("Action", "Ping")])
    assert stream.closed
    with pytest.raises(AmiUnreachableError):
        wire.session.pump(1)


def test_a_request_waits_while_another_thread_pumps() -> None:
    wire = Wire({"Ping": success(("Ping", "Pong"))})
    wire.session.greet()
    answers: list[object] = []
    asked = threading.Thread(
        target=lambda: answers.append(
            wire.session.request([("Action", "Ping")], 10, action_id="", as_list=False)
        )
    )
    asked.start()
    while asked.is_alive():
        wire.session.pump(0.1)
        asked.join(0.001)
    assert answers == [[{"Response": "Success", "Ping": "Pong"}]]


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [("1795396920.953579", "1795396920.953579"), ("", "1795393664.250000"),
     ("nan", "1795393664.250000"), ("1795396920", "1795393664.250000")],
)  # fmt: skip
def test_the_time_of_an_event_is_asterisks(timestamp: str, expected: str) -> None:
    event = Event("A", {"Event": "A", "Timestamp": timestamp})
    assert Wire().session.event_time(event) == expected


ACCOUNT = Account("agent", "deep-secret")
CHALLENGE = {"Challenge": success(("Challenge", "840415273"))}


def test_the_challenge_is_preferred_and_the_secret_stays_at_home() -> None:
    wire = Wire({**CHALLENGE, "Login": success(("Message", "Authentication accepted"))})
    log_in(wire.session, ACCOUNT, 5)
    login = wire.actions[-1]
    assert login["Key"] == md5_key("840415273", "deep-secret")
    assert not any(b"deep-secret" in data for data in wire.stream.written)


def test_md5_of_challenge_and_secret() -> None:
    """``printf 840415273correct | md5sum``."""
    assert md5_key("840415273", "correct") == "5661273b86e7e813f7d59dcfff73531d"


def test_without_a_challenge_the_login_is_plain() -> None:
    wire = Wire({"Challenge": failure("Must specify AuthType"), "Login": success()})
    log_in(wire.session, ACCOUNT, 5)
    assert wire.actions[-1]["Secret"] == "deep-secret"


@pytest.mark.parametrize("classes", ["on", "security"])
def test_the_login_says_which_events_it_wants(classes: str) -> None:
    wire = Wire({**CHALLENGE, "Login": success()})
    log_in(wire.session, Account("agent", "deep-secret", events=classes), 5)
    assert wire.actions[-1]["Events"] == classes


def test_plain_asks_for_no_challenge() -> None:
    wire = Wire({**CHALLENGE, "Login": success()})
    log_in(wire.session, Account("agent", "deep-secret", "plain"), 5)
    assert [action["Action"] for action in wire.actions] == ["Login"]


def test_md5_only_never_falls_back_to_plain() -> None:
    wire = Wire({"Challenge": failure("Must specify AuthType"), "Login": success()})
    with pytest.raises(AmiAuthError, match="no MD5"):
        log_in(wire.session, Account("agent", "deep-secret", "md5"), 5)
    assert [action["Action"] for action in wire.actions] == ["Challenge"]


def test_a_refused_login_tells_asterisks_words_and_the_cure() -> None:
    wire = Wire({**CHALLENGE, "Login": failure("Authentication failed")})
    with pytest.raises(AmiAuthError) as caught:
        log_in(wire.session, ACCOUNT, 5)
    assert "Authentication failed" in caught.value.message
    assert "ASTERISK_AMI_PASSWORD" in caught.value.cure
    assert "deep-secret" not in str(caught.value) + repr(ACCOUNT)


def test_a_secret_that_can_not_be_said_is_not_told() -> None:
    wire = Wire({"Login": success()})
    with pytest.raises(AmiAuthError) as caught:
        log_in(wire.session, Account("agent", "deep\r\nsecret", "plain"), 5)
    assert "deep" not in str(caught.value)
