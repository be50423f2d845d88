"""A program of the image that stands in for Nginx Proxy Manager: its API, and a real nginx behind.

What it writes is what the real one's backend/templates/proxy_host.conf and _location.conf give for
a proxy host like ours (no access list, no forced TLS, no cache).
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from npm import BadRequestError, FakeNpm

DATA = Path("/data")
NGINX = "/usr/sbin/nginx"
HOST = """server {{
  set $forward_scheme {forward_scheme};
  set $server         "{forward_host}";
  set $port           {forward_port};
  listen 80;
  listen 443 ssl;
  server_name {names};
  http2 on;
  ssl_certificate /data/custom_ssl/npm-{certificate_id}/fullchain.pem;
  ssl_certificate_key /data/custom_ssl/npm-{certificate_id}/privkey.pem;
{advanced_config}
{locations}
}}
"""
LOCATION = """  location {path} {{
    {advanced_config}
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-Scheme $scheme;
    proxy_set_header X-Forwarded-Proto  $scheme;
    proxy_set_header X-Forwarded-For    $remote_addr;
    proxy_set_header X-Real-IP          $remote_addr;
    proxy_pass       {forward_scheme}://{forward_host}:{forward_port};
  }}
"""


class Npm(FakeNpm):
    """The API; each change reaches nginx, or is refused with what nginx said."""

    def _upload(self, number: int, files: dict[str, bytes]) -> dict[str, Any]:
        made = super()._upload(number, files)
        folder = DATA / "custom_ssl" / f"npm-{number}"
        folder.mkdir(parents=True)
        (folder / "fullchain.pem").write_bytes(files["certificate"])
        (folder / "privkey.pem").write_bytes(files["certificate_key"])
        return made

    def _add_host(self, content: Any) -> dict[str, Any]:
        host = super()._add_host(content)
        write(host)
        return host

    def _change_host(self, number: int, content: Any) -> dict[str, Any]:
        host = super()._change_host(number, content)
        write(host)
        return host


def write(host: dict[str, Any]) -> None:
    """Write a proxy host's file and let nginx read it. Raise BadRequestError."""
    # backend/internal/nginx.js, advancedConfigHasDefaultLocation
    if not re.search(r"^(?:.*;)?\s*?location\s*?/\s*?{", host["advanced_config"], re.M | re.I):
        raise BadRequestError("this stand-in has no default location")
    locations = "".join(LOCATION.format(**location) for location in host["locations"])
    names = " ".join(host["domain_names"])
    text = HOST.format(**{**host, "locations": locations, "names": names})
    (DATA / "nginx/proxy_host" / f"{host['id']}.conf").write_text(text)
    for words in (["-t"], ["-s", "reload"]):
        done = subprocess.run([NGINX, *words], capture_output=True, text=True)
        if done.returncode:
            raise BadRequestError(done.stderr)


def main() -> None:
    """Serve until nginx ends."""
    for folder in ("nginx/custom", "nginx/proxy_host"):
        (DATA / folder).mkdir(parents=True, exist_ok=True)
    account = os.environ["INITIAL_ADMIN_EMAIL"], os.environ["INITIAL_ADMIN_PASSWORD"]
    nginx = subprocess.Popen([NGINX])
    with Npm(("0.0.0.0", 81), account):  # noqa: S104 (in its container, as the real one)
        nginx.wait()


if __name__ == "__main__":
    main()
