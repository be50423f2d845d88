"""The fixed answers with which a request is refused: nothing of the request or of an exception."""

from __future__ import annotations

from typing import Any

from asterisk_agent.core.errors import (
    ActionRefusedError,
    AmiLocalError,
    AmiNotConnectedError,
    AmiTimeoutError,
    Refusal,
    RefusedError,
)

UNAUTHORIZED = Refusal(401, -32001, "unauthorized")
FORBIDDEN = Refusal(403, -32003, "forbidden")
NOT_FOUND = Refusal(404, -32601, "not found")
METHOD_NOT_ALLOWED = Refusal(405, -32600, "method not allowed")
CALLER_GONE = Refusal(408, -32021, "caller gone")
TOO_LARGE = Refusal(413, -32013, "too large")
LENGTH_REQUIRED = Refusal(411, -32600, "length required")
TOO_MANY_FAILURES = Refusal(429, -32029, "too many failures")
PARSE_ERROR = Refusal(400, -32700, "parse error")
INVALID_REQUEST = Refusal(400, -32600, "invalid request")
METHOD_NOT_FOUND = Refusal(200, -32601, "method not found")
INVALID_PARAMS = Refusal(200, -32602, "invalid params")
ACTION_REFUSED = Refusal(200, -32010, "action refused")
NOT_CONNECTED = Refusal(200, -32020, "asterisk not connected")
TIMEOUT = Refusal(200, -32021, "timeout")
BUSY = Refusal(200, -32022, "busy")
#: Only callbacks get it: the agent ended while the job ran or waited.
LOST = Refusal(200, -32023, "lost")
SECURITY_OFF = Refusal(200, -32024, "security is off")
#: No such file in the folder of recordings, no such folder, or not one that may be had so.
NO_RECORDING = Refusal(200, -32025, "no such recording")
#: ASTERISK_CONFIG_ACCESS does not go so far.
CONFIG_CLOSED = Refusal(200, -32026, "configuration is closed")
CONFIG_FILE = Refusal(200, -32027, "configuration file refused")
INTERNAL_ERROR = Refusal(200, -32603, "internal error")

#: What ``data.reason`` may be when a function's own check refuses its arguments.
REASONS = frozenset(
    {
        *("args", "kwargs", "action", "header", "value", "timeout", "flag", "rows", "addresses"),
        *("address", "seconds", "reason", "protected"),
        *("name", "link", "absent", "changed", "size", "disk"),
    }
)


def refused_by(exc: BaseException) -> RefusedError:
    """Given what a function raised, return the refusal that Odoo may see of it."""
    if isinstance(exc, RefusedError):
        return exc
    if isinstance(exc, ActionRefusedError):
        return RefusedError(ACTION_REFUSED, exc.reason)
    if isinstance(exc, AmiLocalError):
        return RefusedError(INVALID_PARAMS, "header")
    if isinstance(exc, AmiNotConnectedError):
        return RefusedError(NOT_CONNECTED)
    if isinstance(exc, AmiTimeoutError | TimeoutError):
        return RefusedError(TIMEOUT)
    return RefusedError(INTERNAL_ERROR)


def error_object(refused: RefusedError) -> dict[str, Any]:
    """Return the ``error`` member of a reply."""
    error: dict[str, Any] = {"code": refused.refusal.code, "message": refused.refusal.message}
    if refused.reason:
        error["data"] = {"reason": refused.reason}
    if refused.rows:
        error["data"]["rows"] = [{"row": row, "reason": why} for row, why in refused.rows]
    return error
