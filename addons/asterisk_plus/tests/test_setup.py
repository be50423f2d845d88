from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .fake_agent import TOKEN
from .test_server_rpc import AgentCase


@tagged("post_install", "-at_install")
class TestSetup(AgentCase):
    """The assistant that leads from the installation to phones that can be called."""

    def setUp(self):
        super().setUp()
        self.server.agent_token = False
        self.fake.results["asterisk.manager_action"] = [{"Response": "Success", "Ping": "Pong"}]

    def page(self, action):
        return self.env[action["res_model"]].with_user(self.pbx_admin).browse(action["res_id"])

    def code_page(self):
        """Open the page that shows the code; return (action, code)."""
        first = self.page(self.as_admin.action_setup())
        first.write({"name": "Brussels", "agent_url": self.fake.url})
        action = first.action_to_agent()
        return action, action["context"]["default_code"]

    def over(self, record=False):
        return self.env["asterisk_plus.setup"].with_user(self.pbx_admin).wait_over(record, self.server.id)

    def test_from_the_address_to_both_pings(self):
        action, code = self.code_page()
        self.assertEqual((self.server.name, self.server.agent_url), ("Brussels", self.fake.url))
        self.assertFalse(action.get("res_id"), "the code is saved nowhere")
        self.assertFalse(self.over())
        enrolled = self.env["asterisk_plus.enrolment"].sudo()._use(code)
        self.assertEqual(enrolled, self.server)
        self.assertFalse(self.over(), "it has not called yet")
        self.as_agent().agent_hello({"boot": "b", "rpc_token": TOKEN, "agent_version": "1"})
        page = self.page(self.over())
        self.assertEqual((page.step, page.is_agent_well, page.is_asterisk_well, page.waiting), ("test", True, True, ""))
        self.assertTrue(self.server.is_connected)
        self.commit()
        self.fake.requests.clear()
        search = self.page(page.action_find_phones())
        self.assertEqual((search._name, search.is_setup), ("asterisk_plus.phone_search", True))
        self.assertEqual(self.page(search.action_done()).step, "done")

    def test_it_tries_again_until_both_answer(self):
        self.server.agent_token = TOKEN
        self.fake.results["asterisk.manager_action"] = {"code": -32020, "message": "asterisk not connected"}
        first = self.page(self.as_admin.action_setup())
        page = self.page(first.action_test())
        self.assertEqual((page.is_agent_well, page.is_asterisk_well), (True, False))
        self.assertIn("not connected to Asterisk", page.asterisk_words)
        self.assertFalse(self.over(page.id), "nothing new")
        self.fake.results["asterisk.manager_action"] = [{"Response": "Success"}]
        self.assertTrue(self.page(self.over(page.id)).is_asterisk_well)
        self.fake.__exit__()
        page = self.page(page.action_test())
        self.assertIn("not reachable", page.agent_words)
        self.assertFalse(page.is_asterisk_well)

    def test_who_is_connected_needs_no_code(self):
        self.server.write({"agent_token": TOKEN, "agent_boot": "b"})
        first = self.page(self.as_admin.action_setup())
        self.assertEqual(self.page(first.action_to_agent()).step, "test")
        self.assertIn("default_code", first.action_code()["context"])

    def test_nobody_but_a_pbx_admin(self):
        for user in (self.alice, self.server.user_id, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.server.with_user(user).action_setup()
            with self.assertRaises(AccessError):
                self.env["asterisk_plus.setup"].with_user(user).wait_over(False, self.server.id)

    def test_after_the_installation_the_server_is_opened_that_waits(self):
        todo = self.env.ref("asterisk_plus.todo_after_installation")
        waiting = self.env["asterisk_plus.server"].search([("agent_boot", "=", False)], order="id", limit=1)
        action = self.env["asterisk_plus.server"].with_user(self.pbx_admin)._after_installation()
        self.assertIn("id=%d&" % waiting.id, action["url"])
        self.assertEqual(self.env["asterisk_plus.server"].with_user(self.alice)._after_installation()["url"], "/web")
        self.assertEqual(todo.action_id.type, "ir.actions.server")
