"""Every error the agent raises: one root, children by package, then by fault.

An error's type is its meaning: ``code`` is stable and may be matched by people and programs,
``retryable`` says whether the same thing may succeed later, ``exit_code`` is the status with which
``asterisk-agent`` ends when the error ends it. The message says what happened, the cure what to do.
Neither ever holds a secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class AgentError(Exception):
    """The root. Catch it to catch everything that the agent itself can raise."""

    code = "agent.error"
    retryable = False
    #: 64 to 78 are taken from sysexits.h where one fits, 80 to 99 are our own.
    exit_code = 70

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        """Give one line: what happened and, when known, what to do about it."""
        return f"{self.message} ({self.cure})" if self.cure else self.message


# --- configuration --------------------------------------------------------------------------


class Problem(NamedTuple):
    """One mistake in one variable."""

    variable: str
    problem: str
    cure: str


class ConfigError(AgentError):
    """The environment is wrong; ``problems`` holds every mistake, not only the first."""

    code = "config.invalid"
    exit_code = 78

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [f"{p.variable}: {p.problem}; {p.cure}" for p in self.problems]
        super().__init__("\n".join(lines))


class Refusal(NamedTuple):
    """One fixed answer with which a request of Odoo is refused (contract, section 2)."""

    status: int
    code: int
    message: str


class RefusedError(AgentError):
    """A request of Odoo is refused with a fixed answer; the agent goes on."""

    code = "rpc.refused"
    exit_code = 65

    def __init__(
        self,
        refusal: Refusal,
        reason: str = "",
        request_id: str | int | None = None,
        rows: Sequence[tuple[int, str]] = (),
    ) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.reason = reason
        self.request_id = request_id
        #: Of a list: places of what was refused, counted from 0, and why, in a fixed word.
        self.rows = tuple(rows)


class PortTakenError(AgentError):
    """Another program listens where the agent wants to."""

    code = "rpc.port_taken"
    exit_code = 73


class SpoolError(AgentError):
    """The folder of STATE_DIRECTORY can't be used: not writable, full, or another agent's."""

    code = "spool.unusable"
    retryable = True
    exit_code = 74


class SpoolDamagedError(SpoolError):
    """What the disk gives back is not what was written; the file is put aside."""

    code = "spool.damaged"


class InitError(AgentError):
    """`init` can't go on: Asterisk's configuration or the environment file stands in its way."""

    code = "init.refused"
    exit_code = 73


class BundleError(AgentError):
    """The support bundle can't be written."""

    code = "support.unwritable"
    exit_code = 73


# --- Asterisk -------------------------------------------------------------------------------


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


# --- Odoo -----------------------------------------------------------------------------------


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


# --- the broker -----------------------------------------------------------------------------


class BrokerError(AgentError):
    """Something between the agent and RabbitMQ."""

    code = "broker.error"
    exit_code = 90


class BrokerUnreachableError(BrokerError):
    """No connection to RabbitMQ."""

    code = "broker.unreachable"
    retryable = True
    exit_code = 91


class BrokerAuthError(BrokerError):
    """RabbitMQ refused the user, the password or the virtual host."""

    code = "broker.auth"
    exit_code = 92


# --- recordings -----------------------------------------------------------------------------


class RecordingError(AgentError):
    """A recording, or the folder of recordings, can't be read; tried again."""

    code = "recording.error"
    retryable = True
    exit_code = 74


class RecordingNameError(RecordingError):
    """A name leads out of the folder of recordings, or to no file."""

    code = "recording.name"
    retryable = False
    exit_code = 65


class RecordingRefusedError(RecordingError):
    """Odoo has not kept a recording that was brought to it; the file stays, tried again."""

    code = "recording.refused"
    exit_code = 75


# --- the firewall ---------------------------------------------------------------------------


class FirewallError(AgentError):
    """The kernel did not take our rules or sets; tried again."""

    code = "firewall.error"
    retryable = True
    exit_code = 93


class FirewallUnavailableError(FirewallError):
    """The kernel's rules can't be changed: no `nft` program, or no CAP_NET_ADMIN."""

    code = "firewall.unavailable"
    retryable = False
    exit_code = 94


class FirewallSlowError(FirewallError):
    """`nft` did not end in time: it reads all sets, which a flood fills and changes meanwhile."""

    code = "firewall.slow"


class FirewallTableGoneError(FirewallError):
    """Our table is not in the kernel: not put there yet, or somebody flushed all rules."""

    code = "firewall.table_gone"
    exit_code = 95


class BanRefusedError(AgentError):
    """An address can't be banned or unbanned; nothing was changed."""

    code = "firewall.ban_refused"
    exit_code = 65


class StateFileError(AgentError):
    """The file that keeps bans over a restart can't be used."""

    code = "firewall.state_file"
    exit_code = 74


class AsteriskConfigurationError(AgentError):
    """Asterisk's own configuration lets strangers in; told by `check`, hinders nothing."""

    code = "asterisk.configuration"
    exit_code = 96


class EnrolmentError(AgentError):
    """Odoo did not take the enrolment code, or the settings could not be written."""

    code = "odoo.enrolment"
    exit_code = 97


# --- the table ------------------------------------------------------------------------------


def error_types(root: type[AgentError] = AgentError) -> Iterator[type[AgentError]]:
    """Yield ``root`` and every type below it, parents first."""
    yield root
    for child in root.__subclasses__():
        yield from error_types(child)


#: code -> exit status of ``asterisk-agent``; made from the types above, shown in the docs.
EXIT_CODES: dict[str, int] = {cls.code: cls.exit_code for cls in error_types()}
