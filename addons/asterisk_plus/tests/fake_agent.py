"""An agent on a real socket, as strict as the contract (docs/reference/agent-odoo.md, section 2): what it refuses, the agent refuses."""
import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from ..models import agent_client, server_rpc

TOKEN = "fake-agent-token-1234567890"
PATH = "/rpc/"
PARAMS = {"args", "kwargs", "sync", "timeout", "res_model", "res_method", "res_notify_uid", "res_notify_title", "pass_back"}

# For an agent that answers: a busy machine is no fault.
PATIENCE_S = 60


def patience(case):
    """Let the addon wait long for a fake agent in this test; what is to see that it does not takes the time-outs back."""
    for module, name in ((agent_client, "CONNECT_TIMEOUT_S"), (server_rpc, "ASYNC_TIMEOUT_S"), (server_rpc, "SYNC_MARGIN_S")):
        one = patch.object(module, name, PATIENCE_S)
        one.start()
        case.addCleanup(one.stop)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def do_GET(self):
        self._send(405, {"code": -32600, "message": "method not allowed"})

    def do_POST(self):
        agent = self.server.agent
        agent.seen_headers.append(dict(self.headers))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if agent.behaviour:
            agent.behaviour(self)
            return
        status, answer = agent.answer(self.path, self.headers, body)
        self._send(status, answer)

    def _send(self, status, answer):
        key = "error" if "code" in answer else "result"
        value = answer if key == "error" else answer["result"]
        self.send_body(status, json.dumps({"jsonrpc": "2.0", "id": 1, key: value}).encode())

    def send_body(self, status, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that has given up is no error of the test."""


class FakeAgent:
    """Start with `with`. `requests` holds what was accepted, `results` what functions answer, `behaviour` replaces the answer."""

    def __init__(self, context=None):
        self.requests, self.seen_headers, self.results = [], [], {"test.ping": True}
        self.behaviour = None
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.agent = self
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.scheme = "https" if context else "http"
        self.port = self._server.server_address[1]
        self.url = "%s://127.0.0.1:%d%s" % (self.scheme, self.port, PATH)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path, headers, body):
        """Return (HTTP status, {"result": ...} or an error object)."""
        if path != PATH:
            return 404, {"code": -32601, "message": "not found"}
        if headers.get("Authorization") != "Bearer " + TOKEN:
            return 401, {"code": -32001, "message": "unauthorized"}
        request = json.loads(body.decode())
        if request.get("jsonrpc") != "2.0" or set(request) != {"jsonrpc", "id", "method", "params"}:
            return 400, {"code": -32600, "message": "invalid request"}
        if headers.get("Content-Type") != "application/json" or not set(request["params"]) <= PARAMS:
            return 400, {"code": -32600, "message": "invalid request"}
        self.requests.append(request)
        if not request["params"].get("sync"):
            return 200, {"result": {"job": "1"}}
        if request["method"] not in self.results:
            return 200, {"code": -32601, "message": "method not found"}
        result = self.results[request["method"]]
        return 200, result if isinstance(result, dict) and "code" in result else {"result": result}

    # Behaviours

    def silent(self, _handler):
        """Take the request and say nothing until the test is over."""
        self.released.wait(30)

    def dripping(self, handler):
        """Send a byte at a time, each in time for a socket's own time-out."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _number in range(1000):
            if self.released.wait(0.05):
                return
            handler.wfile.write(b" ")
            handler.wfile.flush()

    def says(self, status, body=b"{}", headers=()):
        """Answer with this."""
        self.behaviour = lambda handler: handler.send_body(status, body, headers)


def certificate(folder, name="127.0.0.1"):
    """Return (server's context, PEM) of a self-signed certificate for an address."""
    key, pem = "%s/key.pem" % folder, "%s/cert.pem" % folder
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=fake agent"]
    command += ["-addext", "subjectAltName=IP:%s" % name, "-keyout", key, "-out", pem]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    with open(pem, encoding="ascii") as file:
        return context, file.read()
