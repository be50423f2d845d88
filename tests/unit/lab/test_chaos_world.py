"""From what was done, and what the relay handed on, to what excuses a difference; Odoo's calls by
number.
"""

import time
from typing import Any

import pytest
from lab.chaos.fault import Fault
from lab.chaos.hands import Deed
from lab.chaos.ledger import calls_by_number
from lab.chaos.runner import AFTER_S, BEFORE_S, RECOVERY_S, world_of

T0 = time.time() - 1000


class Link:
    """When a relayed connection was up."""

    def __init__(self, up_at: float, ended_at: float) -> None:
        self.up_at, self.ended_at = up_at and T0 + up_at, ended_at and T0 + ended_at


class Relay:
    """The relay before Asterisk."""

    def __init__(self, *links: Link) -> None:
        self.links = list(links)


def deed(kind: str, target: str, began: float, ended: float) -> Deed:
    gone = T0 + began + 0.5 if kind in ("stop", "kill") else 0.0
    return Deed(Fault(0, kind, target, 1), T0 + began, T0 + ended, gone)


def test_deaf_is_when_no_list_had_come() -> None:
    # One that never got in, one for 50 s, one from 60 s on.
    relay: Any = Relay(Link(-10, 50), Link(0, 55), Link(60, 0))
    (span,) = world_of([], relay, T0).blind.spans
    assert span == pytest.approx((T0 + 50 - BEFORE_S, T0 + 60 + AFTER_S))


def test_nobody_heard_anything() -> None:
    relay: Any = Relay()
    blind = world_of([], relay, T0).blind
    assert blind.cover(T0, T0 + 900)


def test_only_the_end_of_asterisk_ends_its_calls() -> None:
    deeds = [
        deed("kill", "asterisk", 30, 34),
        deed("stop", "asterisk", 10, 14),
        deed("pause", "asterisk", 20, 24),
        deed("kill", "agent", 40, 44),
    ]
    relay: Any = Relay()
    world = world_of(deeds, relay, T0)
    assert world.down.spans == ((T0 + 10, T0 + 14), (T0 + 30, T0 + 34))
    assert list(world.deaths) == [(T0 + 10, T0 + 10.5), (T0 + 30, T0 + 30.5)]


def test_only_odoos_troubles_keep_the_dialplan_waiting() -> None:
    deeds = [
        deed("pause", "workers", 10, 14),
        deed("cut", "rabbitmq", 30, 34),
        deed("slow", "postgres", 50, 54),
    ]
    relay: Any = Relay()
    mute = world_of(deeds, relay, T0).mute
    assert mute.spans == ((T0 + 10, T0 + 14 + RECOVERY_S), (T0 + 50, T0 + 54 + RECOVERY_S))


class Odoo:
    """Two calls: of one only a leg knows the outside party's number."""

    def search_read(self, model: str, domain: Any, fields: Any, **_: Any) -> list[dict[str, Any]]:
        assert domain[0][1:] == [">", 5]
        if model.endswith("channel"):
            leg = {"call_id": (8, "a call"), "caller_num": "+32470000002", "exten": False}
            return [leg | {"connected_num": False}]
        names = {"calling_number": False, "called_number": False, "answered_user_id": (3, "Alice")}
        return [
            names | {"id": 7, "called_number": "+32470000001"},
            names | {"id": 8, "answered_user_id": False},
            names | {"id": 9, "calling_number": "101"},
        ]


def test_calls_are_found_by_their_number_or_by_that_of_a_leg() -> None:
    odoo: Any = Odoo()
    found = calls_by_number(odoo, 5)
    assert {number: [call["id"] for call in calls] for number, calls in found.items()} == {
        "+32470000001": [7],
        "+32470000002": [8],
        "": [9],
    }
    assert found["+32470000001"][0]["answered_user"] == "Alice"
    assert found["+32470000002"][0]["answered_user"] is None
