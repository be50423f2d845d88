"""One JSON-RPC request to Odoo over a ``requests`` session, and the door for foreign errors.

Everything that can go wrong comes out as an ``OdooError``: time-outs, TLS, refused redirects,
pages that are no Odoo's, Odoo's own exceptions. A redirect is never followed: it would send the
password to whoever answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from asterisk_agent.core.clock import Clock, SystemClock
from asterisk_agent.core.errors import (
    OdooError,
    OdooProtocolError,
    OdooRedirectError,
    OdooUnreachableError,
)
from asterisk_agent.odoo.faults import fault_of

#: To a host that is there, a connection takes less than a second, also from another continent.
CONNECT_TIMEOUT_S = 5.0
#: Our largest reply is an events map; this is several thousand times its usual size.
MAX_REPLY_BYTES = 32 << 20
_CHUNK_BYTES = 64 << 10
_NOT_ODOO_CURE = "set ODOO_URL to the address where Odoo's login page opens, without a path"


class JsonRpc:
    """Post JSON-RPC requests to one Odoo, with its cookies."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 30.0,
        ca_file: Path | str | None = None,
        clock: Clock | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._clock = clock or SystemClock()
        self._session = session or requests.Session()
        # Neither a .netrc nor a proxy of the environment: settings are read in one place.
        self._session.trust_env = False
        self._session.verify = str(ca_file) if ca_file else True
        self._serial = 0

    def __repr__(self) -> str:
        """Show where requests go."""
        return f"<JsonRpc {self._url}>"

    def forget_session(self) -> None:
        """Drop all cookies."""
        self._session.cookies.clear()

    def call(
        self, path: str, params: Mapping[str, Any], *, timeout_s: float | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        """Post a request and return its result and the reply's headers. Raise ``OdooError``."""
        self._serial += 1
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": self._serial}
        limit_s = timeout_s if timeout_s is not None else self._timeout_s
        with self._door(path, limit_s):
            data = json.dumps(body).encode()
            status, content, headers = self._post(path, data, "application/json", limit_s)
            return self._result(status, content), headers

    def post_bytes(self, path: str, data: bytes) -> tuple[int, bytes]:
        """Post bytes as they are; return the status and the body. Raise ``OdooError``."""
        with self._door(path, self._timeout_s):
            status, content, _ = self._post(path, data, "application/octet-stream", self._timeout_s)
            return status, content

    @contextmanager
    def _door(self, path: str, limit_s: float) -> Iterator[None]:
        try:
            yield
        except requests.exceptions.SSLError as exc:
            raise OdooUnreachableError(
                "the TLS certificate of ODOO_URL can't be verified",
                "set ODOO_CA_FILE to the certificate of the authority that signed it",
            ) from exc
        except requests.exceptions.Timeout as exc:
            raise OdooUnreachableError(
                f"Odoo did not answer within {limit_s:g} s",
                "see whether Odoo is up and has a free worker; ODOO_TIMEOUT sets the limit",
            ) from exc
        except requests.exceptions.RequestException as exc:
            raise OdooUnreachableError(
                f"no connection to Odoo at {self._url}",
                "see whether Odoo runs and ODOO_URL names its host and port",
            ) from exc
        except ValueError as exc:  # requests parses a redirect's target, also when told not to go
            raise _redirected(self._url, path, "") from exc

    def _post(
        self, path: str, data: bytes, content_type: str, limit_s: float
    ) -> tuple[int, bytes, Mapping[str, str]]:
        deadline = self._clock.monotonic() + limit_s
        with self._session.post(
            self._url + path,
            data=data,
            headers={"Content-Type": content_type},
            timeout=(min(CONNECT_TIMEOUT_S, limit_s), limit_s),
            allow_redirects=False,
            stream=True,
        ) as reply:
            if reply.is_redirect or 300 <= reply.status_code < 400:
                raise _redirected(self._url, path, reply.headers.get("Location", ""))
            return reply.status_code, self._read(reply, deadline), reply.headers

    def _read(self, reply: requests.Response, deadline: float) -> bytes:
        chunks = bytearray()
        for chunk in reply.iter_content(_CHUNK_BYTES):
            chunks += chunk
            if len(chunks) > MAX_REPLY_BYTES:
                raise OdooProtocolError("Odoo's reply is too large", _NOT_ODOO_CURE)
            if self._clock.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout
        return bytes(chunks)

    def _result(self, status: int, body: bytes) -> Any:
        try:
            reply = json.loads(body)
        except ValueError:
            raise _no_json(status, self._url) from None
        if not isinstance(reply, dict):
            raise OdooProtocolError(f"no Odoo answers at {self._url}", _NOT_ODOO_CURE)
        error = reply.get("error")
        if isinstance(error, dict):
            raise fault_of(error)
        if "result" not in reply:
            raise _no_json(status, self._url)
        return reply["result"]


def _no_json(status: int, url: str) -> OdooError:
    if status >= 500 or status == 429:
        return OdooUnreachableError(
            f"Odoo, or a proxy before it, answers with HTTP {status}", "see Odoo's log"
        )
    return OdooProtocolError(f"no Odoo answers at {url} (HTTP {status})", _NOT_ODOO_CURE)


def _redirected(url: str, path: str, location: str) -> OdooRedirectError:
    try:
        found = _base_of(urljoin(url + path, location), path)
    except ValueError:
        return OdooRedirectError("ODOO_URL answers with a redirect", _NOT_ODOO_CURE)
    if found.rstrip("/") == url:
        return OdooRedirectError("ODOO_URL answers with a redirect", _NOT_ODOO_CURE)
    return OdooRedirectError(f"ODOO_URL answers with a redirect to {found}", f"set it to {found}")


def _base_of(location: str, path: str) -> str:
    """Return the ODOO_URL that would not be redirected. Raise ``ValueError``."""
    target = urlsplit(location)
    if target.scheme not in {"http", "https"} or not target.hostname:
        raise ValueError(location)
    host = f"[{target.hostname}]" if ":" in target.hostname else target.hostname
    port = f":{target.port}" if target.port else ""
    folder = target.path.removesuffix(path) if target.path.endswith(path) else ""
    return "".join(c for c in f"{target.scheme}://{host}{port}{folder}" if c.isprintable())
