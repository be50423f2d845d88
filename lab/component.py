"""What all components have in common: a run folder, programs, readiness by fact, and an end."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import paths
from lab.net import free_port, give_back
from lab.process import Process, Program, tail, wait_until
from lab.provision import require_chroot

RUN = Path("/mnt/run")
CHECKOUT = Path("/mnt/checkout")


def random_secret() -> str:
    """Return a password that nobody knows before."""
    return secrets.token_hex(12)


class Component:
    """One real thing of the lab. Subclasses say how to prepare it, what to run, and when it is
    ready.

    `folder` is its run folder on the host; programs in a chroot see it as RUN.
    """

    name = "component"
    chroot: str | None = None
    user = "root"
    ready_s = 120.0
    stop_s = 10.0
    stop_signal = signal.SIGTERM
    network: Sequence[str] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: Process | None = None
        self._ports: list[tuple[int, int]] = []

    def __repr__(self) -> str:
        state = "running" if self.process and self.process.alive else "stopped"
        return f"<{self.name} {state} {self.addresses()}>"

    def take_port(self, width: int = 1) -> int:
        """Return the first of `width` neighbouring free ports: ours until `give_back`."""
        first = free_port(width)
        self._ports.append((first, width))
        return first

    def give_back(self) -> None:
        """Return the ports; the component is not started again."""
        while self._ports:
            give_back(*self._ports.pop())

    @property
    def root(self) -> Path | None:
        """Return the chroot's folder, None for a program of the host."""
        return require_chroot(self.chroot) if self.chroot else None

    @property
    def log(self) -> Path:
        """Return what the program printed."""
        return self.folder / f"{self.name}.log"

    def logs(self) -> list[Path]:
        """Return all logs, the most telling first."""
        return [self.log]

    def tails(self, lines: int = 40) -> str:
        """Return the ends of all logs, for a person who looks for the cause of a failure."""
        return "\n".join(
            f"--- {self.name}: {log}\n{tail(log, lines)}" for log in self.logs() if log.is_file()
        )

    def addresses(self) -> dict[str, str]:
        """Return where it can be reached, by what."""
        return {}

    def prepare(self) -> None:
        """Write configuration and data. Called once, before the first start."""

    def command(self) -> Sequence[str]:
        """Return the program and its arguments."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Return the program's own environment variables."""
        return {}

    def binds(self) -> list[tuple[Path, Path, str]]:
        """Return the host's folders that the chroot sees, where, and "rw" or "ro"."""
        return [(self.folder, RUN, "rw"), (paths.CHECKOUT, CHECKOUT, "ro")]

    def is_ready(self) -> bool:
        """Tell the fact that others may now use it."""
        return True

    def start(self) -> None:
        """Start it and return when it is ready. Raise NotReadyError with the log's end."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start it, and do not wait."""
        self.make_folder()
        self.process = Process(self.program(self.command()))

    def make_folder(self) -> None:
        """Make and fill the run folder, once."""
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True)
            self.prepare()
            self.own(self.folder)

    def wait_ready(self) -> None:
        """Wait for `is_ready`. Raise NotReadyError when the program died or takes too long."""
        wait_until(self.is_ready, f"{self.name} ready", self.ready_s, self.process, self.log)

    def program(self, command: Sequence[str], log: Path | None = None) -> Program:
        """Return a program in this component's own place."""
        return Program(
            command,
            log or self.log,
            self.folder,
            self.root,
            self.user,
            self.binds(),
            self.environment(),
            self.network,
        )

    def run(self, command: Sequence[str], timeout_s: float = 120) -> tuple[int, str]:
        """Run a helper command in the component's place; return its status and output."""
        log = self.folder / f"run-{secrets.token_hex(4)}.log"
        process = Process(self.program(command, log))
        try:
            status = process.wait(timeout_s)
        finally:
            process.kill()
        output = log.read_text(encoding="utf-8", errors="replace")
        log.unlink()
        return status, output

    def own(self, path: Path) -> None:
        """Give a file or folder, and all in it, to the component's user in its chroot."""
        if self.root is None or self.user == "root":
            return
        uid, gid = _ids(self.root, self.user)
        for entry in (path, *path.rglob("*")):
            os.chown(entry, uid, gid, follow_symlinks=False)

    def stop(self) -> None:
        """End it in order: `stop_signal`, and SIGKILL for what is left after `stop_s`."""
        if self.process:
            self.process.stop(self.stop_s, self.stop_signal)

    def kill(self) -> None:
        """End it with SIGKILL, as a power cut does."""
        if self.process:
            self.process.kill()

    def restart(self) -> None:
        """Stop and start it, same folder and ports."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: sockets stay open, nobody answers."""
        if self.process:
            self.process.send_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused component go on."""
        if self.process:
            self.process.send_all(signal.SIGCONT)

    def remove(self) -> None:
        """Delete the run folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def copy(source: Path, target: Path) -> None:
    """Copy a folder with its owners, sharing blocks where the file system can."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def _ids(root: Path, user: str) -> tuple[int, int]:
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == user:
            return int(uid), int(gid)
    raise KeyError(user)
