"""Nginx Proxy Manager's API as far as our provisioning uses it, and as strict as the real one.

What it takes and refuses is what backend/schema of version 2.15 says: names that are not listed are
refused, an action without a token is, a certificate of one's own has no file until it is uploaded.
"""

from __future__ import annotations

import json
import re
import threading
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

EMAIL, PASSWORD, TOKEN = "me@example.com", "fake-npm-password-7", "fake-npm-token"
DOMAIN = re.compile(r"^[^&| @!#%^();:/\\}{=+?<>,~`'\"]+$")
FORWARD = {"forward_scheme": str, "forward_host": str, "forward_port": int}
LOCATION = {"id": int, "path": str, "forward_path": str, "advanced_config": str, **FORWARD}
HOST = {
    "domain_names": list,
    **FORWARD,
    "certificate_id": int,
    "ssl_forced": bool,
    "hsts_enabled": bool,
    "hsts_subdomains": bool,
    "trust_forwarded_proto": bool,
    "http2_support": bool,
    "block_exploits": bool,
    "caching_enabled": bool,
    "allow_websocket_upgrade": bool,
    "access_list_id": int,
    "advanced_config": str,
    "enabled": bool,
    "meta": dict,
    "locations": list,
}
CERTIFICATE = {"provider": str, "nice_name": str, "domain_names": list, "meta": dict}
META = {"dns_challenge": bool, "key_type": str}


class BadRequestError(Exception):
    """What the real one refuses with 400."""


def check(content: Any, known: dict[str, type], required: tuple[str, ...] = ()) -> None:
    """Raise ``BadRequestError`` for what is unknown, of another type, or missing."""
    if not isinstance(content, dict):
        raise BadRequestError("data must be object")
    for name, value in content.items():
        if name not in known:
            raise BadRequestError(f"data must NOT have additional property {name}")
        if type(value) is not known[name]:
            raise BadRequestError(f"data/{name} must be {known[name].__name__}")
    for name in required:
        if name not in content:
            raise BadRequestError(f"data must have required property '{name}'")


def check_domains(names: list[Any]) -> None:
    """Raise ``BadRequestError`` for what is no list of names."""
    if not names or not all(isinstance(name, str) and DOMAIN.match(name) for name in names):
        raise BadRequestError("data/domain_names must match pattern")


class FakeNpm:
    """Serves, on loopback if nothing else is said. ``hosts`` and ``certificates`` are what it
    holds. The containers' stand-in for the real one is made of it, too.
    """

    def __init__(
        self,
        address: tuple[str, int] = ("127.0.0.1", 0),
        account: tuple[str, str] = (EMAIL, PASSWORD),
    ) -> None:
        self.account = account
        self.hosts: list[dict[str, Any]] = []
        self.certificates: dict[int, dict[str, Any]] = {}
        self.files: dict[int, dict[str, bytes]] = {}
        self.asked: list[str] = []
        self.not_ready = 0
        fake = self

        class Handler(_Handler):
            npm = fake

        self._server = ThreadingHTTPServer(address, Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answer(self, method: str, path: str, content: Any) -> tuple[int, Any]:
        """Return status and body of a request that shows its token, if it must."""
        path = path.partition("?")[0]
        if (method, path) == ("GET", "/nginx/proxy-hosts"):
            return 200, [{**host, "certificate": self._certificate(host)} for host in self.hosts]
        if (method, path) == ("POST", "/nginx/certificates"):
            return 201, self._add_certificate(content)
        if (method, path) == ("POST", "/nginx/proxy-hosts"):
            return 201, self._add_host(content)
        number = int(path.split("/")[3]) if path.count("/") > 2 else 0
        if method == "PUT" and path == f"/nginx/proxy-hosts/{number}":
            return 200, self._change_host(number, content)
        if method == "POST" and path == f"/nginx/certificates/{number}/upload":
            return 200, self._upload(number, content)
        return 404, {"error": {"code": 404, "message": "Not Found"}}

    def _certificate(self, host: dict[str, Any]) -> dict[str, Any] | None:
        return self.certificates.get(host.get("certificate_id", 0))

    def _add_certificate(self, content: Any) -> dict[str, Any]:
        check(content, CERTIFICATE, ("provider",))
        check(content.get("meta", {}), META)
        if content["provider"] not in {"letsencrypt", "other"}:
            raise BadRequestError("data/provider must be equal to one of the allowed values")
        if content["provider"] == "letsencrypt":
            check_domains(content.get("domain_names", []))
        number = len(self.certificates) + 1
        self.certificates[number] = {"id": number, **content}
        return self.certificates[number]

    def _upload(self, number: int, files: dict[str, bytes]) -> dict[str, Any]:
        known = dict.fromkeys(("certificate", "certificate_key", "intermediate_certificate"), bytes)
        check(files, known, ("certificate", "certificate_key"))
        if self.certificates[number]["provider"] != "other":
            raise BadRequestError("Cannot upload certificates for this type of provider")
        self.files[number] = files
        return {}

    def _check_host(self, content: Any, required: tuple[str, ...]) -> None:
        check(content, HOST, required)
        if "domain_names" in content:
            check_domains(content["domain_names"])
        for location in content.get("locations", []):
            check(location, LOCATION, ("path", *FORWARD))
        number = content.get("certificate_id", 0)
        if number and self.certificates[number]["provider"] == "other" and number not in self.files:
            raise BadRequestError("nginx would not start: the certificate has no file")

    def _add_host(self, content: Any) -> dict[str, Any]:
        self._check_host(content, ("domain_names", *FORWARD))
        taken = {name for host in self.hosts for name in host["domain_names"]}
        if taken & set(content["domain_names"]):
            raise BadRequestError(f"{content['domain_names'][0]} is already in use")
        self.hosts.append({"id": len(self.hosts) + 1, **content})
        return self.hosts[-1]

    def _change_host(self, number: int, content: Any) -> dict[str, Any]:
        self._check_host(content, ())
        host = self.hosts[number - 1]
        host.update(content)
        return host


class _Handler(BaseHTTPRequestHandler):
    npm: FakeNpm

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        path = self.path.removeprefix("/api")
        self.npm.asked.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            status, content = self._answer(path, body)
        except (BadRequestError, KeyError, ValueError) as exc:
            status, content = 400, {"error": {"code": 400, "message": str(exc)}}
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _answer(self, path: str, body: bytes) -> tuple[int, Any]:
        if self.npm.not_ready:
            self.npm.not_ready -= 1
            return 502, {}
        if path == "/":
            return 200, {"status": "OK", "setup": True}
        content = self._content(body)
        if path == "/tokens":
            check(content, {"identity": str, "secret": str}, ("identity", "secret"))
            if (content["identity"], content["secret"]) != self.npm.account:
                return 401, {"error": {"code": 401, "message": "Invalid email or password"}}
            return 200, {"token": TOKEN, "expires": "2026-12-01T00:00:00.000Z"}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 403, {"error": {"code": 403, "message": "Permission Denied"}}
        return self.npm.answer(self.command, path, content)

    def _content(self, body: bytes) -> Any:
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/"):
            return json.loads(body or b"{}")
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        parts = BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()
        return {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
            for part in parts
        }

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
