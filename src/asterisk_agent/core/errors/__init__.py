"""Every error the agent raises: one root, children by package, then by fault.

An error's type is its meaning: ``code`` is stable and may be matched by people and programs,
``retryable`` says whether the same thing may succeed later, ``exit_code`` is the status with which
``asterisk-agent`` ends when the error ends it. The message says what happened, the cure what to do.
Neither ever holds a secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from asterisk_agent.core.errors.asterisk import (
    ActionRefusedError,
    AmiAuthError,
    AmiError,
    AmiLocalError,
    AmiNotConnectedError,
    AmiPermissionError,
    AmiRemoteError,
    AmiTimeoutError,
    AmiTlsError,
    AmiUnreachableError,
    AsteriskConfigurationError,
    ClockError,
    ConditionError,
    ConfigFileError,
    MapError,
)
from asterisk_agent.core.errors.base import (
    AgentError,
    BundleError,
    ConfigError,
    InitError,
    PortTakenError,
    Problem,
    Refusal,
    RefusedError,
    SpoolDamagedError,
    SpoolError,
)
from asterisk_agent.core.errors.broker import (
    BrokerAuthError,
    BrokerError,
    BrokerUnreachableError,
)
from asterisk_agent.core.errors.firewall import (
    BanRefusedError,
    FirewallError,
    FirewallSlowError,
    FirewallTableGoneError,
    FirewallUnavailableError,
    StateFileError,
)
from asterisk_agent.core.errors.odoo import (
    EnrolmentError,
    OdooAccessError,
    OdooAddonMissingError,
    OdooAuthError,
    OdooConflictError,
    OdooDatabaseError,
    OdooError,
    OdooProtocolError,
    OdooRedirectError,
    OdooServerError,
    OdooSessionExpiredError,
    OdooUnreachableError,
)
from asterisk_agent.core.errors.recordings import (
    RecordingEncoderError,
    RecordingError,
    RecordingGoneError,
    RecordingNameError,
    RecordingRefusedError,
)

__all__ = [
    "EXIT_CODES",
    "ActionRefusedError",
    "AgentError",
    "AmiAuthError",
    "AmiError",
    "AmiLocalError",
    "AmiNotConnectedError",
    "AmiPermissionError",
    "AmiRemoteError",
    "AmiTimeoutError",
    "AmiTlsError",
    "AmiUnreachableError",
    "AsteriskConfigurationError",
    "BanRefusedError",
    "BrokerAuthError",
    "BrokerError",
    "BrokerUnreachableError",
    "BundleError",
    "ClockError",
    "ConditionError",
    "ConfigError",
    "ConfigFileError",
    "EnrolmentError",
    "FirewallError",
    "FirewallSlowError",
    "FirewallTableGoneError",
    "FirewallUnavailableError",
    "InitError",
    "MapError",
    "OdooAccessError",
    "OdooAddonMissingError",
    "OdooAuthError",
    "OdooConflictError",
    "OdooDatabaseError",
    "OdooError",
    "OdooProtocolError",
    "OdooRedirectError",
    "OdooServerError",
    "OdooSessionExpiredError",
    "OdooUnreachableError",
    "PortTakenError",
    "Problem",
    "RecordingEncoderError",
    "RecordingError",
    "RecordingGoneError",
    "RecordingNameError",
    "RecordingRefusedError",
    "Refusal",
    "RefusedError",
    "SpoolDamagedError",
    "SpoolError",
    "StateFileError",
    "error_types",
]


def error_types(root: type[AgentError] = AgentError) -> Iterator[type[AgentError]]:
    """Yield ``root`` and every type below it, parents first."""
    yield root
    for child in root.__subclasses__():
        yield from error_types(child)


#: code -> exit status of ``asterisk-agent``; made from the types above, shown in the docs.
EXIT_CODES: dict[str, int] = {cls.code: cls.exit_code for cls in error_types()}
