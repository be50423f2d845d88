"""Servers, their accounts, and what an agent tells of itself."""
from odoo import release
from odoo.exceptions import ValidationError
from odoo.tests.common import new_test_user

from .common import PbxCase


class TestServer(PbxCase):
    def test_a_new_server_gets_an_account_that_can_do_nothing_else(self):
        admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        server = self.env["asterisk_plus.server"].with_user(admin).create({"name": "Second"})
        account = server.sudo().user_id
        groups = self.env.ref("asterisk_plus.group_server") | self.env.ref("base.group_public")
        self.assertEqual(account.groups_id, groups)
        self.assertRegex(account.login, r"^asterisk\d+$")
        self.assertNotEqual(account, self.agent)

    def test_nobody_is_told_the_accounts_password(self):
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [self.agent.id])
        self.assertTrue(self.env.cr.fetchone()[0].startswith("$pbkdf2-sha512$"))

    def test_an_account_that_was_there_before_is_not_taken_over(self):
        free = self.env["asterisk_plus.server"]._free_login(self.env["res.users"].with_context(active_test=False))
        theirs = new_test_user(self.env, login=free, groups="base.group_user")
        theirs.active = False
        server = self.env["asterisk_plus.server"].create({"name": "Second"})
        self.assertNotEqual(server.user_id, theirs)

    def test_no_persons_account_becomes_an_agents(self):
        # Else a PBX admin could make a new password for it.
        for user in (self.alice, self.env.ref("base.user_admin"), self.env.ref("base.public_user")):
            with self.subTest(user.login), self.assertRaises(ValidationError):
                self.server.user_id = user

    def test_no_person_can_be_in_the_agents_group(self):
        with self.assertRaises(ValidationError):
            self.alice.groups_id |= self.env.ref("asterisk_plus.group_server")

    def test_the_agent_url_must_be_one(self):
        for url in ("https://192.0.2.1/rpc/", "http://[2001:db8::1]:8080/rpc/", "https://pbx.example.com/rpc/"):
            self.server.agent_url = url
        bad = ("192.0.2.1/rpc/", "ftp://192.0.2.1/", "javascript:alert(1)", "https:///rpc", "https://u:p@h/")
        bad += ("http://h:x/", "http://[/", "http://h/#x")
        for url in bad:
            with self.subTest(url), self.assertRaises(ValidationError):
                self.server.agent_url = url

    def test_installation_makes_one_server_once(self):
        servers = self.env["asterisk_plus.server"].with_context(active_test=False)
        first = self.env.ref("asterisk_plus.server_1")
        self.assertEqual(first.user_id, self.env.ref("asterisk_plus.user_agent"))
        before = servers.search([])
        first.active = False
        servers._create_first_server()
        self.assertEqual(servers.search([]), before)


class TestAgentCalls(PbxCase):
    HELLO = {
        "agent_version": "0.1.0",
        "agent_name": "asterisk1",
        "boot": "5f0c",
        "rpc_token": "secret",
        "asterisk_version": "16.28.0",
        "system_name": "",
    }

    def test_hello_is_noted_and_answered(self):
        reply = self.as_agent().agent_hello(self.HELLO)
        self.assertEqual((reply["server_id"], reply["server_name"]), (self.server.id, "Test PBX"))
        self.assertRegex(reply["now"], r"^\d{10}\.\d{6}$")
        self.assertRegex(reply["addon_version"], r"^\d+\.0\.\d+\.\d+\.\d+$")
        self.assertTrue(reply["addon_version"].startswith(release.series + "."))
        self.assertEqual((self.server.agent_version, self.server.asterisk_version), ("0.1.0", "16.28.0"))
        self.assertEqual((self.server.agent_boot, self.server.sudo().agent_token), ("5f0c", "secret"))

    def test_it_says_what_requests_may_name_as_callbacks(self):
        for name in self.as_agent().agent_hello(self.HELLO)["callbacks"]:
            model, _dot, method = name.rpartition(".")
            self.assertTrue(callable(getattr(self.env[model], method)), name)

    def test_a_rotated_token_replaces_the_old_one(self):
        for token in ("one", "two"):
            self.as_agent().agent_hello(dict(self.HELLO, rpc_token=token))
            self.assertEqual(self.server.sudo().agent_token, token)

    def test_a_hello_without_a_token_is_a_look(self):
        self.as_agent().agent_hello(self.HELLO)
        for token in ("", None):
            info = dict(self.HELLO, rpc_token=token, boot="other", agent_version="9")
            self.assertEqual(self.as_agent().agent_hello(info)["server_id"], self.server.id)
        self.assertEqual((self.server.agent_boot, self.server.agent_version), ("5f0c", "0.1.0"))
        self.assertEqual(self.server.sudo().agent_token, "secret")

    def test_parked_events_are_shown(self):
        last = {"name": "Cdr", "row": 8, "error": "ValueError: no such account"}
        self.assertIs(self.as_agent().agent_parked({"count": 2, "last": last}), True)
        self.assertEqual((self.server.parked_count, self.server.parked_last), (2, "Cdr: ValueError: no such account"))
        self.as_agent().agent_parked({"count": 0, "last": None})
        self.assertEqual((self.server.parked_count, self.server.parked_last), (0, False))
