"""``asterisk-agent events parked``: list, deliver again, drop."""

from __future__ import annotations

from asterisk_agent.cli.output import print_json, print_table
from asterisk_agent.core.settings import Settings
from asterisk_agent.services.parked import drop, listed, replay

__all__ = ["drop", "replay", "show"]


def show(settings: Settings, *, as_json: bool) -> None:
    """Print the parked events."""
    found = listed(settings)
    if as_json:
        print_json(found)
        return
    heads = ("event", "linkedid", "row", "attempts", "error")
    print_table(heads, [[row[head] for head in heads] for row in found])
