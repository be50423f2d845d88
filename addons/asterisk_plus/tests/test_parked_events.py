import json

from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from .test_contract import contract
from .test_server_rpc import AgentCase

LISTED = {"event": "Cdr", "linkedid": "1.1", "row": 7, "attempts": 5, "error": "ValueError: no such account"}


@tagged("post_install", "-at_install")
class TestParkedEvents(AgentCase):
    def opened(self, *found):
        self.fake.results["events.parked_list"] = list(found)
        action = self.as_admin.action_parked_events()
        return self.env[action["res_model"]].with_user(self.pbx_admin).browse(action["res_id"])

    def test_the_list_is_shown_and_asked_as_the_contract_says(self):
        wizard = self.opened(LISTED)
        line = wizard.line_ids
        shown = (line.event, line.linkedid, line.row, line.attempts, line.error)
        self.assertEqual(shown, ("Cdr", "1.1", "7", 5, "ValueError: no such account"))
        for method, answer in (("action_replay", 3), ("action_drop", 2)):
            self.fake.results["events.parked_%s" % method[7:]] = answer
            told = getattr(wizard, method)()
            self.assertIn(str(answer), told["params"]["message"])
            self.assertEqual(told["params"]["type"], "success")
        asked = {one["method"]: one["params"] for one in self.fake.requests}
        files = {one["request"]["body"]["method"]: one for one in contract("odoo to agent").values()}
        for method in ("events.parked_list", "events.parked_replay", "events.parked_drop"):
            if files:
                wanted = files[method]["request"]["body"]["params"]
                self.assertEqual({name: asked[method][name] for name in wanted}, wanted)

    def test_whatever_the_agent_says_is_text(self):
        strange = dict(LISTED, event=["x"], linkedid=None, row="7; DROP", attempts=10**9, error="<b>\0" + "x" * 1000)
        wizard = self.opened(strange, "no dict", LISTED)
        first = wizard.line_ids[0]
        self.assertEqual((first.event, first.linkedid, first.row, first.attempts), ("", "", "", 0))
        self.assertEqual((len(first.error), "\0" in first.error), (300, False))
        self.assertEqual(len(wizard.line_ids), 2)
        self.assertEqual(len(self.opened(*[LISTED] * 500).line_ids), 80)

    def test_an_agent_that_does_not_do_it_is_told_with_its_cure(self):
        self.fake.results.pop("events.parked_list", None)
        told = self.as_admin.action_parked_events()
        self.assertEqual((told["tag"], told["params"]["type"]), ("display_notification", "danger"))
        self.assertIn("Update it", told["params"]["message"])
        wizard = self.opened(LISTED)
        self.fake.results["events.parked_drop"] = "many"
        self.assertEqual(wizard.action_drop()["params"]["type"], "danger")

    def test_nobody_but_a_pbx_admin_sees_or_changes_them(self):
        wizard = self.opened(LISTED)
        before = len(self.fake.requests)
        ordinary = new_test_user(self.env, login="ordinary", groups="base.group_user")
        for user in (self.alice, ordinary, self.server.user_id):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.server.with_user(user).action_parked_events()
                for method in ("action_replay", "action_drop"):
                    with self.assertRaises(AccessError):
                        getattr(wizard.with_user(user), method)()
                with self.assertRaises(AccessError):
                    wizard.with_user(user).read()
        self.assertEqual(len(self.fake.requests), before)

    def test_the_last_reason_stays_while_some_are_parked(self):
        agent = self.as_agent()
        agent.agent_parked({"count": 2, "last": {"name": "Cdr", "row": 7, "error": "ValueError"}})
        agent.agent_parked({"count": 1, "last": None})
        self.assertEqual((self.server.parked_count, self.server.parked_last), (1, "Cdr: ValueError"))
        agent.agent_parked({"count": 0, "last": None})
        self.assertFalse(self.server.parked_last)
        self.assertNotIn("Cdr", json.dumps(self.server.read(["parked_last"])))
