"""Errors of RabbitMQ."""

from __future__ import annotations

from asterisk_agent.core.errors.base import AgentError


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
