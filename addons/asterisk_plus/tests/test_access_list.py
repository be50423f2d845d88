"""The access list: what is a rule, and how the agent gets the whole of it."""
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from ..models import access_list
from .common import PbxCase
from .fake_agent import TOKEN


class AccessListCase(PbxCase):
    def setUp(self):
        super().setUp()
        self.rules = self.env["asterisk_plus.access_list"]
        self.server.write({"agent_url": "https://192.0.2.250/rpc/", "agent_token": TOKEN})
        self.sent = []
        server_class = type(self.env["asterisk_plus.server"])

        def send(server, method, args=(), callback=None, pass_back=None, **_options):
            self.sent.append((server, method, args[0], callback, pass_back))

        sender = patch.object(server_class, "_agent_send", send)
        sender.start()
        self.addCleanup(sender.stop)

    def rule(self, address, access_type="allow", **values):
        return self.rules.create(dict(values, server_id=self.server.id, address=address, access_type=access_type))

    def commit(self):
        """Run what is done at a commit; return the requests that were sent."""
        self.env.cr.precommit.run()
        sent, self.sent[:] = list(self.sent), []
        return sent

    def answer(self, sent, result=True):
        """Let the agent answer a request."""
        self.as_agent().access_rules_response(result, sent[4])
        self.server.invalidate_cache()


