"""Exchange a one-time code of Odoo's server form for the agent's login and password.

A plain POST to ``/asterisk_plus/enrol``: the agent has no account yet. What Odoo answers is checked
before anybody writes it down. The code and the password are in no error and in no ``repr``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from asterisk_agent.core.errors import EnrolmentError, OdooRedirectError, OdooUnreachableError
from asterisk_agent.core.secrets_policy import is_known_secret
from asterisk_agent.core.setting_types import check_odoo_url, check_text, is_loopback

PATH = "/asterisk_plus/enrol"
MAX_REPLY_BYTES = 4096
CODE = re.compile(r"[A-Za-z0-9 -]{10,80}")
_LOGIN = re.compile(r"[\w.@+-]{1,100}", re.ASCII)
_PASSWORD = re.compile(r"[\w-]{20,200}", re.ASCII)
_ADDRESS_CURE = "give Odoo's address like https://odoo.example.com"


@dataclass(frozen=True)
class Account:
    """What Odoo gave."""

    login: str
    password: str
    server: str

    def __repr__(self) -> str:
        return f"<Account {self.login}>"


def enrol(
    url: str,
    db: str,
    code: str,
    *,
    ca_file: Path | None = None,
    timeout_s: float = 30.0,
    session: requests.Session | None = None,
) -> Account:
    """Return the account for a code, which is used up by it. Raise ``EnrolmentError``,
    ``OdooUnreachableError``, ``OdooRedirectError``.
    """
    url = _checked(url)
    if not CODE.fullmatch(code.strip()):
        raise EnrolmentError("that is no enrolment code", "copy it from the server's form in Odoo")
    session = session or requests.Session()
    session.trust_env = False
    session.verify = str(ca_file) if ca_file else True
    try:
        status, body = _post(session, url, db, code, timeout_s)
        if status == 404:
            # An Odoo of several databases knows the path when its session knows the database.
            _choose(session, url, db, timeout_s)
            status, body = _post(session, url, db, code, timeout_s)
        return _account(status, body)
    except requests.exceptions.SSLError as exc:
        raise OdooUnreachableError(
            f"the TLS certificate of {url} can't be verified",
            "give --ca-file with the certificate of the authority that signed it",
        ) from exc
    except requests.exceptions.RequestException as exc:
        raise OdooUnreachableError(f"no answer from Odoo at {url}", _ADDRESS_CURE) from exc


def _post(
    session: requests.Session, url: str, db: str, code: str, timeout_s: float
) -> tuple[int, bytes]:
    with session.post(
        url + PATH,
        data={"db": db, "code": code.strip()},
        timeout=(min(5.0, timeout_s), timeout_s),
        allow_redirects=False,
        stream=True,
    ) as reply:
        return reply.status_code, reply.raw.read(MAX_REPLY_BYTES, decode_content=True)


def _choose(session: requests.Session, url: str, db: str, timeout_s: float) -> None:
    """Put the database into the session (web: controllers, ensure_db)."""
    timeouts = (min(5.0, timeout_s), timeout_s)
    page = f"{url}/web/login"
    session.get(
        page, params={"db": db}, timeout=timeouts, allow_redirects=False, stream=True
    ).close()


def _checked(url: str) -> str:
    try:
        url = check_odoo_url(url)
    except ValueError as exc:
        raise EnrolmentError(f"the address {exc}", _ADDRESS_CURE) from exc
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise EnrolmentError(
            "over http:// anybody on the way would read the password", _ADDRESS_CURE
        )
    return url


def _account(status: int, body: bytes) -> Account:
    if 300 <= status < 400:
        raise OdooRedirectError("Odoo's address answers with a redirect", "give the final address")
    if status == 403:
        raise EnrolmentError(
            "Odoo refused the code",
            "codes work once and for half an hour: make a new one on the server's form in Odoo; "
            "see whether --db names its database",
        )
    if status == 429:
        raise EnrolmentError("too many codes were refused", "wait a minute")
    if status != 200:
        raise EnrolmentError(
            f"no enrolment there (HTTP {status})",
            "see whether the addon Asterisk Plus is installed in Odoo, and up to date",
        )
    return _read(body)


def _read(body: bytes) -> Account:
    try:
        found: Any = json.loads(body)
    except ValueError:
        found = None
    texts = found if isinstance(found, Mapping) else {}
    login, password = str(texts.get("login", "")), str(texts.get("password", ""))
    if not _LOGIN.fullmatch(login) or not _PASSWORD.fullmatch(password):
        raise EnrolmentError("what answered is no Odoo with Asterisk Plus", _ADDRESS_CURE)
    if is_known_secret(login, password):
        raise EnrolmentError("Odoo gave a secret that everybody knows", "update the addon")
    try:
        server = check_text(str(texts.get("server", "")))
    except ValueError:
        server = ""
    return Account(login, password, server)
