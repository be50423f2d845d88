"""Errors of the security reactor."""

from __future__ import annotations

from asterisk_agent.core.errors.base import AgentError


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
