"""The table of expected facts (tests/data/ami/calls/expected.txt): one line per call, columns
between bars.
"""

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from asterisk_plus_lib.facts import CallFacts

COLUMNS = (
    "situation | direction | status | calling | called | rung | answered by | last | queue"
    " | hung up | reason | changes | way | ring talk total | talk of users"
)
LABELS = ("", "", "from ", "to ", "rang ", "answered by ", "last ", "queue ", "ended by ")
TOLERANCE_S = 1  # a second's rounding, and a busy machine


@dataclass(frozen=True)
class Row:
    """One call: what must be equal, and seconds that may differ by TOLERANCE_S."""

    situation: str
    strict: tuple[str, ...]
    seconds: tuple[int, ...]

    def __str__(self) -> str:
        """Return the row in short: what is not empty, then ringing/talk/total, then the users'
        talk.
        """
        users = self.strict[len(self.strict) - len(self.seconds) + 3 :]
        words = self.strict[: len(self.strict) - len(users)]
        labels = (*LABELS, *[""] * len(words))
        facts = [f"{label}{fact}" for label, fact in zip(labels, words, strict=False) if fact]
        spent = [f"{user} {one}" for user, one in zip(users, self.seconds[3:], strict=True)]
        return ", ".join([*facts, "/".join(map(str, self.seconds[:3])), *spent])

    def agrees_in_seconds(self, other: "Row") -> bool:
        """Tell whether the durations are the same within the tolerance."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return all(abs(mine - theirs) <= TOLERANCE_S for mine, theirs in pairs)


def read_table(path: Path) -> dict[str, list[Row]]:
    """Return the rows of each situation, in the order of the calls' beginning."""
    table: dict[str, list[Row]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        name = cells[0] or list(table)[-1]
        users, spent = _pairs(cells[14])
        seconds = tuple(int(number) for number in cells[13].split())
        table.setdefault(name, []).append(Row(name, (*cells[1:13], *users), (*seconds, *spent)))
    return table


def _pairs(text: str) -> tuple[list[str], list[int]]:
    pairs = [pair.split(":") for pair in text.split()]
    return [user for user, _ in pairs], [int(seconds) for _, seconds in pairs]


def cells(one: CallFacts) -> list[str]:
    """Return what the table says of a call, from its facts."""
    changes = " ".join(
        f"{step.kind}:{_short(step.by_endpoint)}>{_short(step.to)}" for step in one.transfers
    )
    return [
        one.direction,
        one.status,
        f"{_short(one.calling_endpoint)} {one.calling_number}".strip(),
        one.called_number,
        " ".join(sorted(_short(endpoint) for endpoint in one.rung_endpoints)),
        _party(one.answered_endpoint, one.answered_user),
        _party(one.final_endpoint, one.final_user),
        one.queue,
        one.hangup_side,
        one.hangup_reason,
        changes + (" linked" if one.linked_to else ""),
        " > ".join(_short(party.endpoint) or party.number for party in one.chain),
        f"{one.ring_s} {one.talk_s} {one.total_s}",
        " ".join(f"{user}:{seconds}" for user, seconds in sorted(one.user_talk)),
    ]


def _short(endpoint: str) -> str:
    return endpoint.removeprefix("PJSIP/")


def _party(endpoint: str, user: int | None) -> str:
    return f"{_short(endpoint)} ({user})" if user is not None else _short(endpoint)


def found_row(situation: str, one: CallFacts) -> Row:
    """Return a call's facts in the form of the table."""
    found = [cell.strip() for cell in cells(one)]
    users, spent = _pairs(found[13])
    seconds = tuple(int(number) for number in found[12].split())
    return Row(situation, (*found[:12], *users), (*seconds, *spent))


def verdict(found: list[Row], expected: list[Row]) -> str:
    """Return "equal", or what differs between the calls found and expected."""
    if len(found) != len(expected):
        return f"{len(found)} calls instead of {len(expected)}"
    differences = []
    for mine, wanted in zip(found, expected, strict=True):
        if mine.strict != wanted.strict:
            pairs = zip_longest(mine.strict, wanted.strict, fillvalue="")
            differences += [f"{one!r} instead of {other!r}" for one, other in pairs if one != other]
        elif not mine.agrees_in_seconds(wanted):
            differences.append(f"{mine.seconds} instead of {wanted.seconds}")
    return "; ".join(differences) or "equal"


def told(
    situation: str, version: object, source: str, words: str, found: list[Row], expected: list[Row]
) -> list[object]:
    """Return a line of the table at the end of a run, in plain words: it crosses processes."""
    rows = [[str(row) for row in rows] for rows in (found, expected)]
    return [situation, str(version), source, words, *rows]
