"""Asterisk is asked to say less, and never less than is wanted."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk_agent.ami.narrowing import CLASS_OF, EVERYTHING, event_mask, filters

DATA = Path(__file__).resolve().parents[2] / "data" / "ami"
HEAD = re.compile(rb"Event: (\w+)\r\nPrivilege: ([\w,]+)\r\n")


def recorded() -> Iterator[tuple[str, set[str]]]:
    """Yield name and classes of each event in the recordings of Asterisk 16 and 22."""
    for path in (*DATA.rglob("*.ami"), *DATA.rglob("*.ami.gz")):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for name, classes in set(HEAD.findall(data)):
            yield name.decode(), set(classes.decode().split(","))


def test_the_classes_are_asterisks() -> None:
    found = dict.fromkeys(CLASS_OF, False)
    for name, classes in recorded():
        if name in CLASS_OF:
            assert CLASS_OF[name] in classes, name
            found[name] = True
    assert all(found.values()), [name for name, seen in found.items() if not seen]


@pytest.mark.parametrize(
    ("names", "mask"),
    [
        (None, EVERYTHING),
        (["Hangup", "UserEvent"], EVERYTHING),
        ([], "system"),
        (["Hangup"], "call,system"),
        (["VarSet", "Hangup", "QueueCallerJoin", "FullyBooted"], "agent,call,dialplan,system"),
    ],
)
def test_the_mask_leaves_in_what_is_wanted(names: list[str] | None, mask: str) -> None:
    assert event_mask(names) == mask


def test_filters_match_whole_names_and_fit_into_a_line() -> None:
    wanted = [f"Event{number:04}" for number in range(500)]
    found = filters([*wanted, "Bad|.*", ""])
    assert all(len(f"Filter: {text}\r\n") < 1024 for text in found)
    patterns = [re.compile(text.replace("[[:cntrl:]]", "[\r\n]")) for text in found]
    for name in wanted:
        assert sum(bool(p.match(f"Event: {name}\r\nPrivilege")) for p in patterns) == 1
    for name in ("Event", "Event0001x", "XEvent0001", "Bad"):
        assert not any(p.match(f"Event: {name}\r\nPrivilege") for p in patterns)
    assert filters([]) == []
