"""Odoo's web session over JSON-RPC: what tests and the demo use to look into the database."""

import http.cookiejar
import json
import urllib.request
from typing import Any

from lab.errors import LabError

TIMEOUT_S = 120.0


class RpcError(LabError):
    """Odoo answered with an error; the text is its own."""


class OdooRpc:
    """A logged-in web session. Raises RpcError when Odoo refuses, OSError when it is away."""

    def __init__(self, url: str, db: str, login: str, password: str) -> None:
        self.url, self.db, self.login = url, db, login
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        session = self.post(
            "/web/session/authenticate", {"db": db, "login": login, "password": password}
        )
        if not session.get("uid"):
            raise RpcError(f"Odoo refused the login {login} on database {db}")
        self.uid: int = session["uid"]
        #: The field of a user's groups.
        self.groups = "groups_id" if session["server_version_info"][0] < 19 else "group_ids"

    def __repr__(self) -> str:
        return f"<OdooRpc {self.login}@{self.db} {self.url}>"

    def post(self, path: str, params: dict[str, Any]) -> Any:
        """POST a JSON-RPC call to a route, return its result."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(  # noqa: S310 - our own http address
            self.url + path, body, {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=TIMEOUT_S) as reply:
            answer = json.load(reply)
        if error := answer.get("error"):
            data = error.get("data") or {}
            name = data.get("name", error["message"])
            raise RpcError(f"{name}: {data.get('message')}\n{data.get('debug', '')}")
        return answer.get("result")

    def call(self, model: str, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a model's method."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.post(f"/web/dataset/call_kw/{model}/{method}", params)

    def search_read(
        self, model: str, domain: list[Any], fields: list[str], **options: Any
    ) -> list[dict[str, Any]]:
        """Return the records that match, as dicts."""
        rows: list[dict[str, Any]] = self.call(model, "search_read", domain, fields, **options)
        return rows

    def create(self, model: str, values: dict[str, Any]) -> int:
        """Create one record, return its id."""
        made: int = self.call(model, "create", values)
        return made

    def write(self, model: str, ids: int | list[int], values: dict[str, Any]) -> None:
        """Write values to records."""
        self.call(model, "write", [ids] if isinstance(ids, int) else ids, values)

    def xmlid(self, name: str) -> int:
        """Return the database id of an external id (`module.name`)."""
        module, _, name = name.partition(".")
        domain = [["module", "=", module], ["name", "=", name]]
        rows = self.search_read("ir.model.data", domain, ["res_id"])
        if not rows:
            raise RpcError(f"no external id {module}.{name}")
        res_id: int = rows[0]["res_id"]
        return res_id
