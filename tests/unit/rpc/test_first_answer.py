"""Who picks up first goes on: one judge, whatever the order in which Asterisk tells."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.fakes.clock import FakeClock

from asterisk_agent.core.errors import AgentError, AmiNotConnectedError
from asterisk_agent.rpc.first_answer import (
    EVENT,
    FORGET_AFTER_S,
    LOOK_FOR_S,
    MAX_RACES,
    FirstAnswer,
)

NAMES = ("odoo-a-1.1", "odoo-a-1.2", "odoo-a-1.3")


class Ami:
    """Channels that are there are hung up and sent on; others are not known."""

    def __init__(self, *channels: str) -> None:
        self.channels = set(channels)
        self.done: list[tuple[str, str]] = []
        self.error: AgentError | None = None

    def action(
        self, action: Mapping[str, str | Sequence[str]], timeout_s: float = 5
    ) -> list[dict[str, Any]]:
        name, channel = str(action["Action"]), str(action["Channel"])
        if self.error is not None:
            raise self.error
        if channel not in self.channels:
            return [{"Response": "Error", "Message": "No such channel"}]
        self.done.append((name, channel))
        if name == "Hangup":
            self.channels.remove(channel)
        return [{"Response": "Success"}]


def target(number: str = "+32470000001") -> dict[str, str]:
    return {"Context": "from-internal", "Exten": number, "Priority": "1"}


def tell(judge: FirstAnswer, name: str, response: str = "Success") -> None:
    judge.on_event({"Event": EVENT, "Uniqueid": name, "Response": response})


def start(ami: Ami, names: Sequence[str] = NAMES) -> tuple[FirstAnswer, FakeClock]:
    clock = FakeClock()
    judge = FirstAnswer(ami, clock)
    race = judge.begin({name: target() for name in names}, 30)
    assert all(race.call(name) for name in names)
    return judge, clock


def test_the_first_goes_on_and_the_others_fall_silent() -> None:
    ami = Ami(*NAMES)
    judge, _ = start(ami)
    tell(judge, NAMES[1])
    judge.judge()
    assert ami.done == [("Redirect", NAMES[1]), ("Hangup", NAMES[0]), ("Hangup", NAMES[2])]


@pytest.mark.parametrize("order", list(itertools.permutations(NAMES)))
@pytest.mark.parametrize("at_once", [True, False])
def test_all_pick_up_and_one_goes_on(order: Sequence[str], at_once: bool) -> None:
    ami = Ami(*NAMES)
    judge, _ = start(ami)
    for name in order:
        tell(judge, name)
        if not at_once:
            judge.judge()
    judge.judge()
    assert [name for what, name in ami.done if what == "Redirect"] == [order[0]]
    assert ami.channels == {order[0]}
    assert len(judge) == 0


def test_nobody_picks_up() -> None:
    ami = Ami()
    judge, _ = start(ami)
    for name in NAMES:
        tell(judge, name, "Failure")
    judge.judge()
    assert (ami.done, len(judge)) == ([], 0)


def test_a_channel_that_is_not_there_yet_is_looked_for_again() -> None:
    ami = Ami(NAMES[0])
    judge, clock = start(ami, NAMES[:2])
    tell(judge, NAMES[0])
    judge.judge()
    ami.channels.add(NAMES[1])
    clock.now += LOOK_FOR_S / 2
    judge.judge()
    assert ("Hangup", NAMES[1]) in ami.done


def test_a_phone_that_picks_up_too_late_is_hung_up() -> None:
    ami = Ami(NAMES[0])
    judge, clock = start(ami, NAMES[:2])
    tell(judge, NAMES[0])
    judge.judge()
    clock.now += LOOK_FOR_S + 1
    judge.judge()
    ami.channels.add(NAMES[1])
    tell(judge, NAMES[1])
    judge.judge()
    assert ami.done == [("Redirect", NAMES[0]), ("Hangup", NAMES[1])]


def test_who_was_not_called_yet_is_not_called() -> None:
    ami = Ami(*NAMES)
    judge = FirstAnswer(ami, FakeClock())
    race = judge.begin({name: target() for name in NAMES}, 30)
    assert race.call(NAMES[0])
    tell(judge, NAMES[0])
    judge.judge()
    assert not race.call(NAMES[1])
    assert ami.done == [("Redirect", NAMES[0])]


def test_a_winner_that_has_gone_sends_nobody_else_on() -> None:
    ami = Ami(NAMES[1])
    judge, _ = start(ami, NAMES[:2])
    tell(judge, NAMES[0])
    tell(judge, NAMES[1])
    judge.judge()
    assert ami.done == [("Hangup", NAMES[1])]


def test_asterisk_goes_away_in_the_middle() -> None:
    ami = Ami(*NAMES)
    judge, clock = start(ami)
    ami.error = AmiNotConnectedError("away")
    tell(judge, NAMES[0])
    judge.judge()
    clock.now += 30 + FORGET_AFTER_S + 1
    judge.judge()
    assert len(judge) == 0


def test_events_of_others_are_nobodys() -> None:
    judge, _ = start(Ami(*NAMES))
    tell(judge, "odoo-b-1.1")
    judge.on_event({"Event": "Hangup", "Uniqueid": NAMES[0]})
    judge.judge()
    assert len(judge) == len(NAMES)


def test_there_is_a_bound() -> None:
    judge = FirstAnswer(Ami(), FakeClock())
    for number in range(MAX_RACES):
        assert not judge.is_full
        judge.begin({f"{number}.1": target(), f"{number}.2": target()}, 30)
    assert judge.is_full


def test_it_runs_in_a_thread_until_it_is_stopped() -> None:
    ami, done = Ami(NAMES[0]), threading.Event()
    judge, _ = start(ami, NAMES[:1])

    def action(*args: Any, **kwargs: Any) -> Any:
        done.set()
        return [{"Response": "Success"}]

    ami.action = action  # type: ignore[method-assign]
    thread = threading.Thread(target=judge.run)
    thread.start()
    tell(judge, NAMES[0])
    assert done.wait(30)
    judge.stop()
    thread.join(30)
    assert not thread.is_alive()
