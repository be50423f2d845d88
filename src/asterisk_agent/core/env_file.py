"""The agent's environment file: ``NAME=value`` lines, for systemd, Docker and a shell alike."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from asterisk_agent.core.state_folder import write_private

#: What needs no quotes in any of the three.
_PLAIN = re.compile(r"[\w.:/@+,=\[\]-]*", re.ASCII)
_LINE = re.compile(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=")


def merge(text: str, values: Mapping[str, str]) -> str:
    """Given a file's text, return it with these variables set; everything else stays.

    ``NAME_FILE`` of a variable that is set goes: both together are a mistake. Raise ``ValueError``
    for a value that the three would read differently.
    """
    for name, value in values.items():
        if not _PLAIN.fullmatch(value):
            raise ValueError(name)
    replaced = {*values, *(f"{name}_FILE" for name in values)}
    kept = [line for line in text.splitlines() if _name(line) not in replaced]
    lines = [*kept, *(f"{name}={value}" for name, value in values.items())]
    return "".join(f"{line}\n" for line in lines)


def values(text: str) -> dict[str, str]:
    """Return the variables that a file's text sets; quotes around a value are not part of it."""
    lines = [line.strip() for line in text.splitlines()]
    found = {_name(line): line.partition("=")[2].strip() for line in lines if _name(line)}
    return {name: value.strip("\"'") for name, value in found.items()}


def write(path: Path, values: Mapping[str, str]) -> None:
    """Set variables in a file, or make it: mode 600, at once, its owner unchanged.

    Raise ``OSError``, ``ValueError``.
    """
    owner = path.stat() if path.exists() else None
    text = path.read_text(encoding="utf-8") if owner else ""
    write_private(path, merge(text, values))
    if owner is not None and os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def _name(line: str) -> str:
    match = _LINE.match(line)
    return match[1] if match else ""
