"""Asterisk's configuration files, as we need them: sections, templates, includes."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: Bounds for files that somebody wrote in a circle, or that are no configuration at all.
MAX_DEPTH = 10
MAX_LINES = 200_000
_HEAD = re.compile(r"\[([^]]*)\]\s*(?:\(([^)]*)\))?")
_INCLUDE = re.compile(r"""#(?:try)?include\s+[<"]?([^>"\s]+)[>"]?""")
_BLOCK = re.compile(r";--(?!-).*?--;", re.DOTALL)


@dataclass
class Section:
    """One section with what it inherits."""

    name: str
    template: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)

    def get(self, key: str, default: str = "") -> str:
        """Return the last value of a key, or the default when there is none."""
        return next((value for name, value in reversed(self.options) if name == key), default)

    def all(self, key: str) -> list[str]:
        """Return every value of a key; one may hold several, separated by commas."""
        values = [value for name, value in self.options if name == key]
        return [part.strip() for value in values for part in value.split(",") if part.strip()]


def read_sections(path: Path, unread: list[Path] | None = None) -> list[Section]:
    """Read a file and what it includes; what can't be read is as if it were empty, and is added to
    ``unread`` if it is there.
    """
    sections: list[Section] = []
    for line in _lines(path, path.parent, 0, [] if unread is None else unread):
        head = _HEAD.match(line)
        if head is not None:
            sections = _open(sections, head[1].strip(), head[2] or "")
        elif "=" in line and sections:
            key, _, value = line.partition("=")
            option = (key.strip().lower(), value.removeprefix(">").strip())
            sections[-1].options.append(option)
    return sections


def _open(sections: list[Section], name: str, flags: str) -> list[Section]:
    words = [word.strip() for word in flags.split(",") if word.strip()]
    if "+" in words:
        older = next((s for s in reversed(sections) if s.name == name), None)
        if older is not None:
            # What comes now belongs to the older one.
            return [*(s for s in sections if s is not older), older]
    section = Section(name, template="!" in words)
    for word in words:
        parent = next((s for s in sections if s.name == word), None)
        if parent is not None:
            section.options += parent.options
    return [*sections, section]


def _lines(path: Path, folder: Path, depth: int, unread: list[Path]) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError:
        unread.append(path)
        return
    for raw in _BLOCK.sub("", text).splitlines()[:MAX_LINES]:
        line = re.split(r"(?<!\\);", raw, maxsplit=1)[0].strip()
        include = _INCLUDE.fullmatch(line)
        if include is None:
            yield line
        elif depth < MAX_DEPTH:
            # An absolute name replaces the folder.
            for name in sorted(glob.glob(str(folder / include[1]))):  # noqa: PTH207
                yield from _lines(Path(name), folder, depth + 1, unread)
