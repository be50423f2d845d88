import json
import os
import shutil
import socket
import tempfile
import time
import unittest
from unittest.mock import patch

from odoo.tests.common import BaseCase

from ..models.agent_client import ASYNC_TIMEOUT_S, AgentClient, AgentError
from .fake_agent import PATIENCE_S, TOKEN, FakeAgent, certificate, patience
from .series import OwnRequests


class TestAgentClient(OwnRequests, BaseCase):
    def setUp(self):
        super().setUp()
        patience(self)
        self.agent = FakeAgent()
        self.agent.__enter__()
        self.addCleanup(self.agent.__exit__)

    def client(self, token=TOKEN, **more):
        return AgentClient(self.agent.url, token, **more)

    def refused(self, client=None, timeout_s=PATIENCE_S):
        """Return the code of the error."""
        with self.assertRaises(AgentError) as caught:
            (client or self.client()).call("test.ping", {"sync": True}, timeout_s)
        return caught.exception.code

    def given_up(self):
        """Return the code of the error, and see that it came in time."""
        start = time.monotonic()
        code = self.refused(timeout_s=ASYNC_TIMEOUT_S)
        # Generous: a busy machine is no fault, and one that hung would hang for ever.
        self.assertLess(time.monotonic() - start, ASYNC_TIMEOUT_S + 10)
        return code

    def test_call(self):
        self.assertIs(self.client().call("test.ping", {"sync": True}, PATIENCE_S), True)
        self.assertEqual(self.client().call("asterisk.manager_action", {"args": [{"Action": "Ping"}]}, PATIENCE_S), {"job": "1"})
        self.assertEqual(self.agent.requests[1]["params"], {"args": [{"Action": "Ping"}]})

    def test_statuses(self):
        expected = {
            302: "redirect", 401: "unauthorized", 403: "forbidden", 404: "not_found",
            413: "too_large", 429: "too_many", 500: "bad_reply", 502: "unreachable", 504: "timeout",
        }
        for status, code in expected.items():
            self.agent.says(status)
            self.assertEqual(self.refused(), code, status)

    def test_a_wrong_token_is_refused_by_the_agent(self):
        self.assertEqual(self.refused(self.client("wrong")), "unauthorized")
        self.assertEqual(self.agent.requests, [])

    def test_redirects_are_not_followed(self):
        with FakeAgent() as other:
            self.agent.says(307, b"", [("Location", other.url)])
            self.assertEqual(self.refused(), "redirect")
            self.assertEqual(other.seen_headers, [])

    def test_json_rpc_errors(self):
        expected = {
            -32601: "unknown_function", -32602: "invalid", -32010: "refused", -32020: "asterisk_away",
            -32021: "timeout", -32022: "busy", -32603: "internal",
        }
        for number, code in expected.items():
            self.agent.says(200, json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": number}}).encode())
            self.assertEqual(self.refused(), code)

    def test_the_agents_reason_is_kept(self):
        error = {"code": -32602, "message": "invalid params", "data": {"reason": "bad_header"}}
        self.agent.says(200, json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode())
        with self.assertRaises(AgentError) as caught:
            self.client().call("test.ping", {}, PATIENCE_S)
        self.assertEqual(caught.exception.reason, "bad_header")

    def test_something_else_answers(self):
        for body in (b"<html>", b"[]", b"{}", b'{"result": 1, "error": {}}', b"\xff", b'{"error": "no"}'):
            self.agent.says(200, body)
            self.assertIn(self.refused(), ("bad_reply", "internal"))

    def test_silent(self):
        self.agent.behaviour = self.agent.silent
        self.assertEqual(self.given_up(), "timeout")

    def test_dripping(self):
        self.agent.behaviour = self.agent.dripping
        self.assertEqual(self.given_up(), "timeout")

    def test_nobody_listens(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = "http://127.0.0.1:%d/rpc/" % free.getsockname()[1]
        self.assertEqual(self.refused(AgentClient(url, TOKEN)), "unreachable")

    def test_listens_and_never_accepts(self):
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen(0)
            url = "http://127.0.0.1:%d/rpc/" % busy.getsockname()[1]
            self.assertIn(self.refused(AgentClient(url, TOKEN), ASYNC_TIMEOUT_S), ("timeout", "unreachable"))

    def test_proxies_of_the_environment_are_ignored(self):
        with FakeAgent() as proxy, patch.dict(os.environ, {"http_proxy": proxy.url, "no_proxy": ""}):
            self.assertIs(self.client().call("test.ping", {"sync": True}, PATIENCE_S), True)
            self.assertEqual(proxy.seen_headers, [])

    def test_bad_tokens(self):
        for token in (None, "", "a b", "a\r\nX-Evil: 1", "é"):
            self.assertEqual(self.refused(self.client(token)), "no_token")
        self.assertEqual(self.agent.seen_headers, [])

    def test_bad_addresses(self):
        for url in (None, "", "agent", "ftp://agent/", "file:///etc/passwd", "http://", "http://user:pw@agent/rpc/", "http://[::1/"):
            with self.assertRaises(AgentError) as caught:
                AgentClient(url, TOKEN)
            self.assertEqual(caught.exception.code, "bad_url", url)

    def test_neither_token_nor_arguments_are_logged(self):
        secret = "pass-back-5d0a"
        with self.assertLogs(level="DEBUG") as logs:
            self.client().call("test.ping", {"sync": True, "pass_back": {"a": secret}}, PATIENCE_S)
        text = "\n".join(logs.output) + repr(self.client())
        self.assertIn("/rpc/", text)
        self.assertNotIn(TOKEN, text)
        self.assertNotIn(secret, text)


@unittest.skipUnless(shutil.which("openssl"), "no openssl here to make a certificate: TLS is NOT tested")
class TestAgentClientTls(OwnRequests, BaseCase):
    def setUp(self):
        super().setUp()
        patience(self)
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        context, self.pem = certificate(folder)
        self.agent = FakeAgent(context)
        self.agent.__enter__()
        self.addCleanup(self.agent.__exit__)

    def ping(self, **more):
        return AgentClient(self.agent.url, TOKEN, **more).call("test.ping", {"sync": True}, PATIENCE_S)

    def code(self, **more):
        with self.assertRaises(AgentError) as caught:
            self.ping(**more)
        return caught.exception.code

    def test_unknown_authority_is_refused_before_the_token_is_sent(self):
        self.assertEqual(self.code(), "tls")
        self.assertEqual(self.agent.seen_headers, [])

    def test_own_authority(self):
        self.assertIs(self.ping(ca_pem=self.pem), True)

    def test_own_authority_is_the_only_one(self):
        with tempfile.TemporaryDirectory() as folder:
            _context, other = certificate(folder)
        self.assertEqual(self.code(ca_pem=other), "tls")

    def test_name_is_verified(self):
        with tempfile.TemporaryDirectory() as folder:
            context, pem = certificate(folder, "192.0.2.1")
        with FakeAgent(context) as agent:
            self.agent = agent
            self.assertEqual(self.code(ca_pem=pem), "tls")

    def test_switched_off(self):
        self.assertIs(self.ping(verify=False), True)

    def test_bad_authority(self):
        self.assertEqual(self.code(ca_pem="-----BEGIN NONSENSE"), "bad_ca")
