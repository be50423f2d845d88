"""Errors of the way to Odoo."""

from __future__ import annotations

from asterisk_agent.core.errors.base import AgentError


class OdooError(AgentError):
    """Something between the agent and Odoo."""

    code = "odoo.error"
    exit_code = 80


class OdooUnreachableError(OdooError):
    """No connection, time-out, TLS failure, or a 5xx of the server or a proxy."""

    code = "odoo.unreachable"
    retryable = True
    exit_code = 81


class OdooAuthError(OdooError):
    """Odoo refused the login or password."""

    code = "odoo.auth"
    exit_code = 82


class OdooDatabaseError(OdooError):
    """Odoo has no such database."""

    code = "odoo.database"
    exit_code = 83


class OdooRedirectError(OdooError):
    """``ODOO_URL`` answers with a redirection, which is never followed."""

    code = "odoo.redirect"
    exit_code = 84


class OdooProtocolError(OdooError):
    """What answers at ``ODOO_URL`` is no Odoo, or the reply is not what was agreed."""

    code = "odoo.protocol"
    retryable = True
    exit_code = 85


class OdooSessionExpiredError(OdooError):
    """The session is over; a new login cures it."""

    code = "odoo.session_expired"
    retryable = True
    exit_code = 81


class OdooAccessError(OdooError):
    """The agent's user has no right to do that: it is not in the group PBX Server."""

    code = "odoo.access"
    exit_code = 86


class OdooServerError(OdooError):
    """Odoo's code raised; the whole request was rolled back."""

    code = "odoo.server"
    retryable = True
    exit_code = 87


class OdooAddonMissingError(OdooError):
    """The addon is not installed in that database, or is too old."""

    code = "odoo.addon_missing"
    exit_code = 88


class OdooConflictError(OdooError):
    """Two transactions met (serialization, deadlock); the same request may be sent again."""

    code = "odoo.conflict"
    retryable = True
    exit_code = 89


class EnrolmentError(AgentError):
    """Odoo did not take the enrolment code, or the settings could not be written."""

    code = "odoo.enrolment"
    exit_code = 97
