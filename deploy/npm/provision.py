#!/usr/bin/env python3
"""Give Nginx Proxy Manager its proxy host for the agent, through its own API.

The API is that of version 2.15 (backend/schema). `docker-compose.yml` runs this at each start, in
the agent's image; what is there already is left as it is, so changes made in its page stay.
Needs only the standard library, and `openssl`.

A certificate of its own is made, until AGENT_LETSENCRYPT=yes: then AGENT_ADDRESS is a DNS name that
leads here, and port 80 is open to the world.
"""

# ruff: noqa: T201 (a program)

import ipaddress
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

WAIT_S = 180.0
#: certbot asks, waits and asks again.
LETSENCRYPT_S = 600.0
TIMEOUT_S = 30.0
#: In npm's folder: what Odoo must trust as long as the certificate is the proxy's own.
CERTIFICATE = "asterisk-agent.pem"
#: There when all is done; docker-compose.yml looks for it. In a container of its own.
DONE = Path("/tmp/provisioned")  # noqa: S108
NICE_NAME = "asterisk-agent (its own)"
DEFAULT_SERVER = """# Made by asterisk-agent's provision.py. Who calls an address without a name
# sends none in the handshake (SNI), and would be refused by the first server of all.
server {
    listen 443 ssl default_server;
    server_name _;
    ssl_certificate /data/custom_ssl/npm-%(id)d/fullchain.pem;
    ssl_certificate_key /data/custom_ssl/npm-%(id)d/privkey.pem;
    return 404;
}
"""
SERVER = """# NPM believes the X-Real-IP of every private address: here nobody's, for ODOO_IP.
set_real_ip_from 255.255.255.255;
location / { return 404; }"""
LOCATION = """# 308, not 301: a POST stays a POST.
if ($scheme = http) { return 308 https://$host$request_uri; }
client_max_body_size 1m;
proxy_read_timeout 35s;"""


class ProvisionError(Exception):
    """What keeps the proxy host from being made, with its cure."""


class Api:
    """Nginx Proxy Manager's API."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.token = ""

    def wait(self, timeout_s: float = WAIT_S) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                if self.ask("GET", "/").get("status") == "OK":
                    return
                why = "it is not ready"
            except ProvisionError as exc:
                why = str(exc)
            if time.monotonic() > deadline:
                raise ProvisionError(f"{self.url}: {why}; cure: docker compose logs npm")
            time.sleep(1)

    def log_in(self, email: str, password: str) -> None:
        """Get a token."""
        found = self.ask("POST", "/tokens", {"identity": email, "secret": password})
        if "token" not in found:
            raise ProvisionError("the account asks for a second factor; use its page instead")
        self.token = found["token"]

    def upload(self, certificate: int, files: dict[str, bytes]) -> None:
        """Give a certificate its files (multipart/form-data)."""
        boundary = uuid.uuid4().hex
        parts = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.pem"'
            "\r\nContent-Type: application/x-pem-file\r\n\r\n".encode()
            + content
            + b"\r\n"
            for name, content in files.items()
        )
        body = parts + f"--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        self._send("POST", f"/nginx/certificates/{certificate}/upload", body, kind, TIMEOUT_S)

    def ask(self, method: str, path: str, content=None, timeout_s: float = TIMEOUT_S):
        """Make a request and return what it gives. Raise ``ProvisionError``."""
        body = None if content is None else json.dumps(content).encode()
        return self._send(method, path, body, "application/json", timeout_s)

    def _send(self, method, path, body, kind, timeout_s):
        headers = {"Content-Type": kind} if body is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, body, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as reply:  # noqa: S310
                return json.loads(reply.read())
        except urllib.error.HTTPError as exc:
            raise ProvisionError(f"{method} {path}: HTTP {exc.code}: {_message(exc)}") from exc
        except (OSError, ValueError) as exc:
            raise ProvisionError(f"{method} {path}: {exc}") from exc


def _message(exc: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(exc.read())["error"]["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return "no JSON"


def is_name(address: str) -> bool:
    """Tell whether an address is a DNS name, and not an IP address."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return True
    return False


