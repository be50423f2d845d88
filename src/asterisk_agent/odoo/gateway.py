"""Every method of the addon that the agent calls, and nothing else (docs/reference/agent-odoo.md).

Replies are checked here: what comes out has the contract's shape, or ``OdooProtocolError`` is
raised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from asterisk_agent.core.errors import OdooProtocolError

SERVER_MODEL = "asterisk_plus.server"
STATUSES = frozenset({"done", "duplicate", "skipped", "failed", "held"})
_MODEL_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", re.ASCII)
# Odoo itself refuses methods that begin with an underscore (models.py, check_method_name).
_METHOD_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_OLD_ADDON = "the addon and the agent disagree"
_OLD_ADDON_CURE = "update both to the same version"


class Caller(Protocol):
    """What the gateway needs of a client."""

    def call_kw(
        self,
        model: str,
        method: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
    ) -> Any:
        """Call ``model.method``."""


@dataclass(frozen=True)
class AgentInfo:
    """What the agent tells of itself; empty when unknown."""

    agent_version: str
    agent_name: str
    boot: str
    rpc_token: str
    asterisk_version: str = ""
    system_name: str = ""

    def __repr__(self) -> str:
        """Show everything but the token."""
        return f"<AgentInfo {self.agent_name} {self.agent_version} boot={self.boot}>"


@dataclass(frozen=True)
class ServerInfo:
    """What Odoo tells of itself; ``now`` is its clock in Unix seconds, ``callbacks`` what requests
    may name, each as ``model.method``.
    """

    server_id: int
    server_name: str
    odoo_version: str
    addon_version: str
    now: float
    callbacks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ItemResult:
    """What became of one delivered item."""

    boot: str
    seq: int
    row: int
    status: str
    error: str


class OdooGateway:
    """The addon's methods for the agent, on the caller's own server."""

    def __init__(self, client: Caller) -> None:
        self._client = client
        self._callbacks: frozenset[str] = frozenset()

    def _call(self, method: str, *args: Any, timeout_s: float | None = None) -> Any:
        return self._client.call_kw(SERVER_MODEL, method, args, timeout_s=timeout_s)

    def agent_hello(self, info: AgentInfo) -> ServerInfo:
        """Present the agent, hand over its token, and learn who answers and what may be called."""
        reply = self._call("agent_hello", dict(vars(info)))
        try:
            found = ServerInfo(
                server_id=int(reply["server_id"]),
                server_name=str(reply["server_name"]),
                odoo_version=str(reply["odoo_version"]),
                addon_version=str(reply["addon_version"]),
                now=float(reply["now"]),
                callbacks=frozenset(map(str, reply["callbacks"])),
            )
        except (KeyError, TypeError, ValueError) as exc:
            raise _disagree("agent_hello") from exc
        self._callbacks = found.callbacks
        return found

    @property
    def is_greeted(self) -> bool:
        """Tell whether Odoo has answered a hello: until then nothing is allowed."""
        return bool(self._callbacks)

    def allows(self, model: str, method: str) -> bool:
        """Tell whether Odoo said at the last hello that a request may name this callback."""
        return is_callback_name(model, method) and f"{model}.{method}" in self._callbacks

    def get_events_map(self) -> tuple[str, list[dict[str, Any]]]:
        """Download the events map: its version and its enabled rows."""
        reply = self._call("get_events_map")
        if not isinstance(reply, Mapping) or not isinstance(reply.get("rows"), list):
            raise _disagree("get_events_map")
        rows = [dict(row) for row in reply["rows"] if isinstance(row, Mapping)]
        if len(rows) != len(reply["rows"]):
            raise _disagree("get_events_map")
        return str(reply.get("version", "")), rows

    def report_event_errors(self, errors: Sequence[Mapping[str, Any]]) -> None:
        """Tell all bad rows of the map; an empty list says that all are good."""
        self._call("report_event_errors", [dict(error) for error in errors])

    def deliver(
        self, boot: str, settled: Mapping[str, int], items: Sequence[Mapping[str, Any]]
    ) -> list[ItemResult]:
        """Deliver items, in order, in one transaction. Return one result per item, in order."""
        batch = {"boot": boot, "settled": dict(settled), "items": [dict(item) for item in items]}
        reply = self._call("deliver", batch)
        results = reply.get("results") if isinstance(reply, Mapping) else None
        if not isinstance(results, list) or len(results) != len(items):
            raise _disagree("deliver")
        return [_result(found, item) for found, item in zip(results, items, strict=True)]

    def agent_parked(self, count: int, last: Mapping[str, Any] | None) -> None:
        """Tell how many items are parked, and the last one (``name``, ``row``, ``error``)."""
        self._call("agent_parked", {"count": count, "last": dict(last) if last else None})

    def security_news(self, store: str, items: Sequence[Mapping[str, Any]]) -> int:
        """Tell of bans, failed tries and alarms; return the number up to which Odoo has them."""
        reply = self._call("security_news", {"store": store, "items": [dict(i) for i in items]})
        seq = reply.get("seq") if isinstance(reply, Mapping) else None
        if type(seq) is not int:
            raise _disagree("security_news")
        return seq

    def notify_user(
        self, uid: int, *, title: str, message: str, warning: bool, sticky: bool = False
    ) -> None:
        """Show a notification to a PBX user of this server. All text, never markup."""
        text = {"title": title, "message": message, "warning": warning, "sticky": sticky}
        self._call("notify_user", uid, text)

    def callback(self, model: str, method: str, result: Any, pass_back: Any) -> None:
        """Call ``model.method(result, pass_back)``, the callback that Odoo asked for."""
        if not is_callback_name(model, method):
            raise ValueError("not the name of a model and of a public method")
        self._client.call_kw(model, method, [result, pass_back])


def is_callback_name(model: object, method: object) -> bool:
    """Tell whether these can be a model and a public method: they become part of a URL."""
    return (
        isinstance(model, str)
        and isinstance(method, str)
        and len(model) < 128
        and len(method) < 128
        and _MODEL_NAME.fullmatch(model) is not None
        and _METHOD_NAME.fullmatch(method) is not None
    )


def _result(found: Any, item: Mapping[str, Any]) -> ItemResult:
    try:
        result = ItemResult(
            str(found["boot"]),
            int(found["seq"]),
            int(found["row"]),
            str(found["status"]),
            str(found.get("error") or ""),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise _disagree("deliver") from exc
    same = (result.boot, result.seq, result.row) == (item["boot"], item["seq"], item["row"])
    if not same or result.status not in STATUSES:
        raise _disagree("deliver")
    return result


def _disagree(method: str) -> OdooProtocolError:
    return OdooProtocolError(f"{_OLD_ADDON} on {method}", _OLD_ADDON_CURE)
