"""`Lab`: owns components, and ends them all in reverse order, whatever happens."""

import atexit
import shutil
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from lab import leftovers
from lab.component import Component
from lab.progress import say

C = TypeVar("C", bound=Component)


class Lab:
    """A run folder and the components in it. A context manager: all are stopped at its end, in
    reverse.
    """

    def __init__(self, keep: bool = False) -> None:
        """Make a run folder; `keep` leaves it there at the end, for a person to look at."""
        self.folder = Path(tempfile.mkdtemp(prefix=leftovers.PREFIX))
        leftovers.sign(self.folder)
        self.keep = keep
        self.components: list[Component] = []
        atexit.register(self.stop)

    def __repr__(self) -> str:
        return f"<Lab {self.folder} {self.components}>"

    def own(self, component: C) -> C:
        """Take a component into this lab, not started."""
        self.components.append(component)
        return component

    def start(self, component: C) -> C:
        """Take a component into this lab and start it. Raise NotReadyError."""
        try:
            self.own(component).start()
        except BaseException:
            # Whoever tries again finds its port free; its log's end is in the error.
            self.drop(component)
            raise
        say(f"{component.name} is ready: {component.addresses()}")
        return component

    def start_together(self, *components: Component) -> None:
        """Start components that do not need each other, at the same time."""
        with ThreadPoolExecutor(len(components)) as pool:
            for started in [pool.submit(self.start, component) for component in components]:
                started.result()

    def drop(self, component: Component) -> None:
        """Stop a component and let it go; its folder stays until the lab's end."""
        component.stop()
        component.give_back()
        self.components.remove(component)

    def tails(self, lines: int = 40) -> str:
        """Return the ends of all logs."""
        return "\n".join(component.tails(lines) for component in self.components)

    def stop(self) -> None:
        """Stop everything in reverse order; go on with the others when one fails."""
        atexit.unregister(self.stop)
        while self.components:
            component = self.components.pop()
            try:
                component.stop()
                component.give_back()
            except Exception as problem:  # noqa: BLE001 - the others must be stopped too
                say(f"{component.name} could not be stopped: {problem!r}")
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def end_on_sigterm() -> None:
    """Make SIGTERM end this program as Ctrl-C does, so that every Lab is stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
