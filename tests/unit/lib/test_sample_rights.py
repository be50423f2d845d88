"""The read rights of `asterisk/manager.conf`: all that are needed for what real Asterisks said in
the recordings, and none besides.
"""

import gzip
import re
from collections import defaultdict
from pathlib import Path

import pytest
from asterisk_plus_lib.events import WANTED_EVENTS

TOP = Path(__file__).resolve().parents[3]
CALLS = (
    *("click-to-call", "blind-transfer", "attended-transfer-by-phone", "group-pickup"),
    *("park-and-retrieve", "queue-member-answers"),
)
RECORDINGS = [
    TOP / f"tests/data/ami/calls/{version}/{name}.ami.gz" for version in (16, 22) for name in CALLS
]
EVENT = re.compile(rb"^Event: (\w+)\r\nPrivilege: (\w+),all\r$", re.MULTILINE)
# Beside the events of calls: a start of Asterisk (it reconciles), attacks, a handler of one's own,
# and what a dialplan tells by UserEvent(), of which no recording exists (manager.c: class user).
MORE = {"FullyBooted", "SuccessfulAuth", "Cdr"}
UNRECORDED = {"user"}


@pytest.fixture(scope="module")
def classes() -> dict[str, set[str]]:
    """Return the classes in which each event came."""
    found = defaultdict(set)
    for path in RECORDINGS:
        for event, privilege in EVENT.findall(gzip.decompress(path.read_bytes())):
            found[event.decode()].add(privilege.decode())
    return found


def rights() -> set[str]:
    """Return the sample's read rights."""
    found = re.search(r"^read = (\S+)$", (TOP / "asterisk/manager.conf").read_text(), re.MULTILINE)
    assert found
    return set(found[1].split(","))


def wanted() -> set[str]:
    """Return the events that the addon's own rows name, and the others."""
    return {row.name for row in WANTED_EVENTS} | MORE


def test_rights_are_exactly_the_classes_of_what_is_wanted(classes: dict[str, set[str]]) -> None:
    needed = set().union(*(classes[name] for name in wanted() if name in classes))
    assert rights() == needed | UNRECORDED


def test_every_wanted_event_is_in_the_recordings(classes: dict[str, set[str]]) -> None:
    assert wanted() - set(classes) == set()
