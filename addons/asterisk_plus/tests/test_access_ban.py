"""Bans: told as they happen, asked again, ended, made, turned into rules."""
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tests.common import new_test_user
from odoo.tools import mute_logger

from ..models.agent_client import AgentError
from .common import PbxCase
from .fake_agent import TOKEN
from .series import told

NOW = 1795393664.5


def ban(seq, address, **values):
    item = {"seq": seq, "kind": "ban", "address": address, "reason": "wrong password", "accounts": ["101"], "tries": 5}
    return dict(item, since=NOW, until=NOW + 10**8, bans=1, observed=False, **values)


class SecurityCase(PbxCase):
    def setUp(self):
        super().setUp()
        self.bans = self.env["asterisk_plus.access_ban"]
        self.server.write({"agent_url": "https://192.0.2.250/rpc/", "agent_token": TOKEN})
        self.asked, self.answers = [], {}
        server_class = type(self.env["asterisk_plus.server"])

        def call(server, method, args=(), **_options):
            self.asked.append((server.id, method, list(args)))
            answer = self.answers.get(method, True)
            if isinstance(answer, Exception):
                raise answer
            return answer

        caller = patch.object(server_class, "_agent_call", call)
        caller.start()
        self.addCleanup(caller.stop)
        self.admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")

    def tell(self, *items, store="s1", agent=None):
        return self.as_agent(agent).security_news({"store": store, "items": list(items)})["seq"]

    def of_server(self):
        return self.bans.search([("server_id", "=", self.server.id)], order="address")


class TestNews(SecurityCase):
    def test_bans_and_their_ends_come_as_they_happen(self):
        seq = self.tell(ban(1, "203.0.113.7", accounts=["101", "102"]), ban(2, "2001:db8:7::/64"))
        self.assertEqual(seq, 2)
        first, second = self.of_server().sorted("address", reverse=True)
        self.assertEqual((first.address, first.state, first.accounts, first.tries), ("203.0.113.7", "banned", "101, 102", 5))
        self.assertEqual(second.address, "2001:db8:7::/64")
        self.assertIn(" d ", first.time_left)
        self.tell({"seq": 3, "kind": "unban", "address": "203.0.113.7", "at": NOW + 5})
        self.assertEqual((first.state, first.time_left, second.state), ("over", False, "banned"))
        self.tell(dict(ban(4, "203.0.113.7"), bans=2))
        self.assertEqual((first.state, first.bans, len(self.of_server())), ("banned", 2, 2))

    def test_a_second_telling_is_a_no_op_and_another_file_begins_anew(self):
        attempts = {"seq": 1, "kind": "attempts", "days": {"2026-11-23": {"wrong password": 5}}}
        self.assertEqual([self.tell(attempts), self.tell(attempts)], [1, 1])
        rows = self.env["asterisk_plus.security_attempt"].search([("server_id", "=", self.server.id)])
        self.assertEqual((rows.count, rows.kind, str(rows.day)), (5, "password", "2026-11-23"))
        self.tell(attempts, store="s2")
        self.assertEqual(rows.count, 10)

    def test_each_server_has_its_own(self):
        other = self.server.copy()
        self.tell(ban(1, "203.0.113.7"))
        self.tell(ban(1, "203.0.113.7"), {"seq": 2, "kind": "unban", "address": "203.0.113.7", "at": NOW}, agent=other.user_id)
        self.assertEqual(self.of_server().state, "banned")
        self.assertEqual(self.bans.search([("server_id", "=", other.id)]).state, "over")

    @mute_logger("odoo.addons.asterisk_plus.models.security_news")
    def test_what_can_not_be_read_is_left_out_and_does_not_come_again(self):
        strange = [
            {"seq": 1, "kind": "attempts", "days": {"yesterday": {"x": 1}}},
            {"seq": 2, "kind": "attempts", "days": 7},
            {"seq": 3, "kind": "ban", "address": None},
            {"seq": 4, "kind": "of a later version"},
            {"seq": 5, "kind": "new_network", "account": "101", "addresses": 7},
            dict(ban(6, "203.0.113.7"), accounts=[{"a": 1}, "\0\ud800<b>"], tries=-1, since="x", until=1e99),
        ]
        self.assertEqual(self.tell(*strange), 6)
        found = self.of_server()
        self.assertEqual((found.accounts, found.tries), ("\ufffd?<b>", 0))

    def test_alarms_tell_each_admin_once(self):
        activities = self.env["mail.activity"]
        attack = {"seq": 1, "kind": "account_attacked", "account": "<b>101</b>", "addresses": ["192.0.2.%d" % n for n in range(5)], "at": NOW}
        self.tell(attack)
        alarm = self.env["asterisk_plus.security_alarm"].search([("server_id", "=", self.server.id)])
        self.assertEqual(alarm.addresses.count("\n"), 4)
        domain = [("res_model", "=", alarm._name), ("res_id", "=", alarm.id), ("user_id", "=", self.admin.id)]
        mine = activities.search(domain)
        self.assertIn("<b>101</b>", mine.summary)
        self.assertEqual(activities.with_user(self.admin).search(domain), mine)
        notices = self.env["bus.bus"].search([("channel", "like", '"res.partner",%d]' % self.admin.partner_id.id)])
        self.assertTrue([one for one in notices if "under attack from 5 addresses" in one.message])
        self.tell(dict(attack, seq=2, addresses=["198.51.100.1"]))
        self.assertEqual((alarm.count, alarm.addresses.count("\n")), (2, 5))
        self.assertEqual(activities.search(domain), mine)
        alarm.with_user(self.admin).action_done()
        self.assertTrue(alarm.is_done)
        self.assertFalse(activities.search([("res_model", "=", alarm._name), ("res_id", "=", alarm.id)]))
        self.tell(dict(attack, seq=3))
        self.assertEqual(self.env["asterisk_plus.security_alarm"].search_count([("server_id", "=", self.server.id)]), 2)

    def test_logins_from_new_networks_can_be_left_untold(self):
        login = {"seq": 1, "kind": "new_network", "account": "101", "addresses": ["192.0.2.1"], "at": NOW}
        self.tell(login)
        self.server.is_new_network_told = False
        self.tell(dict(login, seq=2, account="102"))
        alarms = self.env["asterisk_plus.security_alarm"].search([("server_id", "=", self.server.id)])
        self.assertEqual(alarms.mapped("account"), ["101"])


