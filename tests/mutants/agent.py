"""An agent with one fault, to show that the chaos runner finds it: `agent.py <mutant> run`.

Each mutant changes the agent in one place. A place that is gone is an error: the mutant would show
nothing.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from asterisk_agent.services import green

green.patch()

from asterisk_agent.cli import main  # noqa: E402 - green first
from asterisk_agent.services.consuming import Consumer  # noqa: E402
from asterisk_agent.services.reconciling import Reconciler  # noqa: E402
from asterisk_agent.services.runtime import Runtime  # noqa: E402

HOLD_S = 5.0


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
    """Hand on what Asterisk says in some seconds together, the newest first; nothing is lost."""
    held: list[tuple[Runtime, Any]] = []

    def hold(on_event: Callable[[Runtime, Any], None]) -> Callable[[Runtime, Any], None]:
        def hand_on() -> None:
            while True:
                time.sleep(HOLD_S)
                told, held[:] = held[::-1], []
                for runtime, event in told:
                    on_event(runtime, event)

        threading.Thread(target=hand_on, daemon=True).start()
        return lambda self, event: held.append((self, event))

    change(Runtime, "_on_event", hold)


def no_reconciliation() -> None:
    """List the live channels, and tell nobody."""

    def tell_nobody(try_it: Callable[[Reconciler, str], None]) -> Callable[[Reconciler, str], None]:
        def tried(self: Reconciler, reason: str) -> None:
            self._publish = lambda *_: None
            try_it(self, reason)

        return tried

    change(Reconciler, "_try", tell_nobody)


MUTANTS = {one.__name__: one for one in (ack_before_commit, newest_first, no_reconciliation)}

if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    main()
