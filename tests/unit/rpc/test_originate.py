"""asterisk.originate: its check of arguments, and what it tells Asterisk and Odoo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.fakes.clock import FakeClock

from asterisk_agent.core.errors import (
    ActionRefusedError,
    AmiNotConnectedError,
    AmiTimeoutError,
    RefusedError,
)
from asterisk_agent.rpc.first_answer import EVENT, FirstAnswer
from asterisk_agent.rpc.manager_action import ACTION_TIMEOUT
from asterisk_agent.rpc.originate import MAX_PHONES, NO_EXTEN, TOO_LATE, Originate


class Ami:
    """Takes actions; the dialplan has every extension but those of the context ``gone``."""

    def __init__(self) -> None:
        self.taken: list[Mapping[str, Any]] = []
        self.error: Exception | None = None
        self.exists = "1"
        self.when_called: Any = None

    def action(
        self, action: Mapping[str, str | Sequence[str]], timeout_s: float = 5
    ) -> list[dict[str, Any]]:
        self.taken.append(action)
        if action["Action"] == "Getvar":
            gone = "gone" in action["Variable"]
            return [{"Response": "Success", "Value": "0" if gone else self.exists}]
        if self.error is not None:
            raise self.error
        if self.when_called:
            self.when_called(action)
        return [{"Response": "Success", "Message": "Originate successfully queued"}]

    def of(self, name: str) -> list[Mapping[str, Any]]:
        return [action for action in self.taken if action["Action"] == name]


def phone(number: int, **more: Any) -> dict[str, Any]:
    common = {
        "Action": "Originate",
        "Channel": f"PJSIP/10{number}",
        "Context": "from-internal",
        "Exten": "+32470000001",
        "Priority": "1",
        "Timeout": "30000",
        "ChannelId": f"odoo-5f0c2e6b9d1a4c37-1795393664.{number}",
        "Variable": ["PJSIP_HEADER(add,Alert-Info)=info=alert-autoanswer"],
    }
    return {**common, **more}


def make() -> tuple[Ami, FirstAnswer, Originate]:
    ami = Ami()
    judge = FirstAnswer(ami, FakeClock())
    return ami, judge, Originate(ami, judge)


def test_every_phone_is_called_into_waiting() -> None:
    ami, judge, function = make()
    answers = function.prepare([[phone(1), phone(2)]], {}, 5)()
    assert [answer["Response"] for answer in answers] == ["Success", "Success"]
    first, second = ami.of("Originate")
    assert (first["Channel"], second["Channel"]) == ("PJSIP/101", "PJSIP/102")
    for action in (first, second):
        assert (action["Application"], action["Data"], action["Async"]) == ("Wait", "15", "true")
        assert not {"Context", "Exten", "Priority"} & action.keys()
        assert action["Variable"] == phone(1)["Variable"]
    assert len(judge) == 2


def test_who_is_picked_up_is_sent_to_their_own_extension() -> None:
    ami, judge, function = make()
    function.prepare([[phone(1), phone(2, Context="sales")]], {"timeout": 3}, 5)()
    judge.on_event({"Event": EVENT, "Uniqueid": phone(2)["ChannelId"], "Response": "Success"})
    judge.judge()
    (redirect,) = ami.of("Redirect")
    assert (redirect["Channel"], redirect["Context"]) == (phone(2)["ChannelId"], "sales")
    assert (redirect["Exten"], redirect["Priority"]) == ("+32470000001", "1")


def test_an_extension_that_is_not_there_rings_nobody() -> None:
    ami, judge, function = make()
    assert function.prepare([[phone(1, Context="gone")]], {}, 5)() == [NO_EXTEN]
    answers = function.prepare([[phone(1, Context="gone"), phone(2)]], {}, 5)()
    assert [answer["Response"] for answer in answers] == ["Error", "Success"]
    assert [action["Channel"] for action in ami.of("Originate")] == ["PJSIP/102"]
    assert len(judge) == 1


def test_a_dialplan_that_can_not_be_asked_is_believed() -> None:
    ami, _, function = make()
    ami.exists = ""
    assert function.prepare([[phone(1)]], {}, 5)()[0]["Response"] == "Success"


def test_who_picks_up_at_once_keeps_the_next_phone_silent() -> None:
    ami, judge, function = make()

    def pick_up(action: Mapping[str, Any]) -> None:
        if action["Action"] == "Originate":
            judge.on_event({"Event": EVENT, "Uniqueid": action["ChannelId"], "Response": "Success"})
            judge.judge()

    ami.when_called = pick_up
    answers = function.prepare([[phone(1), phone(2)]], {}, 5)()
    assert answers[1] == TOO_LATE
    assert len(ami.of("Originate")) == 1


def test_asterisk_refuses_and_the_race_is_forgotten() -> None:
    ami, judge, function = make()
    ami.error = AmiNotConnectedError("away")
    with pytest.raises(AmiNotConnectedError):
        function.prepare([[phone(1), phone(2)]], {}, 5)()
    judge.judge()
    assert len(judge) == 0


def test_after_a_time_out_a_phone_may_ring_all_the_same() -> None:
    ami, judge, function = make()
    ami.error = AmiTimeoutError("late")
    assert function.prepare([[phone(1)]], {}, 5)() == ACTION_TIMEOUT
    judge.judge()
    assert len(judge) == 1


WRONG: dict[str, Any] = {
    "no list": phone(1),
    "nobody": [],
    "no action": ["Originate"],
    "too many": [phone(number) for number in range(MAX_PHONES + 1)],
    "another action": [phone(1, Action="Ping")],
    "twice the same channel": [phone(1), phone(1)],
    "no channel id": [{k: v for k, v in phone(1).items() if k != "ChannelId"}],
    "no extension": [{k: v for k, v in phone(1).items() if k != "Exten"}],
    "an application": [phone(1, Application="System", Data="x")],
    "an application in another case": [phone(1, application="Echo")],
    "a header twice": [phone(1, context="other")],
    "another channel's id": [phone(1, OtherChannelId="1")],
    "a list for a text": [phone(1, Exten=["1", "2"])],
    "too long": [phone(1, Timeout="300001")],
    "no time": [phone(1, Timeout="-1")],
    "CR LF": [phone(1, Exten="1\r\nAction: Logoff")],
    "a function's end": [phone(1, Exten="1)")],
    "a comma": [phone(1, Context="a,b")],
    "an expression": [phone(1, Exten="${SHELL(id)}")],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(name: str) -> None:
    ami, judge, function = make()
    with pytest.raises((RefusedError, ActionRefusedError)):
        function.prepare([WRONG[name]], {}, 5)
    assert (ami.taken, len(judge)) == ([], 0)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ([], {}),
        ([[phone(1)], 5, 6], {}),
        ([[phone(1)]], {"x": 1}),
        ([[phone(1)]], {"timeout": "5"}),
    ],
)
def test_wrong_arguments(args: Any, kwargs: Any) -> None:
    with pytest.raises(RefusedError):
        make()[2].prepare(args, kwargs, 5)


def test_the_policy_is_asked_of_each_phone() -> None:
    function = make()[2]
    with pytest.raises(ActionRefusedError):
        function.prepare([[phone(1), phone(2, Variable=["X=${SHELL(id)}"])]], {}, 5)


def test_the_bound_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterisk_agent.rpc.first_answer.MAX_RACES", 0)
    ami, _, function = make()
    with pytest.raises(RefusedError):
        function.prepare([[phone(1)]], {}, 5)()
    assert ami.taken == []
