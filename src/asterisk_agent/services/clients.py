"""Clients of Asterisk and Odoo, made from the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from asterisk_agent.ami.client import AMIClient
from asterisk_agent.ami.message import FlatEvent
from asterisk_agent.ami.state import AMIInfo
from asterisk_agent.ami.transport import tls_context
from asterisk_agent.core.settings import Settings
from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.jsonrpc import JsonRpc


def _nothing(_: object) -> None:
    """Take what nobody asked to be told."""


def ami_client(
    settings: Settings,
    *,
    on_event: Callable[[FlatEvent], None] = _nothing,
    on_state: Callable[[AMIInfo], None] = _nothing,
    wanted: Iterable[str] = ("FullyBooted",),
    events: str = "on",
) -> AMIClient:
    """Make a client for Asterisk from the settings."""
    tls = tls_context(settings.asterisk_ami_ca_file) if settings.asterisk_ami_tls else None
    return AMIClient(
        settings.asterisk_ami_host,
        settings.asterisk_ami_port,
        settings.asterisk_ami_user,
        settings.asterisk_ami_password.get_secret_value(),
        agent_name=settings.agent_name,
        wanted=wanted,
        events=events,
        tls=tls,
        on_event=on_event,
        on_state=on_state,
    )


def odoo_client(settings: Settings) -> OdooClient:
    """Make a client for Odoo from the settings."""
    return OdooClient(
        JsonRpc(settings.odoo_url, timeout_s=settings.odoo_timeout, ca_file=settings.odoo_ca_file),
        db=settings.odoo_db,
        user=settings.odoo_user,
        password=settings.odoo_password.get_secret_value(),
    )
