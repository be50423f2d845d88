"""An action as bytes. What could end a header or a message early is refused, never mended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from asterisk_agent.core.errors import AmiLocalError

Action = Mapping[str, str | Sequence[str]]

#: RFC 5322's rule for header names, which AMI's are after: printable ASCII, no space, no colon.
_NAME = re.compile(r"[!-9;-~]{1,64}")
_BREAKS = re.compile(r"[\r\n\x00]")
#: manager.c: inbuf[1025]; a longer line is thrown away, and with it the action's meaning.
MAX_LINE_BYTES = 1022
#: manager.h: AST_MAX_MANHEADERS; what comes after is not read.
MAX_HEADERS = 128


def action_pairs(action: Action) -> list[tuple[str, str]]:
    """Given an action, list its headers as (name, value), ``Action`` first.

    Header names are compared as Asterisk does, without regard to case. Raise ``AmiLocalError``
    unless there is exactly one ``Action``, and every name and value can be said on the wire.
    """
    pairs = [(name, value) for name, values in action.items() for value in _texts(name, values)]
    for name, value in pairs:
        check_header(name, value)
    if sum(name.lower() == "action" for name, _ in pairs) != 1:
        raise AmiLocalError("an action needs exactly one header Action")
    if len(pairs) > MAX_HEADERS:
        raise AmiLocalError(f"an action has at most {MAX_HEADERS} headers")
    return sorted(pairs, key=lambda pair: pair[0].lower() != "action")


def check_header(name: str, value: str) -> None:
    """Raise ``AmiLocalError`` unless a header can be said on the wire as one line."""
    if not _NAME.fullmatch(name):
        raise AmiLocalError("a header's name has a character that it must not have")
    if _BREAKS.search(value):
        raise AmiLocalError(f"the value of {name} has a CR, LF or NUL")
    try:
        length = len(name) + 2 + len(value.encode("utf-8"))
    except UnicodeEncodeError as exc:
        raise AmiLocalError(f"the value of {name} is no text") from exc
    if length > MAX_LINE_BYTES:
        raise AmiLocalError(f"the value of {name} is too long: Asterisk reads 1024 bytes a line")


def encode_action(pairs: Sequence[tuple[str, str]]) -> bytes:
    """Given headers in order, return the bytes of one message. Raise ``AmiLocalError``."""
    for name, value in pairs:
        check_header(name, value)
    lines = [f"{name}: {value}\r\n" for name, value in pairs]
    return "".join([*lines, "\r\n"]).encode("utf-8")


def _texts(name: str, values: object) -> list[str]:
    if isinstance(values, str):
        return [values]
    if isinstance(values, (list, tuple)) and all(isinstance(v, str) for v in values):
        return list(values)
    raise AmiLocalError(f"the value of {name} is neither a text nor a list of texts")


def take_action_id(
    pairs: Sequence[tuple[str, str]],
) -> tuple[str, Sequence[tuple[str, str]]]:
    """Split headers into the caller's own ActionID, empty when there is none, and the rest."""
    caller_ids = [value for name, value in pairs if name.lower() == "actionid"]
    if len(caller_ids) > 1:
        raise AmiLocalError("an action has at most one ActionID")
    rest = [pair for pair in pairs if pair[0].lower() != "actionid"]
    return "".join(caller_ids), rest
