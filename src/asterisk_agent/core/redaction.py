"""Keep secrets out of any text that leaves the agent: logs, errors, ``config show``."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"

# scheme://user:password@host -> scheme://user:***@host; a literal "@" in it is taken too.
_URI_PASSWORD = re.compile(r"(?P<head>\b[a-zA-Z][\w+.-]*://[^\s/:@]*:)[^\s/]*(?=@)")
_BEARER = re.compile(r"(?i)(?P<head>\bbearer\s+)[\w.~+/=-]+")
# Names under which AMI, JSON and form data carry a secret: Secret: x, "password": "x", token=x
_NAMED = re.compile(
    r"(?i)(?P<head>[\"']?\b(?:secret|password|passwd|token|rpc_token|key|session_id)\b[\"']?"
    r"\s*[:=]\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;&}\"']+)"
)


def redact_uri(uri: str) -> str:
    """Given a URI, return it with its password hidden."""
    return _URI_PASSWORD.sub(rf"\g<head>{HIDDEN}", uri)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Given any text, return it without the given secrets and without what looks like one.

    Secrets shorter than four characters are not searched for: hiding every ``1`` would hide the
    text and tell the secret.
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, HIDDEN)
    text = redact_uri(text)
    text = _BEARER.sub(rf"\g<head>{HIDDEN}", text)
    return _NAMED.sub(rf"\g<head>{HIDDEN}", text)
