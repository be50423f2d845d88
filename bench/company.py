"""A real Odoo 14 with the addon and its people, for the benches that need one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.cookiejar import Cookie
from urllib.request import HTTPCookieProcessor

from lab.cast import AGENT_LOGIN
from lab.office import MODULES, Office
from lab.rpc import OdooRpc
from lab.stack import Lab

from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.gateway import OdooGateway
from asterisk_agent.odoo.jsonrpc import JsonRpc


@contextmanager
def company(workers: int = 2, modules: Sequence[str] = MODULES) -> Iterator[Office]:
    """Give an office with its cast, and end it."""
    with Lab() as lab:
        office = Office(lab, modules, workers)
        office.start()
        office.people()
        yield office


def gateway(office: Office) -> OdooGateway:
    """Return the agent's way into Odoo, without a proxy between."""
    rpc = JsonRpc(office.odoo.url, timeout_s=60)
    account = {"user": AGENT_LOGIN, "password": office.agent_password}
    return OdooGateway(OdooClient(rpc, db=office.database, **account))


def cookie(rpc: OdooRpc) -> str:
    """Return the cookies of a session."""
    (holder,) = (one for one in rpc._opener.handlers if isinstance(one, HTTPCookieProcessor))
    cookies: list[Cookie] = list(holder.cookiejar)
    return "; ".join(f"{one.name}={one.value}" for one in cookies)
