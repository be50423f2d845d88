"""The list of live channels, as Odoo gets it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from asterisk_agent.core.errors import AmiNotConnectedError
from asterisk_agent.services.reconciling import CONNECTED, HEADERS, TRIES, Reconciler
from fakes.clock import FakeClock

CHANNEL = {
    "Event": "CoreShowChannel",
    "Channel": "PJSIP/101-1",
    "Uniqueid": "1.1",
    "Linkedid": "1.1",
    "AccountCode": "not wanted",
}
ANSWER = [{"Response": "Success"}, CHANNEL, {"Event": "CoreShowChannelsComplete"}]


class Ami:
    """Answers CoreShowChannels and Ping."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def action(self, action: Any, timeout_s: float = 5.0) -> Any:
        self.asked.append(action["Action"])
        if action["Action"] == "Ping":
            return [{"Response": "Success", "Timestamp": "1795000000.123456"}]
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def reconcile(ami: Ami, *, stamped: bool = False) -> list[tuple[dict[str, Any], Any]]:
    published: list[tuple[dict[str, Any], Any]] = []

    def publish(event: dict[str, Any], rows: Sequence[Any]) -> None:
        published.append((event, rows))
        reconciler.stop()

    reconciler = Reconciler(ami, FakeClock(), publish, first_wait_s=0.001)
    reconciler.stamped = stamped
    reconciler.request(CONNECTED)
    reconciler.run()
    return published


def test_the_event() -> None:
    ((event, rows),) = reconcile(Ami(ANSWER))
    assert rows == [[0, 0, True]]
    assert (event["Event"], event["Reason"]) == ("Reconcile", "ami_connected")
    assert event["AsOf"] == event["EventTime"] == "1795393664.250000"
    (channel,) = event["Channels"]
    assert set(channel) == set(HEADERS)
    assert (channel["Uniqueid"], channel["Duration"]) == ("1.1", "")


def test_as_of_is_asked_before_the_list_and_by_asterisks_clock_if_its_events_carry_it() -> None:
    ami = Ami(ANSWER)
    ((event, _),) = reconcile(ami, stamped=True)
    assert ami.asked == ["Ping", "CoreShowChannels"]
    assert event["AsOf"] == "1795000000.123456"


def test_who_hung_up_while_the_list_was_made_is_not_in_it() -> None:
    published: list[dict[str, Any]] = []
    other = {**CHANNEL, "Uniqueid": "1.2"}

    class Late(Ami):
        def action(self, action: Any, timeout_s: float = 5.0) -> Any:
            answer = super().action(action, timeout_s)
            reconciler.see({"Event": "Hangup", "Uniqueid": "1.1"})
            return answer

    def publish(event: dict[str, Any], rows: Sequence[Any]) -> None:
        published.append(event)
        reconciler.stop()

    late = Late([ANSWER[0], CHANNEL, other, ANSWER[-1]])
    reconciler = Reconciler(late, FakeClock(), publish, first_wait_s=0.001)
    reconciler.request(CONNECTED)
    reconciler.run()
    assert [channel["Uniqueid"] for channel in published[0]["Channels"]] == ["1.2"]


def test_a_list_that_fails_is_asked_again_and_never_taken_for_an_empty_one(
    caplog: Any,
) -> None:
    ami = Ami([{"Response": "Error", "Message": "Permission denied"}], ANSWER)
    assert len(reconcile(ami)) == 1
    assert "Permission denied (give the AMI account write=reporting)" in caplog.text


def test_it_gives_up_until_the_next_connection() -> None:
    ami = Ami(*[AmiNotConnectedError("away")] * 99)
    reconciler = Reconciler(ami, FakeClock(), lambda *_: None, first_wait_s=0.001)
    thread = threading.Thread(target=reconciler.run)
    reconciler.request(CONNECTED)
    thread.start()
    while len(ami.asked) < TRIES:
        assert thread.is_alive()
    reconciler.request(CONNECTED)
    while len(ami.asked) < TRIES + 1:
        assert thread.is_alive()
    reconciler.stop()
    thread.join(30)
    assert not thread.is_alive()
