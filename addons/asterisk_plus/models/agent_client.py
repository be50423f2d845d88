"""HTTP client of the agent: docs/reference/agent-odoo.md, section 2. Plain Python over requests; knows no Odoo.

Neither the token nor what is sent is ever logged here, and no text of an exception leaves: an error is a code.
"""
import json
import ssl
import threading
import time
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

CONNECT_TIMEOUT_S = 0.5
ASYNC_TIMEOUT_S = 1.5  # the whole exchange; whoever clicked does not wait for it (server_rpc.py), but for its failure
SYNC_MARGIN_S = 2.0  # what the answer of a sync call needs beyond the function's own time
MAX_REPLY = 16 * 1024 * 1024  # a recording is not fetched this way
CHUNK = 64 * 1024

# HTTP statuses and JSON-RPC codes of the contract
# ... and those of a proxy before an agent that is down, or hangs (deploy/nginx)
STATUSES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 411: "invalid", 413: "too_large", 429: "too_many"}
STATUSES.update({502: "unreachable", 503: "unreachable", 504: "timeout"})
CODES = {
    -32601: "unknown_function",
    -32602: "invalid",
    -32010: "refused",
    -32020: "asterisk_away",
    -32021: "timeout",
    -32022: "busy",
    -32024: "security_off",
    -32026: "config_closed",
    -32027: "config_file",
}


class AgentError(Exception):
    """The agent did not do what it was asked; `code` says why, `reason` is the agent's word from its fixed list."""

    def __init__(self, code, reason=""):
        super().__init__(code)
        self.code = code
        self.reason = reason


class _ContextAdapter(HTTPAdapter):
    """Let the ssl context alone decide whom to trust; requests would add its own bundle of authorities to it."""

    def __init__(self, context):
        self._context = context
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        return super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn, url, verify, cert):
        conn.cert_reqs = "CERT_NONE" if self._context.verify_mode == ssl.CERT_NONE else "CERT_REQUIRED"
        conn.ca_certs = conn.ca_cert_dir = None


def tls_context(verify=True, ca_pem=None):
    """Return the context of a connection; with `ca_pem` that authority is the only one trusted. Raise AgentError for a bad one."""
    try:
        context = ssl.create_default_context(cadata=ca_pem or None)
    except (ssl.SSLError, ValueError) as error:
        raise AgentError("bad_ca") from error
    # urllib3 compares the names itself, as this says; for a bare IP address it could not hand it to the context (1.26: no SNI).
    context.check_hostname = False
    if not verify:
        context.verify_mode = ssl.CERT_NONE
    return context


class AgentClient:
    """Calls functions of one agent. Holds no connection: a request is rare, and an idle socket is one more thing to break."""

    def __init__(self, url, token, verify=True, ca_pem=None):
        self._url = self._checked(url)
        self._token = token or ""
        self._verify = verify
        self._ca_pem = ca_pem

    def __repr__(self):
        return "<AgentClient %s>" % self._url

    @staticmethod
    def _checked(url):
        """Return the address if it is one. User and password in it would replace the token (requests: prepare_auth)."""
        try:
            parts = urlsplit(url or "")
            is_good = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        except ValueError:
            is_good = False
        if not is_good:
            raise AgentError("bad_url")
        return url

    def call(self, method, params, timeout_s=ASYNC_TIMEOUT_S):
        """Return the function's result (a job, without `sync`). Take at most `timeout_s` seconds. Raise AgentError."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        exchange = _Exchange(self._exchange, body, timeout_s)
        return _result(*exchange.run())

    def _exchange(self, body, deadline):
        """Return (HTTP status, body) of one request."""
        with requests.Session() as session:
            session.trust_env = False  # neither a proxy nor a .netrc of the environment
            session.verify = self._verify
            adapter = _ContextAdapter(tls_context(self._verify, self._ca_pem)) if self._is_tls() else HTTPAdapter(max_retries=0)
            session.mount(self._url[: self._url.index("//") + 2], adapter)
            remaining = max(0.05, deadline - time.monotonic())
            with session.post(
                self._url,
                data=body,
                headers=self._headers(),
                timeout=(min(CONNECT_TIMEOUT_S, remaining), remaining),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, _read(response, deadline)

    def _is_tls(self):
        return urlsplit(self._url).scheme == "https"

    def _headers(self):
        if not self._token or not all("!" <= character <= "~" for character in self._token):
            raise AgentError("no_token")
        return {
            "Authorization": "Bearer " + self._token,
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }


class _Exchange:
    """One request in a thread of its own, given up at the deadline.

    The time-outs of a socket are for each of its steps: they do not bound the look-up of a name, several addresses of one name, or
    a server that sends a byte at a time.
    """

    def __init__(self, function, body, timeout_s):
        self._function, self._body = function, body
        self._deadline = time.monotonic() + timeout_s
        self._thread = threading.Thread(target=self._work, name="asterisk_plus.agent", daemon=True)
        self._outcome = self._error = None

    def run(self):
        self._thread.start()
        self._thread.join(max(0.0, self._deadline - time.monotonic()))
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            raise AgentError("timeout")
        return self._outcome

    def _work(self):
        try:
            self._outcome = self._function(self._body, self._deadline)
        except AgentError as error:
            self._error = error
        except requests.exceptions.SSLError:
            self._error = AgentError("tls")
        except requests.exceptions.ReadTimeout:
            self._error = AgentError("timeout")
        except (requests.exceptions.RequestException, OSError):
            self._error = AgentError("unreachable")
        except Exception:  # pylint: disable=broad-except  # a thread has nobody to raise to (UnicodeError for a host name)
            self._error = AgentError("internal")


def _read(response, deadline):
    chunks, size = [], 0
    for chunk in response.iter_content(CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_REPLY or time.monotonic() > deadline:
            raise AgentError("bad_reply" if size > MAX_REPLY else "timeout")
    return b"".join(chunks)


def _result(status, body):
    if 300 <= status < 400:
        raise AgentError("redirect")
    if status != 200:
        raise AgentError(STATUSES.get(status, "bad_reply"))
    try:
        reply = json.loads(body.decode())
    except ValueError as error:
        raise AgentError("bad_reply") from error
    if not isinstance(reply, dict) or ("result" in reply) == ("error" in reply):
        raise AgentError("bad_reply")
    if "error" in reply:
        raise agent_error(reply["error"])
    return reply["result"]


def agent_error(error):
    """Return the AgentError of a JSON-RPC error object."""
    error = error if isinstance(error, dict) else {}
    data = error.get("data")
    reason = data.get("reason") if isinstance(data, dict) else ""
    return AgentError(CODES.get(error.get("code"), "internal"), reason if isinstance(reason, str) else "")
