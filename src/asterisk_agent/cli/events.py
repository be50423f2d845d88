"""``asterisk-agent events map``."""

from __future__ import annotations

from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.cli.output import print_json, print_table
from asterisk_agent.core.settings import Settings
from asterisk_agent.odoo.gateway import OdooGateway
from asterisk_agent.services.clients import odoo_client


def show_map(settings: Settings, *, as_json: bool) -> None:
    """Download the map and print its rows, each with its fault if it has one."""
    version, rows = OdooGateway(odoo_client(settings)).get_events_map()
    faults = {error["id"]: error["error"] for error in EventMap(rows, version).errors}
    if as_json:
        print_json({"version": version, "rows": rows, "errors": faults})
        return
    print_table(
        ("row", "event", "method", "delay", "order", "condition", "fault"),
        [
            (
                row.get("id"),
                row.get("name"),
                f"{row.get('model')}.{row.get('method')}",
                f"{float(row.get('delay') or 0):g}",
                "kept" if row.get("keep_order", True) else "free",
                row.get("condition") or "",
                faults.get(row.get("id"), ""),
            )
            for row in rows
        ],
    )
