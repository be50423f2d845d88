"""What differs between Asterisk's versions, from recorded calls of each: docs/explanation/series.md
tells of it, and no line of ours depends on it.
"""

import ast
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from asterisk_agent.ami.message import Event
from asterisk_agent.ami.protocol import AMIProtocol

TOP = Path(__file__).parents[3]
CALLS = TOP / "tests/data/ami/calls"
SOURCES = ("src/asterisk_agent", "addons")
#: {event: (headers of 16 alone, headers of 22 alone)}
DIFFERENT = {
    "Hangup": (set(), {"TechCause"}),
    "HangupRequest": (set(), {"TechCause"}),
    "SoftHangupRequest": (set(), {"TechCause"}),
    "RTCPSent": (set(), {"MES"}),
    "TestEvent": (set(), {"Digit", "Payload", "Rate"}),
    "QueueMemberPause": ({"Reason"}, set()),
}


def headers(version: int) -> dict[str, set[str]]:
    """Return {event: its headers in any recorded call}."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((CALLS / str(version)).glob("*.ami.gz")):
        for message in AMIProtocol().receive_data(gzip.decompress(path.read_bytes())):
            if isinstance(message, Event):
                event = message.to_flat()
                found[str(event["Event"])] |= set(event)
    return found


def texts() -> Iterator[str]:
    """Yield every string of our own code, tests left out."""
    for folder in SOURCES:
        for path in (TOP / folder).rglob("*.py"):
            if "tests" not in path.parts:
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield node.value


def test_the_same_events_and_nearly_the_same_headers() -> None:
    old, new = headers(16), headers(22)
    assert old.keys() == new.keys()
    different = {name: (old[name] - new[name], new[name] - old[name]) for name in old}
    assert {name: both for name, both in different.items() if any(both)} == DIFFERENT


def test_nothing_of_ours_reads_what_one_version_alone_says() -> None:
    both = set.union(*headers(16).values()) & set.union(*headers(22).values())
    lone = {name for pair in DIFFERENT.values() for side in pair for name in side} - both
    assert {"TechCause", "MES"} <= lone
    assert not lone & set(texts())
