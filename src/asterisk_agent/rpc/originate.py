"""``asterisk.originate``: ring several phones for one call; who picks up first goes on.

One phone needs nothing of this: an Originate by ``asterisk.manager_action`` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from asterisk_agent.ami.policy import check_action, prepare_action
from asterisk_agent.core.errors import AmiNotConnectedError, AmiTimeoutError, RefusedError
from asterisk_agent.rpc.first_answer import Actions, FirstAnswer
from asterisk_agent.rpc.functions import Prepared, invalid
from asterisk_agent.rpc.jsonrpc import DEFAULT_TIMEOUT_S
from asterisk_agent.rpc.manager_action import ACTION_TIMEOUT, action_of, timeout_of
from asterisk_agent.rpc.refusals import BUSY

MAX_PHONES = 10
MAX_RING_S = 300
#: Where a phone waits while it is judged: milliseconds; and if the agent dies, not for ever.
WAITING = {"Application": "Wait", "Data": "15"}
TARGET = ("Context", "Exten", "Priority")
#: Neither brackets nor commas: they go into a dialplan function (func_dialplan.c).
_PLACE = re.compile(r"[\w.+*#@-]{1,79}", re.ASCII)
_PRIORITY = re.compile(r"[0-9]{1,4}")
_CHANNEL_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
_MILLISECONDS = re.compile(r"[0-9]{1,6}")
#: As Asterisk says it of one Originate (manager.c: action_originate).
NO_EXTEN = {"Response": "Error", "Message": "Extension does not exist."}
TOO_LATE = {"Response": "Error", "Message": "Another phone was picked up"}
NOT_CONNECTED = {"Response": "Error", "Message": "Asterisk is not connected"}

Fields = dict[str, str | list[str]]


class Originate:
    """The function: its check of arguments, and what runs afterwards."""

    def __init__(self, ami: Actions, first_answer: FirstAnswer) -> None:
        self._ami = ami
        self._first_answer = first_answer

    def prepare(self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float) -> Prepared:
        """Check arguments and policy. Raise ``RefusedError``, ``ActionRefusedError``."""
        if not 1 <= len(args) <= 2 or set(kwargs) - {"timeout"} or (len(args) > 1 and kwargs):
            raise invalid("args")
        timeout_s = timeout_of(kwargs.get("timeout", args[1] if len(args) > 1 else None))
        actions = _checked(args[0])
        timeout_s = min(timeout_s, budget_s, DEFAULT_TIMEOUT_S)
        return lambda: self._run(actions, timeout_s)

    def _run(self, actions: Sequence[Fields], timeout_s: float) -> list[dict[str, Any]]:
        """Return Asterisk's answer to each Originate, in their order."""
        if self._first_answer.is_full:
            raise RefusedError(BUSY)
        answers: list[Mapping[str, Any] | None]
        answers = [None if self._leads_on(one, timeout_s) else NO_EXTEN for one in actions]
        good = {
            str(one["ChannelId"]): one for one, no in zip(actions, answers, strict=True) if not no
        }
        targets = {name: {key: str(one[key]) for key in TARGET} for name, one in good.items()}
        ring_s = max((int(str(one["Timeout"])) / 1000 for one in actions), default=0)
        race = self._first_answer.begin(targets, ring_s) if targets else None
        for place, action in enumerate(actions):
            if race is not None and answers[place] is None:
                is_in_time = race.call(str(action["ChannelId"]))
                answer = self._ring(action, timeout_s) if is_in_time else TOO_LATE
                # After a time-out it may ring all the same.
                if answer.get("Response") != "Success" and answer is not ACTION_TIMEOUT[0]:
                    self._first_answer.lost(str(action["ChannelId"]))
                answers[place] = answer
        if all(one is NOT_CONNECTED for one in answers):
            raise AmiNotConnectedError("Asterisk is not connected", "see `asterisk-agent check`")
        return [dict(one or {}) for one in answers]

    def _leads_on(self, action: Fields, timeout_s: float) -> bool:
        """Tell whether the dialplan has the extension; if it can't be asked, say yes."""
        # A value that is neither 0 nor 1: func_dialplan is not loaded.
        place = ",".join(str(action[name]) for name in TARGET)
        question = {"Action": "Getvar", "Variable": f"DIALPLAN_EXISTS({place})"}
        try:
            answer = self._ami.action(question, timeout_s)
        except AmiTimeoutError:
            return True
        return not answer or answer[0].get("Value") != "0"

    def _ring(self, action: Fields, timeout_s: float) -> Mapping[str, Any]:
        kept = {name: value for name, value in action.items() if name not in TARGET}
        try:
            answer = self._ami.action({**kept, **WAITING}, timeout_s)
        except AmiTimeoutError:
            return ACTION_TIMEOUT[0]
        except AmiNotConnectedError:
            return NOT_CONNECTED
        return answer[0] if answer else {}


def _checked(found: Any) -> list[Fields]:
    """Return the actions, ready to be sent. Raise ``RefusedError``, ``ActionRefusedError``."""
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_PHONES:
        raise invalid("action")
    actions = [_originate(one) for one in found]
    if len({one["ChannelId"] for one in actions}) != len(actions):
        raise invalid("action")
    return actions


def _originate(found: Any) -> Fields:
    """Check one Originate of an extension; headers are spelled as Asterisk documents them."""
    action = action_of(found)
    check_action(action)
    wanted = {
        "Action": re.compile("Originate"),
        "Context": _PLACE,
        "Exten": _PLACE,
        "Priority": _PRIORITY,
        "ChannelId": _CHANNEL_ID,
        "Timeout": _MILLISECONDS,
    }
    for name, pattern in wanted.items():
        value = action.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise invalid("header")
    # Asterisk takes any case: a second spelling would be sent beside the one that was checked.
    names = [name.lower() for name in action]
    if len(set(names)) != len(names) or {"application", "data", "otherchannelid"} & set(names):
        raise invalid("header")
    if int(str(action["Timeout"])) > MAX_RING_S * 1000:
        raise invalid("timeout")
    return dict(prepare_action(action))  # type: ignore[arg-type]
