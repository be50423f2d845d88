"""The samples for those who have a proxy: a real nginx and a real Caddy take them as they are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from lab.component import RUN, Component
from lab.netns import Namespace
from lab.tls import certificate
from lab.unpacked import caddy

pytestmark = pytest.mark.lab
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
#: What stands around a site's file; the chroot is read-only.
AROUND = "pid /mnt/run/pid; error_log stderr; events {{}} http {{ access_log off; {paths} {text} }}"
PATHS = " ".join(
    f"{kind}_temp_path /mnt/run/{kind};"
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)


class Checker(Component):
    """nginx of the lab's chroot, for `nginx -t`."""

    name = "nginx-check"
    chroot = "bullseye"


@pytest.mark.parametrize("name", ["asterisk-agent.conf", "odoo.conf"])
def test_nginx_takes_the_sample(provisioned: None, tmp_path: Path, name: str) -> None:
    made = certificate(tmp_path / "tls")
    text = (DEPLOY / "nginx" / name).read_text()
    with Namespace() as nowhere:
        nginx = Checker(tmp_path / "nginx")
        nginx.network = nowhere.enter
        nginx.make_folder()
        for line, file in (("ssl_certificate ", made.file), ("ssl_certificate_key ", made.key)):
            # The files are the user's.
            there = next(one for one in text.splitlines() if one.strip().startswith(line))
            (nginx.folder / file.name).write_bytes(file.read_bytes())
            text = text.replace(there, f"    {line} {RUN / file.name};")
        (nginx.folder / "nginx.conf").write_text(AROUND.format(paths=PATHS, text=text))
        status, output = nginx.run(["/usr/sbin/nginx", "-t", "-c", str(RUN / "nginx.conf")])
    assert status == 0, output
    assert "warn" not in output


def test_caddy_takes_the_sample(provisioned: None, tmp_path: Path) -> None:
    command = [
        caddy(),
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        DEPLOY / "caddy/Caddyfile",
    ]
    own = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    with Namespace() as nowhere:
        done = subprocess.run([*nowhere.enter, *command], env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stdout + done.stderr
    assert '"level":"warn"' not in done.stderr
