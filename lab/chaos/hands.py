"""The hands that carry out faults, and write down what they did to whom, from when to when."""

import signal
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass

from lab.agent import Agent
from lab.chaos.fault import Fault
from lab.chaos.site import Site
from lab.component import Component
from lab.errors import LabError
from lab.net import listens
from lab.process import wait_until
from lab.progress import say

START_S = 60.0
STARTS = 3


@dataclass(frozen=True)
class Deed:
    """A fault that was carried out: Unix seconds of its beginning and of its end; of a stop or kill
    also when nothing of the component was left.
    """

    fault: Fault
    began: float
    ended: float
    gone: float = 0.0


class Hands:
    """Carry out faults on a site; those of one component one after the other."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._turns: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.deeds: list[Deed] = []
        self.problems: list[str] = []

    def counts(self) -> dict[str, int]:
        """Return how many faults of each kind were carried out."""
        return dict(Counter(deed.fault.kind for deed in self.deeds))

    def begin(self, fault: Fault) -> None:
        """Begin a fault; it ends by itself."""
        thread = threading.Thread(target=self._carry_out, args=(fault,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def heal(self) -> None:
        """End all faults now, and wait until what was stopped runs."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _carry_out(self, fault: Fault) -> None:
        try:
            with self._turns["odoo" if fault.target == "workers" else fault.target]:
                if not self._over.is_set():
                    self._do(fault)
        except (LabError, OSError) as problem:
            self.problems.append(f"{fault}: {problem}")
            say(f"chaos: {fault} could not be carried out: {problem}")

    def _do(self, fault: Fault) -> None:
        say(f"chaos: {fault}")
        began, gone = time.time(), 0.0
        self._look_for_death(fault.target)
        if fault.kind in ("cut", "slow"):
            self._trouble_link(fault)
        elif fault.target == "workers":
            self._trouble_workers(fault)
        else:
            gone = self._trouble_component(fault)
        self.deeds.append(Deed(fault, began, time.time(), gone))

    def _look_for_death(self, target: str) -> None:
        """Tell of a component that ended by itself: a fault of the product, not one of ours."""
        component = self._site.component(target)
        if component.process is None or not component.process.alive:
            self.problems.append(f"{component.name} had died by itself\n{component.tails(15)}")
            say(f"chaos: {self.problems[-1]}")
            self._start(component)

    def look_for_deaths(self) -> None:
        """Tell of every component that ended by itself, and start it again."""
        for target in ("asterisk", "rabbitmq", "odoo", "postgres", "agent"):
            with self._turns[target]:
                self._look_for_death(target)

    def _trouble_link(self, fault: Fault) -> None:
        relay = self._site.relays[fault.target]
        if fault.kind == "slow":
            relay.delay_s = fault.delay_s
            self._over.wait(fault.lasts_s)
            relay.delay_s = 0.0
        else:
            relay.fall_silent()
            self._over.wait(fault.lasts_s)
            relay.heal(fault.reset)

    def _trouble_component(self, fault: Fault) -> float:
        """Return when it was gone; 0.0 if it never was."""
        component = self._site.component(fault.target)
        if fault.kind == "pause":
            component.pause()
            self._over.wait(fault.lasts_s)
            component.resume()
            return 0.0
        if fault.kind == "stop":
            component.stop()
        else:
            component.kill()
        gone = time.time()
        self._over.wait(fault.lasts_s)
        self._start(component)
        return gone

    def _trouble_workers(self, fault: Fault) -> None:
        process = self._site.odoo.process
        if process is None:
            return
        workers = [pid for pid in process.members() if pid != process.pid]
        if fault.kind == "kill":
            process.send_to(workers, signal.SIGKILL)
            return
        process.send_to(workers, signal.SIGSTOP)
        self._over.wait(fault.lasts_s)
        process.send_to(workers, signal.SIGCONT)

    def _start(self, component: Component) -> None:
        for left in reversed(range(STARTS)):
            try:
                component.launch()
                wait_until(
                    lambda: self._is_up(component),
                    f"{component.name} up",
                    START_S,
                    component.process,
                    component.log,
                )
            except LabError:
                component.kill()
                if not left:
                    raise
            else:
                return

    def _is_up(self, component: Component) -> bool:
        """Tell whether it has started. The agent has when it listens: others may be away."""
        if isinstance(component, Agent):
            return listens(component.rpc_port)
        return component.is_ready()
