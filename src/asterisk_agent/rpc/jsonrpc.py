"""Read a JSON-RPC 2.0 request of the contract, and write replies."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from asterisk_agent.core.errors import RefusedError
from asterisk_agent.rpc.refusals import INVALID_REQUEST, PARSE_ERROR, error_object

DEFAULT_TIMEOUT_S = 5.0
MAX_TIMEOUT_S = 30.0
#: Ids, names and titles: longer than any that is meant.
MAX_TEXT = 255


@dataclass(frozen=True, slots=True)
class RpcRequest:
    """A request whose envelope is right; its function and arguments are still unchecked."""

    id: str | int | None
    method: str
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    sync: bool = False
    timeout_s: float = DEFAULT_TIMEOUT_S
    res_model: str = ""
    res_method: str = ""
    res_notify_uid: int = 0
    res_notify_title: str = ""
    pass_back: Any = None


def parse(body: bytes) -> RpcRequest:
    """Given a request's body, return the request. Raise ``RefusedError``."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RefusedError(PARSE_ERROR) from None
    if not isinstance(data, dict):
        raise RefusedError(INVALID_REQUEST)
    request_id = _id_of(data)
    try:
        return _request(data, request_id)
    except (TypeError, ValueError):
        raise RefusedError(INVALID_REQUEST, request_id=request_id) from None


def _request(data: dict[str, Any], request_id: str | int | None) -> RpcRequest:
    if data.get("jsonrpc") != "2.0":
        raise ValueError
    params = _typed(data.get("params", {}), dict)
    return RpcRequest(
        id=request_id,
        method=_text(data.get("method")),
        args=_typed(params.get("args") or [], list),
        kwargs=_typed(params.get("kwargs") or {}, dict),
        sync=_typed(params.get("sync") or False, bool),
        timeout_s=_timeout(params.get("timeout")),
        res_model=_text(params.get("res_model") or ""),
        res_method=_text(params.get("res_method") or ""),
        res_notify_uid=_uid(params.get("res_notify_uid") or 0),
        res_notify_title=_text(params.get("res_notify_title") or ""),
        pass_back=params.get("pass_back"),
    )


def _no_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


def _id_of(data: dict[str, Any]) -> str | int | None:
    found = data.get("id")
    if found is None or (isinstance(found, int) and not isinstance(found, bool)):
        return found
    if isinstance(found, str) and len(found) <= MAX_TEXT:
        return found
    raise RefusedError(INVALID_REQUEST)


def _typed(value: Any, wanted: type) -> Any:
    if type(value) is not wanted:
        raise TypeError
    return value


def _text(value: Any) -> str:
    text: str = _typed(value, str)
    if len(text) > MAX_TEXT:
        raise ValueError
    return text


def _uid(value: Any) -> int:
    uid: int = _typed(value, int)
    if uid < 0:
        raise ValueError
    return uid


def _timeout(value: Any) -> float:
    if value is None:
        return DEFAULT_TIMEOUT_S
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not math.isfinite(value) or value <= 0:
        raise ValueError
    return min(float(value), MAX_TIMEOUT_S)


def result_body(request_id: str | int | None, result: Any) -> bytes:
    """Write a reply with a result."""
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "result": result}).encode()


def error_body(refused: RefusedError) -> bytes:
    """Write a reply with an error: a fixed text."""
    reply = {"jsonrpc": "2.0", "id": refused.request_id, "error": error_object(refused)}
    return json.dumps(reply).encode()
