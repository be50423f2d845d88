import logging

from odoo.exceptions import AccessDenied, AccessError, ValidationError
from odoo.tests import Form
from odoo.tests.common import new_test_user, tagged

from .common import PbxCase
from .series import check_password


@tagged("post_install", "-at_install")
class TestAgentPassword(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pbx_admin = new_test_user(cls.env, login="pbx_admin", groups="asterisk_plus.group_admin")

    def new_password(self, user=None, server=None):
        return self.env["asterisk_plus.server"].with_user(user or self.pbx_admin).new_agent_password((server or self.server).id)

    def log_in(self, password):
        check_password(self.agent, password)

    def test_it_works_and_the_old_one_ends(self):
        first = self.new_password()
        self.assertGreaterEqual(len(first), 32)
        self.log_in(first)
        second = self.new_password()
        self.log_in(second)
        with self.assertRaises(AccessDenied):
            self.log_in(first)

    def test_no_default_works(self):
        login = self.agent.login
        for password in ("asterisk1", login, "odoo", "admin", "asterisk", "password"):
            with self.assertRaises(AccessDenied):
                self.log_in(password)

    def test_only_pbx_admins(self):
        ordinary = new_test_user(self.env, login="pbx_ordinary", groups="base.group_user")
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        for user in (self.alice, ordinary, portal, self.agent, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.new_password(user)
            with self.assertRaises(AccessError):
                self.env["asterisk_plus.agent_password"].with_user(user).create({"server_id": self.server.id})

    def test_not_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        server = self.env["asterisk_plus.server"].create({"name": "Other", "company_id": company.id})
        with self.assertRaises(AccessError):
            self.new_password(server=server)

    def test_not_of_an_account_that_has_become_more(self):
        """Otherwise a PBX admin could set the password of an administrator whose account was once an agent's."""
        self.agent.groups_id |= self.env["res.groups"].create({"name": "Powerful"})
        with self.assertRaises(ValidationError):
            self.new_password()

    def test_no_such_server(self):
        for server_id in (10**9, False):
            with self.assertRaises(ValueError):
                self.env["asterisk_plus.server"].with_user(self.pbx_admin).new_agent_password(server_id)

    def test_wizard(self):
        wizards = self.env["asterisk_plus.agent_password"].with_user(self.pbx_admin)
        wizard = Form(wizards.with_context(default_server_id=self.server.id), "asterisk_plus.view_agent_password_form").save()
        self.assertEqual(wizard.login, self.agent.login)
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger(__name__).debug("there is a log")
            action = wizard.action_generate()
        password = action["context"]["default_password"]
        self.log_in(password)
        shown = Form(wizards.with_context(**action["context"]), action["views"][0][0])
        self.assertEqual(shown.password, password)
        self.assertEqual(shown.login, self.agent.login)
        shown.save()
        self.env["base"].flush()
        self.assertNotIn(password, "".join(logs.output).replace(repr(action), ""))
        self.env.cr.execute("SELECT t::text FROM asterisk_plus_agent_password t UNION ALL SELECT t::text FROM res_users t")
        self.assertNotIn(password, "".join(row[0] for row in self.env.cr.fetchall()))
