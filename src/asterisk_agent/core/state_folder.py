"""The folder of what must survive a restart. It holds personal data, for the agent's eyes only."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

from asterisk_agent.core.errors import SpoolError
from asterisk_agent.core.settings import Settings
from asterisk_agent.core.spool import Spool

_log = logging.getLogger(__name__)


def state_folder(settings: Settings) -> Path:
    """Tell the folder of this agent: several may share ``STATE_DIRECTORY``."""
    # With a word before it: an agent may be called "..".
    return settings.state_directory / f"agent-{settings.agent_name}"


def open_spool(settings: Settings) -> Spool | None:
    """Open this agent's spool; None when there shall be none.

    Raise ``SpoolError`` when a folder that was asked for can't be used. Without the default one
    the agent works as well as memory allows, and says so.
    """
    spool = Spool(state_folder(settings) / "events.sqlite")
    try:
        spool.open()
    except SpoolError as exc:
        spool.close()
        if "state_directory" in settings.model_fields_set:
            raise
        _log.warning("%s; without it, what waits is lost with the agent", exc)
        return None
    if not settings.event_spool and not spool.count:
        spool.close()
        return None
    return spool


def write_private(path: Path, text: str) -> None:
    """Replace a file's text at once, readable by its owner only. Raise ``OSError``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
