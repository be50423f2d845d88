"""Errors of Asterisk's manager interface, of what it says, and of its configuration."""

from __future__ import annotations

from asterisk_agent.core.errors.base import AgentError


class AmiError(AgentError):
    """Something between the agent and Asterisk's manager interface."""

    code = "ami.error"
    exit_code = 76


class AmiUnreachableError(AmiError):
    """No connection, or it was lost: refused, timed out, reset, name unknown."""

    code = "ami.unreachable"
    retryable = True
    exit_code = 69


class AmiTlsError(AmiError):
    """The TLS handshake failed: wrong certificate, or no TLS on that port."""

    code = "ami.tls"
    retryable = True
    exit_code = 79


class AmiAuthError(AmiError):
    """Asterisk refused the login. Retried slowly: the administrator may mend manager.conf."""

    code = "ami.auth"
    retryable = True
    exit_code = 77


class AmiNotConnectedError(AmiError):
    """An action was given while Asterisk is not connected and logged in."""

    code = "ami.not_connected"
    retryable = True
    exit_code = 69


class AmiTimeoutError(AmiError):
    """Asterisk did not answer an action in time; whether it ran is not known."""

    code = "ami.timeout"
    retryable = True
    exit_code = 75


class AmiPermissionError(AmiError):
    """The account in manager.conf may not do, or hear, what the agent needs."""

    code = "ami.permission"
    exit_code = 77


class AmiLocalError(AmiError):
    """Our side's fault: a message that must not be sent (CR, LF or NUL in a header)."""

    code = "ami.local_protocol"
    exit_code = 65


class AmiRemoteError(AmiError):
    """Their side's fault: bytes that are no AMI (no banner, a line or block without end)."""

    code = "ami.remote_protocol"
    retryable = True
    exit_code = 76


class ActionRefusedError(AmiError):
    """The policy does not allow this action; ``reason`` is one of a fixed list."""

    code = "ami.action_refused"
    exit_code = 65

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ClockError(AgentError):
    """The clocks of Asterisk, Odoo and this machine differ."""

    code = "clock.difference"
    exit_code = 71


class MapError(AgentError):
    """The events map has rows that the agent can't use; the others work."""

    code = "map.rows"
    exit_code = 65


class ConditionError(AgentError):
    """A condition of the events map is wrong, too expensive, or uses what it must not."""

    code = "map.condition"
    exit_code = 65


class AsteriskConfigurationError(AgentError):
    """Asterisk's own configuration lets strangers in; told by `check`, hinders nothing."""

    code = "asterisk.configuration"
    exit_code = 96


class ConfigFileError(AgentError):
    """A file of Asterisk's configuration was not read or written; it is as it was.

    ``reason``: ``name``, ``link`` (or no file), ``absent``, ``changed`` meanwhile, ``size``,
    ``disk`` (full, or no right).
    """

    code = "asterisk.config_file"
    exit_code = 65

    def __init__(self, reason: str) -> None:
        super().__init__(f"the configuration file is left alone: {reason}")
        self.reason = reason
