"""What an AMI client tells whoever listens to it, kept, with a way to wait for facts."""

import threading
from collections.abc import Callable
from typing import Any

from asterisk_agent.ami.state import AMIInfo, AMIState

WAIT_S = 30.0


class Heard:
    """What a client told, with a way to wait for facts."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.infos: list[AMIInfo] = []
        self._changed = threading.Condition()

    def event(self, event: dict[str, Any]) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def info(self, info: AMIInfo) -> None:
        with self._changed:
            self.infos.append(info)
            self._changed.notify_all()

    def wait_for(self, fact: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(fact, WAIT_S), "the fact never came"

    def states(self) -> list[AMIState]:
        return [info.state for info in self.infos]
