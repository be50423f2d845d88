"""Nginx Proxy Manager's API as far as our provisioning uses it, and as strict as the real one.

What a request may hold is read in the real one's own schema (npm_schema.json), which for a proxy
host knows no other name than those that are listed. What it answers beyond that was seen of the
real one: docs/how-to/tls.md.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import fastjsonschema

EMAIL, PASSWORD, TOKEN = "me@example.com", "fake-npm-password-7", "fake-npm-token"
#: What a request may hold, by method and path.
REQUESTS = json.loads(Path(__file__).with_name("npm_schema.json").read_text())


class BadRequestError(Exception):
    """What the real one refuses with 400."""


@cache
def _check(request: str) -> Callable[[Any], Any]:
    return fastjsonschema.compile(REQUESTS[request], use_default=False)


def check(request: str, content: Any) -> None:
    """Raise ``BadRequestError`` unless it is what the real one's schema has of this request."""
    try:
        _check(request)(content)
    except fastjsonschema.JsonSchemaValueException as exc:
        raise BadRequestError(exc.message) from exc


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
        check("POST /nginx/certificates", content)
        number = len(self.certificates) + 1
        self.certificates[number] = {"id": number, **content}
        return self.certificates[number]

    def _upload(self, number: int, files: dict[str, bytes]) -> dict[str, Any]:
        texts = {name: content.decode() for name, content in files.items()}
        check("POST /nginx/certificates/{certID}/upload", texts)
        if self.certificates[number]["provider"] != "other":
            raise BadRequestError("Cannot upload certificates for this type of provider")
        self.files[number] = files
        return texts

    def _add_host(self, content: Any) -> dict[str, Any]:
        check("POST /nginx/proxy-hosts", content)
        taken = {name for host in self.hosts for name in host["domain_names"]}
        if taken & set(content["domain_names"]):
            raise BadRequestError(f"{content['domain_names'][0]} is already in use")
        host = {"id": len(self.hosts) + 1, **content}
        self.hosts.append(host)
        self._configure(host)
        return host

    def _change_host(self, number: int, content: Any) -> dict[str, Any]:
        check("PUT /nginx/proxy-hosts/{hostID}", content)
        host = self.hosts[number - 1]
        host.update(content)
        self._configure(host)
        return host

    def _configure(self, host: dict[str, Any]) -> None:
        """Note what nginx says of a host; the request is answered as if all were well."""
        fault = self._nginx(host)
        host["meta"] = {"nginx_online": not fault, "nginx_err": fault or None}

    def _nginx(self, host: dict[str, Any]) -> str:
        """Return what nginx has against a host."""
        number = host.get("certificate_id", 0)
        own = self.certificates.get(number, {}).get("provider") == "other"
        return "cannot load certificate" if own and number not in self.files else ""


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
            check("POST /tokens", content)
            if (content["identity"], content["secret"]) != self.npm.account:
                raise BadRequestError("Invalid email or password")
            return 200, {"token": TOKEN, "expires": "2026-12-01T00:00:00.000Z"}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status = 500 if "Authorization" in self.headers else 404
            return status, {"error": {"code": status, "message": "Internal Error"}}
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