class TestBan(SecurityCase):
    def listed(self, address, kind="ban", **values):
        row = dict(ban(0, address), timeout=600, packets=12, bytes=5304, comment="words", kind=kind, **values)
        return {name: value for name, value in row.items() if name not in ("seq", "observed")}

    def test_a_refresh_makes_the_list_the_agents(self):
        self.tell(ban(1, "203.0.113.7"), ban(2, "203.0.113.8"))
        automatic = {"address": "203.0.113.9", "timeout": 60, "packets": 1, "bytes": 2, "comment": "too many packets", "kind": "automatic"}
        denied = {"address": "198.51.100.0/24", "timeout": -1, "packets": 0, "bytes": 0, "comment": "denied", "kind": "denied"}
        self.answers["asterisk.get_banned"] = [self.listed("203.0.113.7"), automatic, denied, "x", {}]
        action = self.bans.with_user(self.admin).action_open()
        self.assertEqual(action["res_model"], "asterisk_plus.access_ban")
        found = {one.address: one for one in self.of_server()}
        self.assertEqual({address: one.state for address, one in found.items()}, {
            "203.0.113.7": "banned", "203.0.113.8": "over", "203.0.113.9": "banned", "198.51.100.0/24": "banned",
        })
        self.assertEqual((found["203.0.113.7"].packets, found["203.0.113.7"].bytes), (12, 5304))
        self.assertFalse(found["198.51.100.0/24"].until)
        self.assertEqual(self.server.with_user(self.admin).ban_count, 3)

    def test_an_agent_that_is_away_is_told_and_the_list_opens(self):
        self.answers["asterisk.get_banned"] = AgentError("unreachable")
        self.assertTrue(self.bans.with_user(self.admin).action_open())
        self.assertTrue([one for one in told(self.env, self.admin) if "not reachable" in str(one)])

    def test_unban_asks_the_agent_first(self):
        self.tell(ban(1, "203.0.113.7"))
        found = self.of_server().with_user(self.admin)
        self.answers["asterisk.remove_banned_addresses"] = AgentError("timeout")
        with self.assertRaises(UserError):
            found.action_unban()
        self.assertEqual(found.state, "banned")
        self.answers.clear()
        found.action_unban()
        self.assertEqual(self.asked[-1], (self.server.id, "asterisk.remove_banned_addresses", [["203.0.113.7"]]))
        self.assertEqual(found.state, "over")

    def test_who_is_denied_by_a_rule_is_let_in_by_the_rule_only(self):
        self.answers["asterisk.get_banned"] = [self.listed("203.0.113.7", "denied")]
        self.bans.with_user(self.admin).action_open()
        with self.assertRaisesRegex(UserError, "access list"):
            self.of_server().with_user(self.admin).action_unban()

    def test_a_ban_becomes_an_allow_rule(self):
        self.tell(ban(1, "203.0.113.7"))
        rules = self.env["asterisk_plus.access_list"]
        for _number in range(2):
            action = self.of_server().with_user(self.admin).action_allow()
            rule = rules.browse(action["res_id"])
            self.assertEqual((rule.address, rule.access_type, rule.server_id), ("203.0.113.7", "allow", self.server))
            rule.write({"access_type": "deny", "active": False})
        self.assertEqual(len(rules.with_context(active_test=False).search([("server_id", "=", self.server.id)])), 1)

    def test_ban_now(self):
        form = Form(self.env["asterisk_plus.ban_now"].with_user(self.admin))
        form.server_id, form.address, form.hours, form.reason = self.server, "203.0.113.99", 2, "rude"
        action = form.save().action_ban()
        self.assertEqual(action["type"], "ir.actions.server")
        self.assertEqual(self.asked[0][1:], ("asterisk.ban_address", ["203.0.113.99", "by %s: rude" % self.admin.name, 7200]))
        # The list that is opened then asks the agent; here nothing is written that a second run would do again.
        self.assertEqual((len(self.asked), len(self.of_server())), (1, 0))

    def test_ban_now_refuses_what_is_none_and_tells_of_who_is_protected(self):
        wizard = self.env["asterisk_plus.ban_now"].with_user(self.admin)
        values = {"server_id": self.server.id, "address": "203.0.113.99"}
        for wrong in ({"address": "localhost"}, {"address": "::/0"}, {"hours": 0}, {"hours": 9999}):
            with self.subTest(str(wrong)), self.assertRaises(ValidationError), self.env.cr.savepoint():
                wizard.create(dict(values, **wrong))
        self.answers["asterisk.ban_address"] = AgentError("invalid", "protected")
        with self.assertRaisesRegex(UserError, "trunk"):
            wizard.create(values).action_ban()

    def test_only_admins_of_the_company_do_any_of_it(self):
        self.tell(ban(1, "203.0.113.7"))
        company = self.env["res.company"].create({"name": "Elsewhere"})
        groups = "asterisk_plus.group_admin"
        stranger = new_test_user(self.env, login="x", groups=groups, company_id=company.id, company_ids=[(6, 0, company.ids)])
        for user in (self.alice, self.agent, stranger):
            found = self.of_server().with_user(user)
            for method in ("action_unban", "action_allow"):
                with self.subTest("%s %s" % (user.login, method)), self.assertRaises(AccessError):
                    getattr(found, method)()
        with self.assertRaises(AccessError):
            self.bans.with_user(self.alice).action_open()
        self.assertEqual(self.asked, [])

    def test_bans_end_by_themselves_and_old_ones_are_deleted(self):
        self.tell(ban(1, "203.0.113.7"), ban(2, "203.0.113.8"))
        ended, lasting = self.of_server()
        ended.until = fields.Datetime.now() - timedelta(seconds=1)
        self.bans._end_what_is_over()
        self.assertEqual((ended.state, lasting.state), ("over", "banned"))
        ended.until = fields.Datetime.now() - timedelta(days=91)
        self.bans._delete_old()
        self.assertEqual(self.of_server(), lasting)