class TestAccessList(AccessListCase):
    def test_addresses_and_networks_are_read_by_ipaddress(self):
        good = {
            " 192.0.2.1 ": ("192.0.2.1", "ip"),
            "192.0.2.2/32": ("192.0.2.2", "ip"),
            "192.0.2.0/24": ("192.0.2.0/24", "net"),
            "192.0.3.0/255.255.255.0": ("192.0.3.0/24", "net"),
            "2001:DB8:0::1": ("2001:db8::1", "ip"),
            "2001:db8::/48": ("2001:db8::/48", "net"),
            "::ffff:198.51.100.7": ("198.51.100.7", "ip"),
        }
        for text, wanted in good.items():
            with self.subTest(text):
                rule = self.rule(text)
                self.assertEqual((rule.address, rule.address_type), wanted)

    @mute_logger("odoo.sql_db")
    def test_what_is_none_is_refused(self):
        bad = ("localhost", "", "192.0.2.256", "192.0.2.0/33", "0.0.0.0/0", "::/0", "192.0.2.5/24", "fe80::1%eth0", "1.2.3", "*")
        for text in bad + ("192.0.2.1; flush ruleset", "192.0.2.1\n", "10.1", "0x7f000001"):
            if text.strip() == "192.0.2.1":
                continue  # white space around it is a slip of the hand
            with self.subTest(text), self.assertRaises(Exception), self.env.cr.savepoint():
                self.rule(text)

    def test_a_host_in_a_network_is_told_which_network(self):
        with self.assertRaisesRegex(ValidationError, r"192\.0\.2\.0/24"):
            self.rule("192.0.2.5/24")

    def test_a_list_has_an_end(self):
        with patch.object(access_list, "MAX_RULES", 3), self.assertRaises(ValidationError):
            for number in range(4):
                self.rule("192.0.2.%d" % number)

    def test_each_change_sends_the_whole_list_once(self):
        first = self.rule("192.0.2.1", comment="Office")
        self.rule("198.51.100.0/24", "deny")
        ((server, method, rows, callback, pass_back),) = self.commit()
        self.assertEqual((server, method), (self.server, "asterisk.update_access_rules"))
        self.assertEqual(callback, ("asterisk_plus.server", "access_rules_response"))
        wanted = {"address": "192.0.2.1", "netmask": "", "comment": "Office", "address_type": "ip", "access_type": "allow"}
        self.assertEqual(rows[0], wanted)
        self.assertEqual([row["address"] for row in rows], ["192.0.2.1", "198.51.100.0/24"])
        self.assertEqual(pass_back["rules"], self.rules.search([("server_id", "=", self.server.id)], order="id").ids)
        first.access_type = "deny"
        self.assertEqual([row["access_type"] for row in self.commit()[0][2]], ["deny", "deny"])
        first.active = False
        self.assertEqual(len(self.commit()[0][2]), 1)
        self.rules.with_context(active_test=False).search([("server_id", "=", self.server.id)]).unlink()
        self.assertEqual(self.commit()[0][2], [])
        self.assertEqual(self.commit(), [])

    def test_a_rule_that_moves_is_sent_to_both_servers(self):
        other = self.server.copy({"agent_url": "https://192.0.2.251/rpc/"})
        other.agent_token = TOKEN
        rule = self.rule("192.0.2.1")
        self.commit()
        rule.server_id = other
        self.assertEqual({one[0]: len(one[2]) for one in self.commit()}, {self.server: 0, other: 1})

    def test_the_state_says_whether_the_agent_has_it(self):
        self.assertEqual(self.server.access_state, "none")
        self.rule("192.0.2.1")
        (sent,) = self.commit()
        self.server.invalidate_cache()
        self.assertEqual(self.server.access_state, "waiting")
        self.answer(sent)
        self.assertEqual((self.server.access_state, self.server.access_error), ("applied", False))
        self.rule("192.0.2.2")
        self.server.invalidate_cache()
        self.assertEqual(self.server.access_state, "waiting")

    def test_errors_of_rows_are_shown_and_go_when_they_are_mended(self):
        rules = self.rule("192.0.2.1") + self.rule("192.0.2.2")
        (sent,) = self.commit()
        error = {"code": -32602, "message": "invalid params", "data": {"reason": "rows", "rows": [{"row": 1, "reason": "netmask"}]}}
        self.answer(sent, {"error": error})
        self.assertEqual((self.server.access_state, bool(rules[0].error), bool(rules[1].error)), ("refused", False, True))
        self.assertIn("1", self.server.access_error)
        self.assertEqual(self.commit(), [])
        rules[1].address = "192.0.2.3"
        self.answer(*self.commit())
        self.assertEqual((self.server.access_state, rules.mapped("error")), ("applied", [False, False]))

    def test_security_that_is_off_is_told(self):
        self.rule("192.0.2.1")
        (sent,) = self.commit()
        self.answer(sent, {"error": {"code": -32024, "message": "security is off"}})
        self.assertIn("ASTERISK_SECURITY_ENABLED", self.server.access_error)

    def test_an_answer_to_an_older_list_has_the_newest_sent_again(self):
        self.rule("192.0.2.1")
        (older,) = self.commit()
        self.rule("192.0.2.2")
        (newer,) = self.commit()
        self.answer(newer)
        # The older one was slow, and has just undone the newer one on the agent.
        self.answer(older)
        (again,) = self.commit()
        self.assertEqual(again[2], newer[2])
        self.answer(again)
        self.assertEqual(self.server.access_state, "applied")

    def test_strange_answers_are_survived(self):
        self.rule("192.0.2.1")
        (sent,) = self.commit()
        for result in (None, "x", {"error": None}, {"error": {"code": -32602, "data": []}}, {"error": {"data": {"rows": [7, {}]}}}):
            with self.subTest(str(result)):
                self.answer(sent, result)

    def test_a_rule_ends_in_time(self):
        rule = self.rule("192.0.2.1", expires=fields.Datetime.now() + timedelta(hours=1))
        self.commit()
        self.rules._cron_expire()
        self.assertTrue(rule.active)
        rule.expires = fields.Datetime.now() - timedelta(seconds=1)
        self.commit()
        self.rules._cron_expire()
        self.assertFalse(rule.active)
        self.assertEqual(self.commit()[-1][2], [])

    def test_what_an_agent_does_not_have_is_sent_at_its_hello_and_by_the_cron(self):
        self.rule("192.0.2.1")
        self.commit()
        hello = {"agent_version": "1", "agent_name": "a", "boot": "b1", "rpc_token": TOKEN}
        self.as_agent().agent_hello(hello)
        self.answer(*self.commit())
        self.as_agent().agent_hello(hello)
        self.assertEqual(self.commit(), [])
        # It has started anew, perhaps on another machine.
        self.as_agent().agent_hello(dict(hello, boot="b2"))
        self.assertEqual(len(self.commit()), 1)
        self.rule("192.0.2.2")
        self.commit()
        self.rules._cron_expire()
        self.assertEqual(len([one for one in self.commit() if one[0] == self.server]), 1)

    def test_an_agent_that_is_not_set_up_is_not_asked(self):
        self.server.agent_url = False
        self.rule("192.0.2.1")
        self.assertEqual(self.commit(), [])
