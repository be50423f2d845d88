"""One program in a private mount namespace, started, paused and stopped by process id.

Everything that a program leaves behind (daemons, forks with sessions of their own) lives in the
same mount namespace, and is found by it: stopping means that nobody is left in there.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import NotReadyError

ENTER = Path(__file__).with_name("enter.sh")
TICK_S = 0.02
STOP_S = 10.0
TAIL_LINES = 30


@dataclass(frozen=True)
class Program:
    """What to start, and where: `root` is a chroot's folder, or None for the host.

    `binds` are folders of the host that the chroot shall see: (host folder, place, "rw" or "ro").
    """

    command: Sequence[str]
    log: Path
    folder: Path
    root: Path | None = None
    user: str = "root"
    binds: Sequence[tuple[Path, Path, str]] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    #: What stands before everything else, to run in another network namespace.
    network: Sequence[str] = ()

    def argv(self) -> list[str]:
        """Return the full command, with the namespace and the chroot before it."""
        binds = [str(part) for bind in self.binds for part in bind]
        enter = ["unshare", "-m", "--propagation", "private", "sh", str(ENTER)]
        place = [str(self.root or "-"), self.user, *binds]
        return [*self.network, *enter, *place, "--", *self.command]


class Process:
    """A running Program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "LC_ALL": "C.UTF-8",
            **program.environment,
        }
        with program.log.open("ab") as log:
            self._popen = subprocess.Popen(
                program.argv(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=program.folder,
                start_new_session=True,
            )
        self.pid = self._popen.pid
        self._pin: int | None = None
        self._namespace = self._await_namespace()

    def _await_namespace(self) -> str:
        """Return the name of the program's mount namespace, once it has one of its own.

        The namespace is held open until `kill`: Linux gives the name of one that is gone to the
        next, and we would end somebody else's processes.
        """
        ours = _namespace(os.getpid())
        while self._popen.poll() is None:
            with suppress(OSError):
                pin = os.open(f"/proc/{self.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
                name = f"mnt:[{os.fstat(pin).st_ino}]"
                if name != ours:
                    self._pin = pin
                    return name
                os.close(pin)
            time.sleep(TICK_S / 10)
        return ""

    @property
    def alive(self) -> bool:
        """Tell whether the program itself still runs."""
        return self._popen.poll() is None

    @property
    def status(self) -> int | None:
        """Return the exit status (negative: the signal), or None while it runs."""
        return self._popen.poll()

    def members(self) -> list[int]:
        """Return the ids of all processes in the program's namespace."""
        return members(self._namespace) if self._namespace else []

    def kept_waiting_s(self) -> float:
        """Return for how long all threads in the namespace wanted a processor and got none, summed
        (proc(5), schedstat): what a busy machine took from the program's time. Threads that have
        ended are not in it.
        """
        waited = 0.0
        for pid in self.members():
            with suppress(OSError):
                for thread in Path(f"/proc/{pid}/task").iterdir():
                    with suppress(OSError):
                        waited += waited_s(thread)
        return waited

    def wait(self, timeout_s: float) -> int:
        """Wait for the program's end, return its status. Raise subprocess.TimeoutExpired."""
        return self._popen.wait(timeout_s)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        if self.alive:
            self._popen.send_signal(number)

    def send_all(self, number: signal.Signals) -> None:
        """Send a signal to everybody in the program's namespace."""
        for pid in self.members():
            _send(pid, number)

    def send_to(self, pids: Sequence[int], number: signal.Signals) -> None:
        """Send a signal to some of the program's namespace; who has gone meanwhile is no matter."""
        for pid in pids:
            _send(pid, number)

    def end_within(self, timeout_s: float) -> None:
        """Wait for the program's end, at most so long, whatever its status."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout_s)

    def stop(self, timeout_s: float = STOP_S, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask the program to end, and after `timeout_s`, or for what is left of it, use SIGKILL."""
        self.send(number)
        self.send_all(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout_s)
        self.kill()

    def kill(self) -> None:
        """End everybody in the namespace with SIGKILL, and wait until they are gone."""
        while left := self.members():
            for pid in left:
                _send(pid, signal.SIGKILL)
            self._popen.poll()
            time.sleep(TICK_S / 4)
        self._popen.wait()
        if self._pin is not None:
            os.close(self._pin)
            self._pin, self._namespace = None, ""


def waited_s(thread: Path) -> float:
    """Return for how long a thread, by its folder in /proc, waited for a processor. Raise OSError
    when it has gone.
    """
    return int((thread / "schedstat").read_text().split()[1]) / 1e9


def members(namespace: str) -> list[int]:
    """Return the ids of the processes in a mount namespace; the dead that wait to be reaped have
    none.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _namespace(int(entry.name)) == namespace:
            found.append(int(entry.name))
    return found


def _namespace(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/mnt").readlink())
    except OSError:
        return ""


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_until(
    fact: Callable[[], bool],
    what: str,
    timeout_s: float,
    process: Process | None = None,
    log: Path | None = None,
) -> None:
    """Return as soon as the fact holds. Raise NotReadyError when it does not in time, or the
    process died.
    """
    until = time.monotonic() + timeout_s
    while True:
        # One look is always begun after the time is up: the machine may have slept over it.
        late = time.monotonic() > until
        if fact():
            return
        died = process is not None and not process.alive
        if died or late:
            why = (
                f"died with status {process.status}"
                if process and died
                else f"not so after {timeout_s:g} s"
            )
            raise NotReadyError(f"{what}: {why}\n{tail(log)}", f"see {log}" if log else "")
        time.sleep(TICK_S)


def tail(log: Path | None, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log, indented; a missing log gives an empty text."""
    if log is None or not log.is_file():
        return ""
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(f"    | {line}" for line in text)
