"""``asterisk.manager_action``: one AMI action, checked before anything is queued or sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from asterisk_agent.ami.policy import check_action, prepare_action
from asterisk_agent.core.errors import AmiTimeoutError
from asterisk_agent.rpc.functions import Prepared, invalid
from asterisk_agent.rpc.jsonrpc import DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S

#: Answered by the agent itself; never reaches Asterisk.
RELOAD_EVENTS = "reloadevents"
#: Far above what an Originate with all its variables needs.
MAX_HEADERS = 64
MAX_VALUE = 8192
#: The reply must reach Odoo before Odoo stops waiting for it.
MARGIN_S = 0.25
ACTION_TIMEOUT = [{"Response": "Error", "Message": "Action Timeout"}]

Action = Mapping[str, str | Sequence[str]]


class Actions(Protocol):
    """What this needs of an AMI client."""

    def action(
        self,
        action: Action,
        timeout_s: float = ...,
        *,
        no_wait: bool = ...,
        as_list: bool = ...,
    ) -> Sequence[Mapping[str, Any]]:
        """Send an action and collect its answer."""


class ManagerAction:
    """The function: its check of arguments, and what runs afterwards."""

    def __init__(self, ami: Actions, reload_events: Callable[[], None]) -> None:
        self._ami = ami
        self._reload_events = reload_events

    def prepare(self, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float) -> Prepared:
        """Check arguments and policy. Raise ``RefusedError``, ``ActionRefusedError``."""
        action, options = _arguments(args, kwargs)
        timeout_s = min(options["timeout"], max(budget_s - MARGIN_S, budget_s / 2))
        if _is_reload(action):
            return self._reload
        check_action(action)
        prepared = prepare_action(action)
        no_wait, as_list = options["no_wait"], options["as_list"]
        return lambda: self._run(prepared, timeout_s, no_wait=no_wait, as_list=as_list)

    def _reload(self) -> list[dict[str, str]]:
        self._reload_events()
        return [{"Response": "Success", "Message": "Events map reload requested"}]

    def _run(
        self, action: Action, timeout_s: float, *, no_wait: bool, as_list: bool
    ) -> list[dict[str, Any]]:
        try:
            found = self._ami.action(action, timeout_s, no_wait=no_wait, as_list=as_list)
        except AmiTimeoutError:
            return [dict(message) for message in ACTION_TIMEOUT]
        return [dict(message) for message in found]


def _is_reload(action: Mapping[str, Any]) -> bool:
    names = [value for name, value in action.items() if name.lower() == "action"]
    return len(names) == 1 and str(names[0]).lower() == RELOAD_EVENTS


def _arguments(
    args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[dict[str, str | list[str]], dict[str, Any]]:
    names = ("action", "timeout", "as_list", "no_wait")
    if len(args) > len(names):
        raise invalid("args")
    given = dict(zip(names, args, strict=False))
    if set(kwargs) - set(names) or set(kwargs) & set(given):
        raise invalid("kwargs")
    given.update(kwargs)
    options = {
        "timeout": timeout_of(given.get("timeout")),
        "as_list": _flag(given.get("as_list")),
        "no_wait": _flag(given.get("no_wait")),
    }
    return action_of(given.get("action")), options


def action_of(found: Any) -> dict[str, str | list[str]]:
    """Return an action of Odoo with the types that AMI knows. Raise ``RefusedError``."""
    if not isinstance(found, Mapping) or not found or len(found) > MAX_HEADERS:
        raise invalid("action")
    if [name.lower() for name in found].count("action") != 1:
        raise invalid("action")
    return {_header(name): _value(value) for name, value in found.items()}


def _header(name: Any) -> str:
    # What may stand in a header's name is the AMI layer's check; here only its size.
    if not isinstance(name, str) or not 0 < len(name) <= 128:
        raise invalid("header")
    return name


def _value(value: Any) -> str | list[str]:
    if isinstance(value, list):
        if len(value) > MAX_HEADERS or not all(isinstance(v, str) for v in value):
            raise invalid("value")
        return [_text(v) for v in value]
    return _text(value)


def _text(value: Any) -> str:
    # Odoo's code writes Timeout: 30000 as often as "30000"; True and 1.5 mean nothing in AMI.
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > MAX_VALUE:
        raise invalid("value")
    if any(character in value for character in "\r\n\0"):
        raise invalid("value")
    return value


def timeout_of(value: Any) -> float:
    """Return the seconds that an argument says, the default for none. Raise ``RefusedError``."""
    if value is None:
        return DEFAULT_TIMEOUT_S
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid("timeout")
    if not math.isfinite(value) or not 0 < value <= MAX_TIMEOUT_S:
        raise invalid("timeout")
    return float(value)


def _flag(value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise invalid("flag")
    return value