def own_certificate(address: str) -> dict[str, bytes]:
    """Make a key and a certificate that signs itself, for ten years."""
    name = f"{'DNS' if is_name(address) else 'IP'}:{address}"
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ]
        command += ["-nodes", "-days", "3650", "-subj", "/CN=asterisk-agent", "-keyout", str(key)]
        command += ["-addext", f"subjectAltName={name}", "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
        return {"certificate": certificate.read_bytes(), "certificate_key": key.read_bytes()}


def proxy_host(address: str, certificate: int, agent: tuple[str, int]) -> dict:
    """Return the proxy host: /rpc/ goes to the agent, all else is not there."""
    to = {"forward_scheme": "http", "forward_host": agent[0], "forward_port": agent[1]}
    return {
        "domain_names": [address],
        **to,
        "certificate_id": certificate,
        # NPM's own redirection is a 301, which makes a GET of a POST: the location's is better.
        "ssl_forced": False,
        "http2_support": True,
        "block_exploits": False,
        "caching_enabled": False,
        "allow_websocket_upgrade": False,
        "advanced_config": SERVER,
        "locations": [{"path": "/rpc/", **to, "advanced_config": LOCATION}],
        "meta": {},
    }


def make_certificate(api: Api, address: str, data: Path, *, letsencrypt: bool) -> int:
    """Make a certificate in NPM and return its number."""
    if letsencrypt:
        wish = {
            "provider": "letsencrypt",
            "domain_names": [address],
            "meta": {"dns_challenge": False},
        }
        return int(api.ask("POST", "/nginx/certificates", wish, LETSENCRYPT_S)["id"])
    wish = {"provider": "other", "nice_name": NICE_NAME}
    number = int(api.ask("POST", "/nginx/certificates", wish)["id"])
    files = own_certificate(address)
    api.upload(number, files)
    (data / CERTIFICATE).write_bytes(files["certificate"])
    return number


def write_default_server(data: Path, certificate: int) -> None:
    """Let nginx answer handshakes without a name by this certificate."""
    path = data / "nginx" / "custom" / "http_top.conf"
    text = path.read_text() if path.exists() else ""
    if text and text.split("\n")[0] != DEFAULT_SERVER.split("\n")[0]:
        print(f"{path} is somebody else's: left as it is")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DEFAULT_SERVER % {"id": certificate})


def provision(
    api: Api, address: str, agent: tuple[str, int], data: Path, *, letsencrypt: bool
) -> str:
    """Make what is not there, and tell in one line what there is."""
    if letsencrypt and not is_name(address):
        raise ProvisionError("Let's Encrypt wants a DNS name; cure: AGENT_ADDRESS=pbx.example.com")
    found = find_host(api, address)
    has = ((found or {}).get("certificate") or {}).get("provider", "")
    if found and (has == "letsencrypt" or (has and not letsencrypt)):
        if not is_online(found):
            # It was there before nginx could take it: let it be tried again.
            same = {"certificate_id": found["certificate_id"]}
            api.ask("PUT", f"/nginx/proxy-hosts/{found['id']}", same)
            require_online(find_host(api, address))
        return f"https://{address}/rpc/ is there already"
    number = make_certificate(api, address, data, letsencrypt=letsencrypt)
    if not letsencrypt:
        write_default_server(data, number)
    if found:
        api.ask("PUT", f"/nginx/proxy-hosts/{found['id']}", {"certificate_id": number})
    else:
        api.ask("POST", "/nginx/proxy-hosts", proxy_host(address, number, agent))
    require_online(find_host(api, address))
    return f"https://{address}/rpc/ leads to the agent"


def find_host(api: Api, address: str) -> dict | None:
    """Return the proxy host of an address."""
    hosts = api.ask("GET", "/nginx/proxy-hosts?expand=certificate")
    return next((host for host in hosts if address in host["domain_names"]), None)


def is_online(host: dict) -> bool:
    """Tell whether nginx has a host, or a person switched it off."""
    return bool((host.get("meta") or {}).get("nginx_online") or not host.get("enabled", True))


def require_online(host: dict | None) -> None:
    """Raise ``ProvisionError`` when nginx refused a host: NPM answers as if all were well."""
    if host is None or not is_online(host):
        why = str(((host or {}).get("meta") or {}).get("nginx_err"))[:300]
        raise ProvisionError(f"nginx refuses the proxy host: {why}; cure: its page, port 81")


def main(environ, words=()) -> int:
    """Provision by the environment, or print the own `certificate`; return the exit status.

    With `stay` it does not end when all is done, so that a supervisor sees that it is.
    """
    try:
        if list(words) == ["certificate"]:
            print(Path(environ["NPM_DATA"], CERTIFICATE).read_text(), end="")
            return 0
        api = Api(environ["NPM_API"])
        address = environ["AGENT_ADDRESS"]
        data = Path(environ["NPM_DATA"])
        letsencrypt = environ.get("AGENT_LETSENCRYPT", "").lower() in {"yes", "true", "on", "1"}
        agent = (environ["RPC_HOST"], int(environ["RPC_PORT"]))
        api.wait()
        api.log_in(environ["NPM_ADMIN_EMAIL"], environ["NPM_ADMIN_PASSWORD"])
        print(provision(api, address, agent, data, letsencrypt=letsencrypt), flush=True)
        if list(words) == ["stay"]:
            DONE.touch()
            signal.pause()
    except KeyError as exc:
        print(f"error: {exc.args[0]} is not set; cure: scripts/setup-env", file=sys.stderr)
        return 78
    except (ProvisionError, OSError, ssl.SSLError, subprocess.CalledProcessError) as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ, sys.argv[1:]))
