"""What every command shares: how errors end it, where its settings come from, and ``--json``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import click

from asterisk_agent.core.errors import AgentError, ConfigError
from asterisk_agent.core.logging import escape_control
from asterisk_agent.core.redaction import redact

if TYPE_CHECKING:
    from asterisk_agent.core.settings import Settings

P = ParamSpec("P")


def tell_errors(command: Callable[P, None]) -> Callable[P, None]:
    """End with an error's line on standard error and its status; never with a traceback."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except AgentError as exc:
            for line in lines_of(exc):
                click.echo(line, err=True)
            sys.exit(exc.exit_code)
        except KeyboardInterrupt:
            sys.exit(130)

    return told


def lines_of(exc: AgentError) -> list[str]:
    """Write an error: one line, and of wrong settings one line for each mistake."""
    texts = str(exc).splitlines() if isinstance(exc, ConfigError) else [str(exc)]
    return [escape_control(redact(f"{exc.code}: {text}")) for text in texts]


def settings() -> Settings:
    """Read the settings from the environment. Raise ``ConfigError`` with all mistakes."""
    # Late: `run` turns the process green first, and the settings library does not like it after.
    from asterisk_agent.core.config import load_settings

    return load_settings(os.environ)


#: The option of commands that tell a list.
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
