"""A program of the image that stands in for Nginx Proxy Manager: its API, and a real nginx behind.

What it writes for a proxy host like ours (no access list, no forced TLS, no cache) is to the word
what version 2.15.1 wrote, but for empty lines: tests/data/npm/proxy_host.conf.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from npm import FakeNpm

DATA = Path("/data")
NGINX = "/usr/sbin/nginx"
HOST = """# ------------------------------------------------------------
# {names}
# ------------------------------------------------------------
map $scheme $hsts_header {{
    https   "max-age=63072000; preload";
}}
server {{
  set $forward_scheme {forward_scheme};
  set $server         "{forward_host}";
  set $port           {forward_port};
  listen 80;
listen [::]:80;
listen 443 ssl;
listen [::]:443 ssl;
  server_name {names};
  http2 on;
  # Custom SSL
  ssl_certificate /data/custom_ssl/npm-{certificate_id}/fullchain.pem;
  ssl_certificate_key /data/custom_ssl/npm-{certificate_id}/privkey.pem;
  access_log /data/logs/proxy-host-{id}_access.log proxy;
  error_log /data/logs/proxy-host-{id}_error.log warn;
{advanced_config}
{locations}  # Custom
  include /data/nginx/custom/server_proxy[.]conf;
}}
"""
LOCATION = """  location {path} {{
    {advanced_config}
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-Scheme $scheme;
    proxy_set_header X-Forwarded-Proto  $scheme;
    proxy_set_header X-Forwarded-For    $remote_addr;
    proxy_set_header X-Real-IP\t\t$remote_addr;
    proxy_pass       {forward_scheme}://{forward_host}:{forward_port};
  }}
"""


class Npm(FakeNpm):
    """The API; each change reaches nginx."""

    def _upload(self, number: int, files: dict[str, bytes]) -> dict[str, Any]:
        made = super()._upload(number, files)
        folder = DATA / "custom_ssl" / f"npm-{number}"
        folder.mkdir(parents=True)
        (folder / "fullchain.pem").write_bytes(files["certificate"])
        (folder / "privkey.pem").write_bytes(files["certificate_key"])
        return made

    def _nginx(self, host: dict[str, Any]) -> str:
        return write(host)


def write(host: dict[str, Any]) -> str:
    """Write a proxy host's file and let nginx read it. Return what it has against it: then the
    file is gone again, as the real one does.
    """
    # backend/internal/nginx.js, advancedConfigHasDefaultLocation
    if not re.search(r"^(?:.*;)?\s*?location\s*?/\s*?{", host["advanced_config"], re.M | re.I):
        return "this stand-in has no default location"
    path = DATA / "nginx/proxy_host" / f"{host['id']}.conf"
    path.write_text(render(host))
    said = nginx("-t")
    if said:
        path.unlink()
    return said or nginx("-s", "reload")


def render(host: dict[str, Any]) -> str:
    """Return what stands in a proxy host's file."""
    locations = "".join(LOCATION.format(**location) for location in host["locations"])
    return HOST.format(**{**host, "locations": locations, "names": " ".join(host["domain_names"])})


def nginx(*words: str) -> str:
    """Run it; return what it says when it fails."""
    done = subprocess.run([NGINX, *words], capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def main() -> None:
    """Serve until nginx ends."""
    for folder in ("logs", "nginx/custom", "nginx/proxy_host"):
        (DATA / folder).mkdir(parents=True, exist_ok=True)
    account = os.environ["INITIAL_ADMIN_EMAIL"], os.environ["INITIAL_ADMIN_PASSWORD"]
    server = subprocess.Popen([NGINX])
    with Npm(("0.0.0.0", 81), account):  # noqa: S104 (in its container, as the real one)
        server.wait()


if __name__ == "__main__":
    main()
