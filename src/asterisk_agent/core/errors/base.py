"""The root of all errors, and those of the agent itself: settings, files, requests."""

from __future__ import annotations

from collections.abc import Sequence
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
