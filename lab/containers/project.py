"""`docker compose`, as a user types it: in the checkout, with an .env by scripts/setup-env."""

import os
import re
import subprocess
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from lab import paths
from lab.component import CHECKOUT, RUN
from lab.containers.engine import Engine
from lab.errors import LabError
from lab.progress import working

#: $0 is the .env, which also tells the files.
TYPED = f'cd {CHECKOUT} && exec docker compose --ansi never --env-file "$0" "$@"'
UP_S = 600


class Project:
    """One set of compose files, run by an engine. `env` is its .env, on the host."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self.env = engine.folder / f"{name}.env"

    def setup_env(self, *words: str, told: Mapping[str, str] | None = None) -> None:
        """Let scripts/setup-env write the .env, from what a user would answer."""
        environ = {"PATH": os.environ["PATH"], **(told or {})}
        command = [paths.CHECKOUT / "scripts/setup-env", *words, self.env]
        subprocess.run(
            command, env=environ, stdin=subprocess.DEVNULL, check=True, capture_output=True
        )
        self.add(COMPOSE_PROJECT_NAME=self.name)

    def add(self, **values: object) -> None:
        """Add lines to the .env."""
        with self.env.open("a") as env:
            env.writelines(f"{name}={value}\n" for name, value in values.items())

    def values(self) -> dict[str, str]:
        """Return what the .env says."""
        return dict(re.findall(r"^(\w+)=(.*)$", self.env.read_text(), re.M))

    def __call__(self, *words: str, timeout_s: float = 60) -> str:
        """Run `docker compose`. Raise LabError when it fails, with the logs."""
        status, output = self._try(words, timeout_s)
        if status:
            logs = self._try(("logs", "--tail", "200"), 60)[1]
            raise LabError(f"docker compose {words[0]}: status {status}\n{output}\n{logs}")
        return output

    def _try(self, words: tuple[str, ...], timeout_s: float) -> tuple[int, str]:
        command = ["/bin/sh", "-c", TYPED, str(RUN / self.env.name), *words]
        return self.engine.run(command, timeout_s)

    def build(self, service: str) -> float:
        """Build a service's image; return the seconds."""
        began = time.monotonic()
        with working(f"docker compose build {service}"):
            self("build", service, timeout_s=1200)
        return round(time.monotonic() - began, 1)

    def up(self) -> float:
        """Start all services, healthy when it returns; return the seconds."""
        began = time.monotonic()
        with working(f"docker compose up -d --wait ({self.name})"):
            self("up", "-d", "--wait", "--wait-timeout", str(UP_S), timeout_s=UP_S + 60)
        return round(time.monotonic() - began, 1)

    def down(self) -> None:
        """Stop the services; raise LabError unless the agent ended in order."""
        with working(f"docker compose stop, down ({self.name})"):
            self("stop", "agent", timeout_s=90)
            state = self.inspect("agent", "{{.State.ExitCode}}")
            self("down", "-v", "-t", "5", timeout_s=120)
        if state != "0":
            raise LabError(f"the agent ended with status {state}")

    def inspect(self, service: str, form: str) -> str:
        """Return what the engine knows of a service's container."""
        container = self("ps", "-aq", service).split()[-1]
        return self.engine.must("inspect", "-f", form, container).strip()

    def services(self) -> list[str]:
        """Return the names of all services that run."""
        return self("ps", "--services").split()

    @cached_property
    def certificate(self) -> str:
        """Return the proxy's certificate, as the user is told to ask for it."""
        said = self("run", "--rm", "-T", "npm-setup", "certificate")
        found = re.search(r"-----BEGIN.*-----END CERTIFICATE-----\n", said, re.S)
        if not found:
            raise LabError(f"no certificate: {said}")
        return found[0]

    def check_is_green(self) -> bool:
        """Tell what `check` in the agent's container says."""
        return "failed" not in self("run", "--rm", "-T", "agent", "check")

    def agent_ready_s(self) -> float:
        """Return the seconds from the agent's start to its line that it is ready."""
        began = self.inspect("agent", "{{.State.StartedAt}}")
        lines = self("logs", "-t", "--no-log-prefix", "agent").splitlines()
        line = next(line for line in lines if " ready: " in line)
        return round(_seconds(line.split()[0]) - _seconds(began), 1)


def _seconds(text: str) -> float:
    """Return the seconds of the day of Docker's time."""
    hours, minutes, seconds = re.split(r"[T:Z]", text)[1:4]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def image_mb(engine: Engine, name: str, base: str) -> dict[str, float]:
    """Return an image's size. The base is a stand-in: what is ours is above it."""
    sizes = engine.must("image", "inspect", "-f", "{{.Size}}", name, base)
    whole, below = (int(size) / 1e6 for size in sizes.split())
    return {"image_mb": round(whole), "image_above_its_base_mb": round(whole - below)}


def shared(etc: Path, spool: Path, run: Path) -> list[tuple[Path, Path]]:
    """Return what containers see of an Asterisk on their host: (folder, place)."""
    # /var/run is /run.
    places = ("/etc/asterisk", "/var/spool/asterisk", "/run/asterisk")
    return list(zip((etc, spool, run), map(Path, places), strict=True))
