"""Tell Odoo's own errors apart: what stands in ``error`` of a JSON-RPC reply.

Odoo answers an exception with HTTP 200 and ``{"code": 200, "message": "Odoo Server Error",
"data": {"name": "odoo.exceptions.AccessError", "message": …}}`` (odoo/http.py,
``serialize_exception``; 19.0 says 0); an expired session has code 100, an unknown page 404.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from asterisk_agent.core.errors import (
    OdooAccessError,
    OdooAddonMissingError,
    OdooAuthError,
    OdooConflictError,
    OdooDatabaseError,
    OdooError,
    OdooServerError,
    OdooSessionExpiredError,
)

SESSION_CODE = 100
#: Odoo's messages may hold a whole record; the log needs the first line.
MAX_MESSAGE_CHARS = 300

_CONFLICTS = ("SerializationFailure", "TransactionRollback", "DeadlockDetected", "LockNotAvailable")
_NO_DATABASE = re.compile(r'database ".*" does not exist|Database not found', re.IGNORECASE)
_NO_MODEL = re.compile(r"asterisk_plus\.[\w.]*|does not exist|has no attribute")


def fault_of(error: Mapping[str, Any]) -> OdooError:
    """Given the ``error`` of a reply, return the exception that means it."""
    data = error.get("data")
    details: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    name = str(details.get("name", ""))
    message = first_line(details.get("message") or error.get("message"))
    if error.get("code") == SESSION_CODE or name.endswith("SessionExpiredException"):
        return OdooSessionExpiredError("Odoo's session has expired")
    if name.endswith("AccessDenied"):
        return OdooAuthError(
            "Odoo refused ODOO_USER or ODOO_PASSWORD",
            "give the login of the agent's user and a password or API key of that user",
        )
    if _NO_DATABASE.search(message):
        return OdooDatabaseError("Odoo has no such database", "set ODOO_DB to one that it has")
    if name.endswith("AccessError"):
        return OdooAccessError(
            f"Odoo denied access: {message}", "put the agent's user into the group PBX Server"
        )
    if any(word in name for word in _CONFLICTS) or "could not serialize access" in message:
        return OdooConflictError(f"two transactions met in Odoo: {message}")
    if _addon_is_missing(error, name, message):
        return OdooAddonMissingError(
            "the addon asterisk_plus is not installed in the database, or is too old",
            "install or update it in Odoo's Apps, in the database of ODOO_DB",
        )
    return OdooServerError(f"Odoo raised {name or 'an error'}: {message}")


def first_line(message: object) -> str:
    """Return the first line of an error's message, bounded."""
    lines = str(message or "").strip().splitlines()
    return lines[0][:MAX_MESSAGE_CHARS] if lines else ""


def _addon_is_missing(error: Mapping[str, Any], name: str, message: str) -> bool:
    # An unknown model is a KeyError in 14.0 (api.py: registry[model_name]), a 404 in 16.0 and on;
    # an unknown method an AttributeError.
    unknown = name.endswith(("KeyError", "AttributeError", "NotFound")) or error.get("code") == 404
    return unknown and "asterisk_plus" in message and bool(_NO_MODEL.search(message))
