"""The health page: what each part says of itself, and the cure of what is not well."""
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .test_server_rpc import AgentCase

WELL = {"missing": [], "waiting": 0, "on_disk": 0, "overflowed": 0, "memory_mb": 70}
PONG = [{"Response": "Success", "Ping": "Pong"}]


@tagged("post_install", "-at_install")
class TestHealth(AgentCase):
    def setUp(self):
        super().setUp()
        self.fake.results.update({"agent.health": dict(WELL), "asterisk.manager_action": PONG})
        self.env["asterisk_plus.delivery"]._touch(self.server)
        self.commit()

    def looked(self):
        """Return {part: line} of a fresh look."""
        page = self.env["asterisk_plus.health"].browse(self.server.action_health()["res_id"])
        return {line.name: line for line in page.line_ids}

    def assert_bad(self, part, *words):
        line = self.looked()[part]
        self.assertEqual(line.state, "bad", line.found)
        self.assertTrue(line.cure)
        for word in words:
            self.assertIn(word, line.found + line.cure)

    def test_all_is_well(self):
        # Nobody's browser listens in a test.
        states = {name: line.state for name, line in self.looked().items() if name not in ("Odoo's bus", "Versions")}
        self.assertEqual(set(states.values()), {"good"}, states)
        self.assertEqual(len(states), 7)

    def test_what_the_agent_misses(self):
        self.fake.results["agent.health"] = dict(WELL, missing=["publisher"])
        self.assert_bad("Broker", "publisher", "RabbitMQ")

    def test_lost_events(self):
        self.fake.results["agent.health"] = dict(WELL, overflowed=7)
        self.assert_bad("Backlog", "7")

    def test_asterisk_refuses(self):
        self.fake.results["asterisk.manager_action"] = [{"Response": "Error", "Message": "Permission denied"}]
        self.assert_bad("Asterisk (AMI)", "Permission denied")

    def test_no_agent(self):
        self.server.agent_url = "http://127.0.0.1:1/rpc/"
        self.assert_bad("Agent", "agent")
        self.assertEqual(self.looked()["Asterisk (AMI)"].state, "note")

    def test_parked_events_and_the_map(self):
        row = self.env["asterisk_plus.event"].search([], limit=1)
        self.server.write({"parked_count": 2, "parked_last": "Cdr: no such account"})
        self.server.event_errors = '{"%d": "bad condition"}' % row.id
        self.assert_bad("Parked events", "2", "Cdr")
        self.assert_bad("Events map", row.name)

    def test_odd_answers_break_nothing(self):
        for odd in (None, [], "x", {"missing": "x", "waiting": "many"}, {"missing": [1, None], "overflowed": None}):
            self.fake.results["agent.health"] = odd
            self.looked()

    def test_only_pbx_admins_look(self):
        with self.assertRaises(AccessError):
            self.server.with_user(self.alice).action_health()
