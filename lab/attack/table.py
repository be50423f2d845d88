"""The whole table, and the run that plays it."""

import json
from collections.abc import Iterator, Sequence

from lab.attack import crowd, flood, guessing, lasting, peers
from lab.attack.arena import Arena
from lab.attack.row import TABLE, Result, Row
from lab.errors import LabError
from lab.progress import say
from lab.provision import provision, require_machine
from lab.stack import Lab

__all__ = ["crowd", "flood", "guessing", "lasting", "peers"]


def rows(names: Sequence[str], *, quick: bool = False) -> list[Row]:
    """Return the rows that have one of the names in theirs, all for no name. Raise LabError for
    a name of none.
    """
    for name in names:
        if not any(name in row.name for row in TABLE.rows):
            known = "; ".join(row.name for row in TABLE.rows)
            raise LabError(f"no row {name!r}", f"these there are: {known}")
    chosen = [row for row in TABLE.rows if not names or any(name in row.name for name in names)]
    return [row for row in chosen if row.quick or not quick]


def play(arena: Arena, chosen: Sequence[Row]) -> Iterator[Result]:
    """Play rows one after the other; one that fails to be measured says why."""
    for row in chosen:
        say(f"attack: {row.name} …")
        try:
            yield Result(row, row.attack(arena), arena.asterisk.version)
        except (LabError, OSError) as problem:
            yield Result(row, {}, arena.asterisk.version, repr(problem))


def attack(version: int, names: Sequence[str], *, as_json: bool) -> int:
    """Play the table, print a line for each row; return how many rows do not reach their bar."""
    require_machine()
    provision()
    failed = 0
    with Lab() as lab, Arena(lab.folder / "arena", version) as arena:
        arena.open()
        for result in play(arena, rows(names)):
            failed += not result.ok
            print(json.dumps(result.line()) if as_json else _words(result), flush=True)
    return failed


def _words(result: Result) -> str:
    line = result.line()
    mark = "ok  " if result.ok else "FAIL"
    return f"{mark} {line['row']}: {line['value']} (to reach: {line['reach']}) {result.error}"
