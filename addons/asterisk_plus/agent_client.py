"""The way to the agent's `/rpc/`: one POST with a deadline. Knows nothing of Odoo; the words for people stand in the server model."""
import contextlib
import itertools
import json
import tempfile
import time
from urllib.parse import urlsplit

import requests

CONNECT_S = 0.5  # an agent that is down must cost the user less than a second
ASYNC_TOTAL_S = 0.85
MAX_REPLY = 8 * 1024 * 1024  # a configuration file in base64 is the largest reply

_ids = itertools.count(1)

# JSON-RPC error codes of docs/reference/agent-odoo.md -> our code
RPC_CODES = {
    -32001: "unauthorized",
    -32003: "forbidden",
    -32010: "refused",
    -32013: "too_large",
    -32020: "asterisk_down",
    -32021: "agent_timeout",
    -32022: "busy",
    -32029: "throttled",
    -32601: "unknown_function",
    -32602: "invalid_params",
    -32603: "agent_error",
}
HTTP_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "too_large", 429: "throttled"}


class AgentError(Exception):
    """The agent could not be asked, or refused. `code` is one of a fixed list; `detail` holds no secret."""

    def __init__(self, code, detail=""):
        super().__init__(code)
        self.code = code
        self.detail = detail


class AgentClient:
    """One agent: its address, its token, and whom to trust about its certificate."""

    def __init__(self, url, token, verify_tls=True, ca_certificate=None):
        self._url = url
        self._token = token
        self._verify_tls = verify_tls
        self._ca_certificate = ca_certificate

    def __repr__(self):
        return "<AgentClient %s>" % (urlsplit(self._url).hostname or "")

    def call(self, method, params, total_s):
        """Return the result of one function within about `total_s` seconds. Raise AgentError."""
        body = {"jsonrpc": "2.0", "id": next(_ids), "method": method, "params": params}
        deadline = time.monotonic() + total_s
        try:
            with self._verify() as verify, self._post(body, verify, total_s) as response:
                return self._result(response.status_code, self._read(response, deadline))
        except requests.exceptions.SSLError as exc:
            raise AgentError("tls") from exc
        except requests.exceptions.Timeout as exc:
            raise AgentError("unreachable" if isinstance(exc, requests.exceptions.ConnectTimeout) else "timeout") from exc
        except requests.exceptions.ConnectionError as exc:
            raise AgentError("unreachable") from exc
        except (requests.exceptions.RequestException, OSError, ValueError) as exc:
            raise AgentError("bad_reply") from exc

    def _post(self, body, verify, total_s):
        session = requests.Session()
        session.trust_env = False  # ~/.netrc would replace our token, a proxy of the environment would read it
        return session.post(
            self._url,
            data=json.dumps(body),
            headers={"Authorization": "Bearer %s" % self._token, "Content-Type": "application/json"},
            timeout=(CONNECT_S, max(total_s - CONNECT_S, 0.1)),
            allow_redirects=False,  # a redirect would carry the token to whoever it names
            verify=verify,
            stream=True,
        )

    @contextlib.contextmanager
    def _verify(self):
        """Yield what requests calls `verify`: False, True, or a file with the CA of the admin's choice."""
        if not self._verify_tls or not self._ca_certificate:
            yield bool(self._verify_tls)
            return
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as bundle:
            bundle.write(self._ca_certificate)
            bundle.flush()
            yield bundle.name

    @staticmethod
    def _read(response, deadline):
        """Return the body, bounded in size and time."""
        body = b""
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > MAX_REPLY:
                raise AgentError("bad_reply")
            if time.monotonic() > deadline:
                raise AgentError("timeout")
        return body

    @staticmethod
    def _result(status, body):
        """Return the result that a reply holds. Raise AgentError for a refusal or for anything else."""
        if 300 <= status < 400:
            raise AgentError("redirect")
        if status != 200:
            raise AgentError(HTTP_CODES.get(status, "bad_reply"), "HTTP %d" % status)
        answer = json.loads(body.decode("utf-8"))
        if not isinstance(answer, dict):
            raise AgentError("bad_reply")
        error = answer.get("error")
        if error:
            code = error.get("code") if isinstance(error, dict) else None
            raise AgentError(RPC_CODES.get(code, "agent_error"), _reason(error))
        if "result" not in answer:
            raise AgentError("bad_reply")
        return answer["result"]


def _reason(error):
    """Return the fixed word by which the agent says what was wrong with the arguments, empty if it says none."""
    data = error.get("data") if isinstance(error, dict) else None
    reason = data.get("reason") if isinstance(data, dict) else ""
    return reason[:80] if isinstance(reason, str) and reason.isprintable() else ""
