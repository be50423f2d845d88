"""The contract of agent and Odoo (tests/contract of the checkout), spoken over HTTP by the agent's account."""
import json
import os
from pathlib import Path
from unittest.mock import patch

from odoo.tests.common import HttpCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from .series import error_code

PASSWORD = "a-password-of-this-test-only"
HERE = Path(__file__).resolve()


def folder():
    """Return the folder of the contract, None when the addon stands alone: then the agent's checkout has it."""
    named = os.environ.get("ASTERISK_PLUS_CONTRACT")
    found = Path(named) if named else HERE.parents[3] / "tests/contract"
    return found if found.is_dir() else None


def contract(direction):
    """Return {name: file} of one direction."""
    files = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder().glob("*.json"))} if folder() else {}
    return {name: one for name, one in files.items() if one["direction"] == direction}


@tagged("post_install", "-at_install")
class TestContract(HttpCase):
    def setUp(self):
        super().setUp()
        if not folder():
            self.skipTest("No contract here: set ASTERISK_PLUS_CONTRACT to the folder tests/contract of the project")
        self.server = self.env["asterisk_plus.server"].create({"name": "Contract"})
        self.server.user_id.password = PASSWORD
        self.person = new_test_user(self.env, login="contract_pbx_user", password=PASSWORD, groups="asterisk_plus.group_user")
        values = {"name": "Person", "user_id": self.person.id, "server_id": self.server.id}
        self.env["asterisk_plus.user"].create(values)
        self.opener.headers["Content-Type"] = "application/json"

    def post(self, path, body):
        response = self.url_open(path, data=json.dumps(body), timeout=30)
        return response.status_code, response.json()

    def log_in(self, login, password=PASSWORD):
        params = {"db": get_db_name(), "login": login, "password": password}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        return self.post("/web/session/authenticate", body)

    def at_home(self, request):
        """Return the request's body with the row ids and users of this database in it."""
        rows = {7: self.row("Newchannel", "asterisk_plus.call", "on_ami_event"), 8: self.foreign_row()}
        body = json.loads(json.dumps(request["body"]))
        for batch in body["params"]["args"]:
            for item in batch.get("items", ()) if isinstance(batch, dict) else ():
                if "row" in item:
                    item["row"] = rows.get(item["row"], item["row"])
        if body["params"]["method"] == "notify_user":
            body["params"]["args"][0] = self.person.id
        return body

    def row(self, name, model, method):
        domain = [("name", "=", name), ("model", "=", model), ("method", "=", method)]
        rows = self.env["asterisk_plus.event"]
        return (rows.search(domain, limit=1) or rows.create({"name": name, "model": model, "method": method})).id

    def foreign_row(self):
        def on_contract_event(_partners, _event):
            raise ValueError("no such account")

        handler = patch.object(type(self.env["res.partner"]), "on_contract_event", on_contract_event, create=True)
        handler.start()
        self.addCleanup(handler.stop)
        return self.row("Cdr", "res.partner", "on_contract_event")

    def replies(self, one, body):
        """Return the reply that the contract wants, with this database's row ids."""
        result = json.loads(json.dumps(one["reply"]["body"]["result"]))
        for position, answer in enumerate(result.get("results", ()) if isinstance(result, dict) else ()):
            answer["row"] = body["params"]["args"][0]["items"][position]["row"]
        return result

    def assert_same(self, there, wanted, varies, where=""):
        """Compare all values but those that vary, of which the type must be the same."""
        self.assertIs(type(there), type(wanted), where)
        if any(where == one for one in varies):
            return
        if isinstance(wanted, dict):
            self.assertEqual(set(there), set(wanted), where)
        pairs = wanted.items() if isinstance(wanted, dict) else enumerate(wanted) if isinstance(wanted, list) else ()
        if isinstance(wanted, list):
            self.assertEqual(len(there), len(wanted), where)
        for key, value in pairs:
            self.assert_same(there[key], value, varies, ("%s.%s" % (where, key)).strip("."))
        if not isinstance(wanted, (dict, list)):
            self.assertEqual(there, wanted, where)

    def calls(self):
        every = contract("agent to odoo")
        return {name: one for name, one in every.items() if "/call_kw/" in one["request"]["path"] and "reply" in one}

    @mute_logger("odoo.addons.asterisk_plus.models.delivery_run")
    def test_each_call_is_answered_as_the_contract_says(self):
        self.assertGreaterEqual(len(self.calls()), 8)
        self.log_in(self.server.user_id.login)
        for name, one in self.calls().items():
            with self.subTest(name):
                body = self.at_home(one["request"])
                status, reply = self.post(one["request"]["path"], body)
                self.assertEqual(status, one["reply"]["status"])
                self.assertNotIn("error", reply)
                self.assert_same(reply["result"], self.replies(one, body), one.get("reply_varies", ()))

    @mute_logger("odoo.http")
    def test_each_call_is_refused_to_a_person(self):
        self.log_in(self.person.login)
        for name, one in self.calls().items():
            error = one["error"]["body"]["error"]
            self.assertEqual(error["data"]["name"], "odoo.exceptions.AccessError")
            with self.subTest(name):
                status, reply = self.post(one["request"]["path"], self.at_home(one["request"]))
                self.assertEqual(status, one["error"]["status"])
                self.assertEqual((reply["error"]["code"], reply["error"]["data"]["name"]), (error_code(error["code"]), error["data"]["name"]))

    @mute_logger("odoo.http", "odoo.addons.base.models.res_users")
    def test_the_login_and_a_session_that_has_ended(self):
        login = contract("agent to odoo")["authenticate"]
        status, reply = self.log_in(self.server.user_id.login)
        self.assertEqual((status, reply["result"]["uid"]), (200, self.server.user_id.id))
        self.assertLessEqual(set(login["reply"]["body"]["result"]), set(reply["result"]))
        status, reply = self.log_in(self.server.user_id.login, "asterisk1")
        wanted = login["error"]["body"]["error"]
        self.assertEqual((reply["error"]["code"], reply["error"]["data"]["name"]), (error_code(wanted["code"]), wanted["data"]["name"]))
        self.opener.cookies.clear()
        ended = contract("agent to odoo")["session_expired"]
        status, reply = self.post(ended["request"]["path"], ended["request"]["body"])
        wanted = ended["error"]["body"]["error"]
        self.assertEqual((reply["error"]["code"], reply["error"]["data"]["name"]), (error_code(wanted["code"]), wanted["data"]["name"]))

    def test_the_agents_account_has_no_password_that_anybody_knows(self):
        with mute_logger("odoo.http", "odoo.addons.base.models.res_users"):
            account = self.env.ref("asterisk_plus.user_agent")
            for password in ("asterisk1", "odoo", "admin", account.login):
                with self.subTest(password):
                    self.assertIn("error", self.log_in(account.login, password)[1])
