"""Recorded AMI streams as the events that reach the state machine, in their order and in others
that AMI permits.
"""

import gzip
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from asterisk_plus_lib.call_book import CallBook
from asterisk_plus_lib.call_state import CallState
from asterisk_plus_lib.events import WANTED_EVENTS, home, linkedid_of, snapshots
from asterisk_plus_lib.facts import CallFacts

from asterisk_agent.ami.message import Event as AmiEvent
from asterisk_agent.ami.protocol import AMIProtocol
from asterisk_agent.calls.conditions import Condition

CALLS = Path(__file__).parents[2] / "data/ami/calls"
VERSIONS = ("16", "22")
# Alice has 101 and the softphone 104, which is not registered; Bob has 102. 103 is a phone without
# a user.
OWNERS = {"PJSIP/101": 1, "PJSIP/102": 2, "PJSIP/104": 1}
TWO_DEVICES = OWNERS | {"PJSIP/103": 1}

Event = dict[str, str | list[str]]


def owners(situation: str) -> Callable[[str], int | None]:
    """Return who owns an endpoint of the lab; where Alice has two devices, 103 is the second."""
    return (TWO_DEVICES if "two-devices" in situation else OWNERS).get


CONDITIONS = [(row.name, row.condition and Condition(row.condition)) for row in WANTED_EVENTS]


def is_wanted(event: Event) -> bool:
    """Say what the events map says, as the agent would."""
    conditions = [condition for name, condition in CONDITIONS if name == event["Event"]]
    return any(not condition or condition.holds(event) for condition in conditions)


def events_of(raw: bytes) -> list[Event]:
    """Return every event of a stream as the agent gives it on, each with its EventTime."""
    messages = AMIProtocol().receive_data(raw)
    flat = [message.to_flat() for message in messages if isinstance(message, AmiEvent)]
    return [event | {"EventTime": event.get("Timestamp", "")} for event in flat]


def recorded(path: Path) -> list[Event]:
    """Return the wanted events of a recording."""
    return [event for event in events_of(gzip.decompress(path.read_bytes())) if is_wanted(event)]


def clicked(events: Sequence[Event]) -> list[CallState]:
    """Return the calls that Odoo made before Asterisk heard of them: the ones that were originated
    with a ChannelId of ours. Several phones of one click are one call; in waiting they have no
    extension yet.
    """
    first = min([float(str(one["EventTime"])) for one in events], default=0.0)
    phones: dict[str, dict[str, str]] = {}
    numbers: dict[str, str] = {}
    for event in events:
        if event["Event"] == "OriginateResponse":
            name, channel = str(event["Uniqueid"]), str(event["Channel"])
            phones.setdefault(home(name), {})[name] = channel.rpartition("-")[0] or channel
            numbers[home(name)] = str(event.get("Exten") or "+32470000001")
    return [
        CallState.originated(name, first, [found[one] for one in sorted(found)], numbers[name])
        for name, found in phones.items()
    ]


def replay(events: Iterable[Event], states: Iterable[CallState] = ()) -> CallBook:
    """Return the calls after the events."""
    book = CallBook(states)
    for event in events:
        book.apply(event)
    return book


def facts(book: CallBook, situation: str = "") -> list[CallFacts]:
    """Return what is known of each call, in the order of their beginning."""
    found = [state.facts(owners(situation)) for state in book.states.values()]
    return sorted(found, key=lambda one: (one.started or 0, one.linkedid))


def topics(event: Event) -> set[str]:
    """Return the channels and the bridge that an event tells of."""
    named = {shot.uniqueid for shot in snapshots(event)} or {linkedid_of(event)}
    return named | {
        str(event[name]) for name in ("BridgeUniqueid", "OrigBridgeUniqueid") if name in event
    }


def shuffled(events: Sequence[Event], chance: random.Random) -> list[Event]:
    """Return the events in another order, in which each channel's and each bridge's own events keep
    theirs.

    That is what Asterisk promises: each has a Stasis topic of its own (stasis_channels.c,
    stasis_bridges.c).
    """
    waiting = list(range(len(events)))
    names = [topics(event) for event in events]
    order: list[Event] = []
    while waiting:
        taken: set[str] = set()
        free = []
        for index in waiting:
            if not names[index] & taken:
                free.append(index)
            taken |= names[index]
        chosen = chance.choice(free)
        waiting.remove(chosen)
        order.append(events[chosen])
    return order
