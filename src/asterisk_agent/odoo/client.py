"""A logged-in session with Odoo: logs in when needed, and again when the session is over."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from asterisk_agent.core.errors import (
    OdooAuthError,
    OdooDatabaseError,
    OdooError,
    OdooProtocolError,
    OdooRedirectError,
    OdooServerError,
    OdooSessionExpiredError,
    OdooUnreachableError,
)
from asterisk_agent.odoo.jsonrpc import JsonRpc

AUTHENTICATE = "/web/session/authenticate"
DATABASES = "/web/database/list"
_MAX_NAMED_DATABASES = 5


class OdooClient:
    """Call Odoo's methods as the agent's user. Safe for several threads."""

    def __init__(self, rpc: JsonRpc, *, db: str, user: str, password: str) -> None:
        self._rpc = rpc
        self._db = db
        self._user = user
        self._password = password
        self._lock = threading.Lock()
        #: Counts the logins, so that of several threads whose session expired one logs in.
        self._logins = 0
        self._uid = 0
        self.server_version = ""

    def __repr__(self) -> str:
        """Show who talks to whom; never the password."""
        return f"<OdooClient {self._user}@{self._db} {self._rpc!r} uid={self._uid}>"

    @property
    def logins(self) -> int:
        """Tell how many times the client logged in."""
        return self._logins

    def login(self) -> int:
        """Log in and return the user's id.

        Raise ``OdooAuthError`` for a wrong login or password, ``OdooDatabaseError`` for a wrong
        database, ``OdooRedirectError``, ``OdooProtocolError`` when no Odoo answers,
        ``OdooUnreachableError`` when nothing does.
        """
        with self._lock:
            return self._login()

    def _login(self) -> int:
        self._rpc.forget_session()
        self._uid = 0
        params = {"db": self._db, "login": self._user, "password": self._password}
        try:
            info, _ = self._rpc.call(AUTHENTICATE, params)
        except OdooDatabaseError as exc:
            raise self._wrong_database() from exc
        if not isinstance(info, Mapping):
            raise OdooProtocolError("Odoo answered the login with something else")
        uid = info.get("uid")
        if not isinstance(uid, int) or isinstance(uid, bool) or uid <= 0:
            raise OdooAuthError(
                "Odoo refused ODOO_USER or ODOO_PASSWORD, or wants a second factor",
                "give the password of a user without two-factor authentication, or an API key",
            )
        self._uid = uid
        self._logins += 1
        self.server_version = str(info.get("server_version", ""))
        return uid

    def call_kw(
        self,
        model: str,
        method: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
    ) -> Any:
        """Call ``model.method``; log in first, or again, when the session wants it.

        The call is made a second time only after "session expired", which Odoo says before it runs
        anything. Raise ``OdooError``.
        """
        before = self._ensure_login()
        path = f"/web/dataset/call_kw/{model}/{method}"
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs or {}}
        try:
            return self._rpc.call(path, params, timeout_s=timeout_s)[0]
        except (OdooSessionExpiredError, OdooProtocolError) as exc:
            # Without a database in its session an Odoo of several answers 404, in HTML.
            if isinstance(exc, OdooProtocolError) and "404" not in exc.message:
                raise
            self._login_again(before)
            return self._rpc.call(path, params, timeout_s=timeout_s)[0]

    def post_bytes(self, path: str, data: bytes) -> bytes:
        """Post bytes to a route of the addon; return the body of a 200. Raise ``OdooError``.

        A session that is over shows as a redirect to the login page: the next ``call_kw`` heals it.
        """
        self._ensure_login()
        try:
            status, body = self._rpc.post_bytes(path, data)
        except OdooRedirectError as exc:
            raise OdooSessionExpiredError("Odoo's session has expired") from exc
        if status >= 500 or status == 429:
            raise OdooUnreachableError(
                f"Odoo, or a proxy before it, answers with HTTP {status}", "see Odoo's log"
            )
        if status != 200:
            raise OdooServerError(f"Odoo refused the data with HTTP {status}")
        return body

    def _ensure_login(self) -> int:
        with self._lock:
            if not self._uid:
                self._login()
            return self._logins

    def _login_again(self, before: int) -> None:
        with self._lock:
            if self._logins == before or not self._uid:
                self._login()

    def _wrong_database(self) -> OdooDatabaseError:
        try:
            names, _ = self._rpc.call(DATABASES, {})
        except OdooError:
            names = []
        words = [str(n) for n in names if str(n).isprintable()] if isinstance(names, list) else []
        named = ", ".join(words[:_MAX_NAMED_DATABASES])
        return OdooDatabaseError(
            f"Odoo has no database {self._db!r}",
            f"set ODOO_DB to one of: {named}" if named else "set ODOO_DB to the database's name",
        )
