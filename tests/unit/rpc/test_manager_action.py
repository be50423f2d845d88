"""asterisk.manager_action: its check of arguments, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from asterisk_agent.core.errors import ActionRefusedError, AmiTimeoutError, RefusedError
from asterisk_agent.rpc.manager_action import MAX_HEADERS, MAX_VALUE, ManagerAction


class Ami:
    """Takes actions and answers with what it was given."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer or [{"Response": "Success"}]
        self.taken: list[tuple[Mapping[str, Any], float, bool, bool]] = []

    def action(
        self,
        action: Mapping[str, str | Sequence[str]],
        timeout_s: float = 5.0,
        *,
        no_wait: bool = False,
        as_list: bool = False,
    ) -> Any:
        self.taken.append((action, timeout_s, no_wait, as_list))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


PING = {"Action": "Ping"}


def run(ami: Ami, *args: Any, budget_s: float = 30.0, **kwargs: Any) -> Any:
    return ManagerAction(ami, lambda: None).prepare(args, kwargs, budget_s)()


def test_an_action_goes_to_asterisk() -> None:
    ami = Ami([{"Response": "Success", "Ping": "Pong"}])
    assert run(ami, PING) == [{"Response": "Success", "Ping": "Pong"}]
    assert ami.taken == [(PING, 5.0, False, False)]


def test_options_by_position_and_by_name() -> None:
    ami = Ami()
    run(ami, PING, 7, True, True)
    run(ami, action=PING, timeout=0.5, no_wait=True, as_list=False)
    assert [taken[1:] for taken in ami.taken] == [(7.0, True, True), (0.5, True, False)]


def test_it_answers_before_odoo_stops_waiting() -> None:
    ami = Ami()
    run(ami, PING, timeout=30, budget_s=5)
    assert ami.taken[0][1] < 5


def test_numbers_become_text_and_lists_stay() -> None:
    ami = Ami()
    run(ami, {"Action": "Redirect", "Channel": "PJSIP/1", "Priority": 1, "Exten": "s"})
    assert ami.taken[0][0]["Priority"] == "1"


def test_a_time_out_is_an_answer() -> None:
    answer = run(Ami(AmiTimeoutError("x")), PING)
    assert answer == [{"Response": "Error", "Message": "Action Timeout"}]


@pytest.mark.parametrize("name", ["ReloadEvents", "reloadevents"])
def test_reload_events_never_reaches_asterisk(name: str) -> None:
    ami, reloads = Ami(), []
    call = ManagerAction(ami, lambda: reloads.append(1)).prepare([{"Action": name}], {}, 5)
    assert reloads == []
    assert call()[0]["Response"] == "Success"
    assert (reloads, ami.taken) == ([1], [])


@pytest.mark.parametrize(
    ("args", "kwargs", "reason"),
    [
        ([], {}, "action"),
        ([None], {}, "action"),
        (["Ping"], {}, "action"),
        ([[]], {}, "action"),
        ([{}], {}, "action"),
        ([{"Channel": "x"}], {}, "action"),
        ([{"Action": "Ping", "ACTION": "System"}], {}, "action"),
        ([{"Action": "Ping", **{f"X{n}": "" for n in range(MAX_HEADERS)}}], {}, "action"),
        ([PING, 5, False, False, 1], {}, "args"),
        ([PING], {"wait": 1}, "kwargs"),
        ([PING], {"action": PING}, "kwargs"),
        ([{"Action": "Ping", "": "x"}], {}, "header"),
        ([{"Action": "Ping", "X" * 200: "x"}], {}, "header"),
        ([{"Action": "Ping", "X": None}], {}, "value"),
        ([{"Action": "Ping", "X": True}], {}, "value"),
        ([{"Action": "Ping", "X": 1.5}], {}, "value"),
        ([{"Action": "Ping", "X": {"a": "b"}}], {}, "value"),
        ([{"Action": "Ping", "X": [1]}], {}, "value"),
        ([{"Action": "Ping", "X": "a\r\nAction: System"}], {}, "value"),
        ([{"Action": "Ping", "X": ["a\nb"]}], {}, "value"),
        ([{"Action": "Ping", "X": "a\0"}], {}, "value"),
        ([{"Action": "Ping", "X": "x" * (MAX_VALUE + 1)}], {}, "value"),
        ([{"Action": "Ping\r\n"}], {}, "value"),
        ([PING, "5"], {}, "timeout"),
        ([PING, True], {}, "timeout"),
        ([PING, 0], {}, "timeout"),
        ([PING, 31], {}, "timeout"),
        ([PING, float("nan")], {}, "timeout"),
        ([PING], {"as_list": 1}, "flag"),
        ([PING], {"no_wait": "yes"}, "flag"),
    ],
)
def test_arguments_are_refused(args: list[Any], kwargs: dict[str, Any], reason: str) -> None:
    ami = Ami()
    with pytest.raises(RefusedError) as caught:
        run(ami, *args, **kwargs)
    assert (caught.value.reason, ami.taken) == (reason, [])


@pytest.mark.parametrize("name", ["Login", "UpdateConfig", "Events", "Nope"])
def test_the_policy_refuses_before_anything_runs(name: str) -> None:
    ami = Ami()
    with pytest.raises(ActionRefusedError):
        ManagerAction(ami, lambda: None).prepare([{"Action": name}], {}, 5)
    assert ami.taken == []
