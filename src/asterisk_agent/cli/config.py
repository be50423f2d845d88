"""``asterisk-agent config show``."""

from __future__ import annotations

from asterisk_agent.cli.output import print_json, print_table
from asterisk_agent.core.config import describe
from asterisk_agent.core.settings import Settings


def show(settings: Settings, *, as_json: bool) -> None:
    """Print every setting with its value, secrets hidden."""
    rows = describe(settings)
    if as_json:
        print_json({row.name: value for row, value in rows})
    else:
        print_table(("variable", "value", "meaning"), [(r.name, v, r.help) for r, v in rows])
