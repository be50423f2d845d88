"""An agent with one fault, to show that the chaos runner finds it: `agent.py <mutant> run`.

Each mutant changes the agent in one place. A place that is gone is an error: the mutant would show
nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from asterisk_agent.services import green

green.patch()

from asterisk_agent.ami.message import Event  # noqa: E402 - green first
from asterisk_agent.ami.protocol import AMIProtocol  # noqa: E402
from asterisk_agent.cli import main  # noqa: E402
from asterisk_agent.services.consuming import Consumer  # noqa: E402
from asterisk_agent.services.reconciling import Reconciler  # noqa: E402


def change(owner: type, name: str, change_it: Callable[[Any], Any]) -> None:
    """Put something else in the place of a method. Raise AttributeError if there is no such."""
    setattr(owner, name, change_it(getattr(owner, name)))


def ack_before_commit() -> None:
    """Ack each message as it comes, and never again."""

    def take_and_ack(take: Callable[[Consumer, Any], None]) -> Callable[[Consumer, Any], None]:
        def taken(self: Consumer, found: Any) -> None:
            take(self, found)
            found.channel.basic_ack(found.delivery_info["delivery_tag"])

        return taken

    change(Consumer, "_take", take_and_ack)
    change(Consumer, "ack", lambda _: lambda _self, _tags: None)


def newest_first() -> None:
    """Hand on the events that one read brought in reverse order; answers stay in their places."""

    def reverse(receive: Callable[[AMIProtocol, bytes], list[Any]]) -> Any:
        def received(self: AMIProtocol, data: bytes) -> list[Any]:
            messages = receive(self, data)
            told = [one for one in messages if is_told(one)]
            return [told.pop() if is_told(one) else one for one in messages]

        return received

    change(AMIProtocol, "receive_data", reverse)


def is_told(message: Any) -> bool:
    """Tell whether it is an event that nobody asked for."""
    return isinstance(message, Event) and "Privilege" in message.headers


def no_reconciliation() -> None:
    """Never list the live channels."""
    change(Reconciler, "request", lambda _: lambda _self, _reason: None)


MUTANTS = {one.__name__: one for one in (ack_before_commit, newest_first, no_reconciliation)}

if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    main()
