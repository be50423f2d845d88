"""docker-compose.yml, unmodified, beside the lab's Asterisk and Odoo: on one host, as is meant."""

import os
import re
import subprocess
import time
from pathlib import Path

from lab import paths
from lab.asterisk import Asterisk
from lab.component import CHECKOUT, RUN
from lab.containers import images
from lab.containers.engine import Engine
from lab.errors import LabError
from lab.office import Office
from lab.progress import working
from lab.stack import Lab

#: The host's address in its network: slirp4netns gives it.
ADDRESS = "10.0.2.100"
COMPOSE = (
    "compose",
    "--ansi",
    "never",
    "--env-file",
    f"{RUN}/env",
    "-f",
    f"{CHECKOUT}/docker-compose.yml",
)
UP_S = 300.0


class Yard:
    """Everything on one host: `office` and `asterisk` as they are, the rest in containers."""

    def __init__(self, lab: Lab, version: int) -> None:
        self.office = Office(lab)
        self.office.start()
        self.people = self.office.people()
        self.asterisk: Asterisk = self.office.asterisk(version)
        etc, spool, run = self.asterisk.etc, self.asterisk.spool, self.asterisk.folder / "run"
        shared = [(etc, Path("/etc/asterisk")), (spool, Path("/var/spool/asterisk"))]
        # /var/run is /run.
        shared.append((run, Path("/run/asterisk")))
        self.engine = lab.start(Engine(lab.folder / "engine", shared))
        self.facts: dict[str, float] = {}

    def build(self) -> None:
        """Make the base images that are missing, and the agent's image by its own Dockerfile."""
        images.make(self.engine)
        began = time.monotonic()
        self._write_env()
        with working("docker compose build"):
            self.compose("build", timeout_s=1200)
        self.facts["build_s"] = round(time.monotonic() - began, 1)
        base = images.names()["python"]
        sizes = self.engine.must("image", "inspect", "-f", "{{.Size}}", "asterisk-agent", base)
        whole, below = (int(size) / 1e6 for size in sizes.split())
        # The base is a stand-in: what is ours is above it.
        self.facts |= {"image_mb": round(whole), "image_above_its_base_mb": round(whole - below)}

    def up(self) -> None:
        """Start the services, and enter the proxy's address and certificate in Odoo."""
        began = time.monotonic()
        with working("docker compose up -d --wait"):
            self.compose("up", "-d", "--wait", "--wait-timeout", "240", timeout_s=UP_S)
        self.facts["up_s"] = round(time.monotonic() - began, 1)
        self.facts["agent_ready_s"] = self._agent_ready_s()
        self.office.admin().write(
            "asterisk_plus.server",
            self.people.server,
            {"agent_url": f"https://{ADDRESS}/rpc/", "agent_ca": self.certificate()},
        )

    def certificate(self) -> str:
        """Return the proxy's certificate, as the user is told to ask for it."""
        said = self.compose("run", "--rm", "-T", "npm-setup", "certificate")
        found = re.search(r"-----BEGIN.*-----END CERTIFICATE-----\n", said, re.S)
        if not found:
            raise LabError(f"no certificate: {said}")
        return found[0]

    def down(self) -> None:
        """Stop the services; raise LabError unless the agent ended in order."""
        with working("docker compose stop, down"):
            self.compose("stop", "agent", timeout_s=90)
            agent = self.compose("ps", "-aq", "agent").split()[-1]
            status = self.engine.must("inspect", "-f", "{{.State.ExitCode}}", agent).strip()
            self.compose("down", "-v", timeout_s=120)
        if status != "0":
            raise LabError(f"the agent ended with status {status}")

    def compose(self, *words: str, timeout_s: float = 60) -> str:
        """Run `docker compose` as a user does. Raise LabError when it fails, with the logs."""
        status, output = self.engine.docker(*COMPOSE, *words, timeout_s=timeout_s)
        if status:
            logs = self.engine.docker(*COMPOSE, "logs", "--tail", "40")[1]
            raise LabError(f"docker compose {words[0]}: status {status}\n{output}\n{logs}")
        return output

    def _write_env(self) -> None:
        """Let scripts/setup-env write the file, from what a user would answer."""
        settings = self.office.settings(self.asterisk)
        told = {name: settings[name] for name in settings if name.startswith(("ODOO", "ASTERISK"))}
        told |= {"ODOO_URL": self.office.nginx.url, "ODOO_IP": ADDRESS, "AGENT_ADDRESS": ADDRESS}
        told |= {"NPM_ADMIN_EMAIL": "me@example.com", "TZ": "UTC", "PATH": os.environ["PATH"]}
        file = self.engine.folder / "env"
        command = [paths.CHECKOUT / "scripts/setup-env", file]
        subprocess.run(command, env=told, stdin=subprocess.DEVNULL, check=True, capture_output=True)
        group = (self.asterisk.etc / "manager.conf").stat().st_gid
        with file.open("a") as env:
            env.write(f"ODOO_IP={ADDRESS}\nASTERISK_AMI_PORT={self.asterisk.ami_port}\n")
            env.write(f"ASTERISK_GID={group}\n")

    def _agent_ready_s(self) -> float:
        """Return the seconds from the agent's start to its line that it is ready."""
        form = "{{.State.StartedAt}}"
        agent = self.compose("ps", "-q", "agent").split()[-1]
        began = self.engine.must("inspect", "-f", form, agent).strip()
        line = next(
            line
            for line in self.compose("logs", "-t", "--no-log-prefix", "agent").splitlines()
            if " ready: " in line
        )
        return round(_seconds(line.split()[0]) - _seconds(began), 1)


def _seconds(text: str) -> float:
    """Return the seconds of the day of Docker's time."""
    hours, minutes, seconds = re.split(r"[T:Z]", text)[1:4]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
