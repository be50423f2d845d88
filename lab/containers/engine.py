"""A container engine in a chroot and a network of its own: what it does to interfaces, routes and
rules ends with it, and no package of it is installed on the host.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lab import paths
from lab.component import RUN, Component
from lab.errors import LabError
from lab.provision import require_chroot
from lab.recipes import ENGINE

DATA = Path("/mnt/data")
SOCKET = f"unix://{RUN}/docker.sock"
PULL_S = 1200.0


class Egress(Component):
    """slirp4netns: a namespace reaches the network through ordinary sockets of this machine."""

    name = "egress"
    chroot = ENGINE.name

    def __init__(self, folder: Path, namespace: int) -> None:
        super().__init__(folder)
        self.namespace = namespace

    def command(self) -> Sequence[str]:
        ready = f"exec 3>{RUN}/ready; exec slirp4netns --configure --mtu=1400"
        options = f"--disable-host-loopback --ready-fd=3 {self.namespace} tap0"
        return ["/bin/sh", "-c", f"{ready} {options}"]

    def is_ready(self) -> bool:
        ready = self.folder / "ready"
        return ready.is_file() and ready.read_text() == "1"


class Engine(Component):
    """Debian's dockerd. `shared` are what containers see as the host's: (folder, place)."""

    name = "engine"
    chroot = ENGINE.name
    ready_s = 60.0
    stop_s = 30.0

    def __init__(self, folder: Path, shared: Sequence[tuple[Path, Path]] = ()) -> None:
        super().__init__(folder)
        self.shared = shared

    def binds(self) -> list[tuple[Path, Path, str]]:
        data = paths.cache() / "containers"
        data.mkdir(parents=True, exist_ok=True)
        shared = [(folder, place, "rw") for folder, place in self.shared]
        return [*super().binds(), (data, DATA, "rw"), *_sys(), *shared]

    def prepare(self) -> None:
        (self.folder / "daemon.json").write_text("{}")
        # The host's folders that containers ask for. A chroot is read-only while it runs.
        for _, place in self.shared:
            (require_chroot(self.chroot) / place.relative_to("/")).mkdir(exist_ok=True)

    def environment(self) -> dict[str, str]:
        return {"LAB_PIVOT": "yes", "DOCKER_HOST": SOCKET, "DOCKER_BUILDKIT": "0"}

    def command(self) -> Sequence[str]:
        return [
            "/usr/sbin/dockerd",
            f"--config-file={RUN}/daemon.json",
            f"--host={SOCKET}",
            "--group=root",
            f"--data-root={DATA}",
            f"--exec-root={RUN}/exec",
            f"--pidfile={RUN}/dockerd.pid",
            "--storage-driver=overlay2",
            "--mtu=1400",
            "--exec-opt=native.cgroupdriver=cgroupfs",
        ]

    def is_ready(self) -> bool:
        return (self.folder / "docker.sock").exists() and self.docker("info")[0] == 0

    def start(self) -> None:
        super().start()
        self._sweep()

    def stop(self) -> None:
        """End the containers, and then it."""
        if self.process and self.process.alive:
            self._sweep()
        super().stop()
        for folder in Path("/sys/fs/cgroup").glob("**/docker"):
            # A control group goes when its last one below has gone.
            for path in sorted(folder.glob("**/"), reverse=True):
                with suppress(OSError):
                    path.rmdir()

    def _sweep(self) -> None:
        """Leave images alone, also those of a run that was killed."""
        _, there = self.docker("ps", "-aq")
        if there.split():
            self.docker("rm", "-f", "-v", *there.split())
        for kind in (["volume", "prune", "-a"], ["network", "prune"]):
            self.docker(*kind, "-f")

    def docker(self, *words: str, timeout_s: float = 60) -> tuple[int, str]:
        """Run `docker`; return its status and output."""
        return self.run(["/usr/bin/docker", *words], timeout_s)

    def must(self, *words: str, timeout_s: float = PULL_S) -> str:
        """Run `docker` and return its output. Raise LabError when it fails."""
        status, output = self.docker(*words, timeout_s=timeout_s)
        if status:
            raise LabError(f"docker {' '.join(words[:3])}: status {status}\n{output[-4000:]}")
        return output


def _sys() -> list[tuple[Path, Path, str]]:
    """Return /sys with the control groups in it, of either version."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    groups = sorted({Path(place) for place in mounted if place.startswith("/sys/fs/cgroup")})
    return [(place, place, "rw") for place in (Path("/sys"), *groups)]
