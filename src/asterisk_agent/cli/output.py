"""Tables and JSON on standard output, with nothing in them that paints the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from asterisk_agent.core.logging import escape_control


def print_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=True))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under heads. Texts are texts: no markup, no control characters."""
    console = Console(soft_wrap=True, highlight=False)
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(escape_control(str(cell))) for cell in row))
    # Into a file or a pipe nothing is cut to a width.
    console.print(table, width=None if console.is_terminal else 10_000, crop=False)
