"""The peace after a run: everything has healed, and Odoo has heard of all that happened."""

from contextlib import suppress

from lab.book import CALL
from lab.chaos.site import Site
from lab.errors import LabError, NotReadyError
from lab.process import wait_until
from lab.rpc import OdooRpc
from lab.sip import trunk_call
from lab.sip_scenario import Caller
from lab.stage import DID

PEACE_S = 120.0
SETTLE_S = 10.0
#: An echo test: the call needs no phone.
LAST_TO = f"{DID}614"


def wait_heard(site: Site) -> None:
    """Wait until the agent hears Asterisk. Raise NotReadyError."""
    links = site.relays["asterisk"].links
    wait_until(
        lambda: any(link.up_at and not link.ended_at for link in links),
        "the agent hears Asterisk",
        PEACE_S,
    )


def wait_drained(site: Site, number: str) -> None:
    """Make one more call, from `number`, and wait until Odoo has heard of it and nothing is in the
    forwarder's queue: all that was before it came through. Raise LabError.
    """
    last = trunk_call(site.pbx, Caller(number), LAST_TO, 8, 0.2)
    try:
        last.start()
        last.finish()
    finally:
        last.stop()
        last.give_back()
    wait_until(lambda: _is_told(site, number), "the last call in Odoo", PEACE_S)
    wait_until(lambda: _is_drained(site), "the forwarder's queue is empty", PEACE_S)
    # If it is stuck, the ledger tells.
    with suppress(NotReadyError):
        wait_until(lambda: _is_told(site, number, False), "the last call's end", SETTLE_S)


def admin(site: Site) -> OdooRpc:
    """Return a session of Odoo's administrator, as soon as Odoo gives one."""
    found: list[OdooRpc] = []

    def opened() -> bool:
        try:
            found.append(site.admin())
        except (LabError, OSError):
            return False
        return True

    wait_until(opened, "Odoo answers", PEACE_S)
    return found[0]


def _is_told(site: Site, number: str, active: bool | None = None) -> bool:
    """Tell whether Odoo has a call from the number, be it active or not, or so if `active` says."""
    domain: list[list[object]] = [["calling_number", "=", number]]
    if active is not None:
        domain.append(["is_active", "=", active])
    return int(admin(site).call(CALL, "search_count", domain)) > 0


def _is_drained(site: Site) -> bool:
    listed = site.rabbitmq.ctl("-q", "list_queues", "-p", "lab", "name", "messages")
    rows = [line.split() for line in listed.splitlines() if "asterisk.forward." in line]
    return bool(rows) and all(row[1] == "0" for row in rows)
