"""Sends what a stranger may think of, byte for byte, and judges the answers.

The lists are data (`tests/data/hostile/`): each entry says what is sent, and how it is refused.
"""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

LISTS = Path(__file__).parents[1] / "data/hostile"
#: What may be seen of a refusal: fixed words and numbers.
MEMBERS = {"code", "message", "data"}
PING = {"body": {"jsonrpc": "2.0", "id": 1, "method": "test.ping", "params": {"sync": True}}}


def entries(name: str) -> list[dict[str, Any]]:
    """Read one of the lists."""
    found: list[dict[str, Any]] = json.loads((LISTS / f"{name}.json").read_text())
    return found


def send(address: tuple[str, int], entry: dict[str, Any], token: str) -> tuple[int, bytes]:
    """Send one entry of `rpc`; return status and body."""
    body = bytes.fromhex(entry.get("hex", ""))
    if "text" in entry:
        body = entry["text"].encode() * entry.get("times", 1)
    if "body" in entry:
        body = json.dumps(entry["body"]).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Length": str(len(body))}
    headers |= entry.get("headers", {})
    link = http.client.HTTPConnection(*address, timeout=20)
    try:
        link.putrequest(entry.get("method", "POST"), entry.get("path", "/rpc/"))
        for name, value in headers.items():
            if value is not None:
                link.putheader(name, value.encode())
        link.endheaders(body)
        reply = link.getresponse()
        return reply.status, reply.read()
    finally:
        link.close()


def verdict(entry: dict[str, Any], status: int, body: bytes) -> str:
    """Return what is wrong with an answer, nothing if it is as specified."""
    said = f"{entry['name']}: HTTP {status} {body[:200]!r}"
    if status != entry["status"]:
        return said
    if entry["code"] is None:
        return ""
    error = json.loads(body).get("error") or {}
    right = error.get("code") == entry["code"] and error.keys() <= MEMBERS
    reason = entry.get("reason")
    return "" if right and (not reason or error.get("data") == {"reason": reason}) else said


def all_refused(address: tuple[str, int], token: str) -> list[str]:
    """Send all of `rpc`, and after each a good request; return what was not as specified."""
    wrong = []
    for entry in entries("rpc"):
        wrong.append(verdict(entry, *send(address, entry, token)))
        # It still serves; and who has the token is no address that fails too often.
        if send(address, PING, token)[0] != 200:
            wrong.append(f"nothing works after {entry['name']}")
    return [one for one in wrong if one]
