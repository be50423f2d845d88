from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import Form, new_test_user, tagged

from ..models import server_originate, server_rpc
from .test_server_rpc import AgentCase


@tagged("post_install", "-at_install")
class TestOriginate(AgentCase):
    def setUp(self):
        super().setUp()
        self.channel = self.pbx_alice.channel_ids[0]

    def click(self, number="0470 00 00 01", model=None, res_id=None, user=None):
        """Click as Alice; return the call."""
        server = self.env["asterisk_plus.server"].with_user(user or self.alice)
        return self.calls.browse(server.originate_call(number, model, res_id))

    def action(self):
        return self.fake.requests[-1]["params"]["args"][0]

    def test_call_exists_before_asterisk_hears_of_it(self):
        call = self.click(model="res.partner", res_id=self.jane.id)
        self.assertEqual(self.fake.requests, [])
        self.assertTrue(call.is_active)
        self.assertEqual((call.status, call.direction), ("progress", "out"))
        self.assertEqual((call.partner_id, call.calling_user_id, call.originated_by), (self.jane, self.pbx_alice, self.alice))
        self.assertEqual((call.model, call.res_id, call.called_number), ("res.partner", self.jane.id, "0470000001"))
        self.commit()
        self.assertEqual(self.action()["ChannelId"], call.linkedid)

    def test_action(self):
        self.pbx_alice.write({"callerid_num": "+3225550101", "callerid_name": "ACME Sales"})
        self.channel.write({"originate_timeout": 20, "originate_context": "sales", "auto_answer_header": "Alert-Info: ;info=alert-autoanswer"})
        call = self.click("+32 (0)470 00.00.01")
        self.commit()
        expected = {
            "Action": "Originate", "Channel": "PJSIP/101", "Context": "sales", "Exten": "+32470000001", "Priority": "1",
            "Async": "true", "CallerID": '"ACME Sales" <+3225550101>', "Timeout": "20000", "ChannelId": call.linkedid,
            "Variable": ["PJSIP_HEADER(add,Alert-Info)=;info=alert-autoanswer"],
        }
        self.assertEqual(self.action(), expected)
        params = self.fake.requests[0]["params"]
        self.assertEqual((params["res_model"], params["res_method"]), ("asterisk_plus.server", "originate_call_response"))
        self.assertEqual(params["pass_back"], {"call_id": call.id})
        self.assertIs(params["sync"], False)

    def test_post_dial_digits(self):
        self.env["asterisk_plus.settings"]._current().post_dial_delay = 1.5
        self.click("+32470000001##10,1")
        self.commit()
        self.assertEqual(self.action()["Exten"], "+32470000001")
        self.assertEqual(self.action()["Variable"], ["__dtmf_digits=10w1", "__dtmf_delay=1.5"])

    def test_channel_ids_are_asterisks_form_and_unique(self):
        made = {server_originate.channel_id() for _number in range(100)}
        self.assertEqual(len(made), 100)
        for one in made:
            self.assertRegex(one, r"\Aodoo-[0-9a-f]{16}-[0-9]{10}\.1\Z")

    def test_first_enabled_channel_in_order(self):
        self.pbx_alice.channel_ids[1].sequence = 1
        self.click()
        self.commit()
        self.assertEqual(self.action()["Channel"], "PJSIP/104")
        self.pbx_alice.channel_ids.filtered(lambda one: one.name == "PJSIP/104").originate_enabled = False
        self.click()
        self.commit()
        self.assertEqual(self.action()["Channel"], "PJSIP/101")

    def test_partner_by_number(self):
        self.assertEqual(self.click("+32470000001").partner_id, self.jane)
        self.assertFalse(self.click("+32470009999").partner_id)

    def test_numbers_that_can_not_be_dialled(self):
        wrong = ("", None, False, "abc", "+", "1\r\nAction: Logoff", "1&2", "1,2", "${X}", "sip:x@y", "x" * 500, "##101", 5, "١٢٣٤٥٦٧٨")
        for number in wrong:
            with self.assertRaises(UserError, msg=repr(number)):
                self.click(number)
        self.commit()
        self.assertEqual(self.fake.requests, [])

    def test_clear_words_for_who_has_no_phone(self):
        phoneless = new_test_user(self.env, login="pbx_phoneless", groups="asterisk_plus.group_user")
        with self.assertRaisesRegex(UserError, "no telephone"):
            self.click(user=phoneless)
        self.pbx_alice.channel_ids.originate_enabled = False
        with self.assertRaisesRegex(UserError, "ring on a click"):
            self.click()
        self.pbx_alice.channel_ids.originate_enabled = True
        self.server.agent_token = False
        with self.assertRaisesRegex(UserError, "has not called"):
            self.click()

    def test_who_may_not_click(self):
        ordinary = new_test_user(self.env, login="pbx_ordinary", groups="base.group_user")
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        for user in (ordinary, portal, self.agent, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.click(user=user)

    def test_the_record_must_be_readable(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.jane.company_id = other
        with self.assertRaises(AccessError):
            self.click(model="res.partner", res_id=self.jane.id)
        with self.assertRaises(AccessError):
            self.click(model="ir.config_parameter", res_id=self.env["ir.config_parameter"].search([], limit=1).id)
        for model, res_id in (("no.such", 1), ("res.partner", 10**9), ("res.partner", "1"), ("res.partner", None), (None, 5), (["x"], 1)):
            with self.assertRaises(UserError):
                self.click(model=model, res_id=res_id)

    def test_partner_buttons(self):
        self.jane.mobile = "+32470000002"
        for field, number in (("phone", "0470000001"), ("mobile", "+32470000002")):
            action = getattr(self.jane.with_user(self.alice), "action_asterisk_call_%s" % field)()
            self.assertEqual(action["tag"], "display_notification")
            self.commit()
            self.assertEqual(self.action()["Exten"], number)
        with self.assertRaises(UserError):
            self.acme.with_user(self.alice).action_asterisk_call_phone()

    def test_buttons_are_seen_by_pbx_users_only(self):
        ordinary = new_test_user(self.env, login="pbx_ordinary", groups="base.group_user,base.group_partner_manager")
        form = "base.view_partner_form"
        for user, is_seen in ((self.alice, True), (ordinary, False)):
            view = self.env["res.partner"].with_user(user).fields_view_get(self.env.ref(form).id, "form")
            for name in ("action_asterisk_call_phone", "action_asterisk_call_mobile", "action_asterisk_calls"):
                self.assertEqual(name in view["arch"], is_seen, (user.login, name))
        with Form(self.env["res.partner"].with_user(ordinary), form) as new:
            new.name = "Made by an ordinary user"
            new.phone = "+32470000077"

    def test_the_button_stands_beside_the_number(self):
        """With the module sms, which puts the number into a row of its own, and without it."""
        form = self.env.ref("base.view_partner_form")
        others = self.env["ir.ui.view"].search([("inherit_id", "=", form.id), ("arch_db", "like", "phone_action_blacklist_remove")])
        for is_sms in [bool(others), False]:
            others.active = is_sms
            view = self.env["res.partner"].with_user(self.alice).fields_view_get(form.id, "form")
            arch = etree.fromstring(view["arch"])
            for name in ("phone", "mobile"):
                row = arch.xpath("//div[@name='asterisk_%s']" % name)
                self.assertEqual([one.get("name") for one in row[0] if one.tag in ("field", "button")], [name, "action_asterisk_call_%s" % name])
                self.assertEqual(len(arch.xpath("//sheet/group//label[@for='%s']" % name)), 1, "one label, with sms: %s" % is_sms)

    # What comes back

    def respond(self, call, result, agent=None):
        return self.as_agent(agent).originate_call_response(result, {"call_id": call.id})

    def test_success_changes_nothing(self):
        call = self.click()
        self.respond(call, [{"Response": "Success", "Message": "Originate successfully queued"}])
        self.assertTrue(call.is_active)
        self.assertEqual(self.notices(self.alice), [])

    def test_asterisk_refuses(self):
        call = self.click()
        self.respond(call, [{"Response": "Error", "Message": "Extension does not exist."}])
        self.assertFalse(call.is_active)
        self.assertEqual(call.status, "failed")
        self.assertIn("Extension does not exist.", call.hangup_reason)
        notices = self.notices(self.alice)
        self.assertEqual(len(notices), 1)
        self.assertIn("Extension does not exist.", notices[0]["message"])

    def test_agent_could_not(self):
        call = self.click()
        self.respond(call, {"error": {"code": -32020, "message": "asterisk not connected"}})
        self.assertEqual(call.status, "failed")
        self.assertIn("not connected to Asterisk", self.notices(self.alice)[0]["message"])

    def test_odd_answers_fail_the_call(self):
        for odd in (None, [], "x", [1], {}, {"error": None}, [{"Response": "Error", "Message": ["a", "b"]}]):
            call = self.click()
            self.respond(call, odd)
            self.assertFalse(call.is_active, odd)

    def test_agent_is_away(self):
        self.fake.__exit__()
        call = self.click()
        with self.assertLogs(server_rpc.__name__, "WARNING"):
            self.assertLess(self.commit(), 1.0)
        self.assertEqual((call.is_active, call.status), (False, "failed"))
        self.assertIn("not reachable", call.hangup_reason)
        self.assertEqual(len(self.notices(self.alice)), 1)

    def test_only_the_own_agent_may_answer(self):
        call = self.click()
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        self.respond(call, [{"Response": "Error"}], other.user_id)
        self.assertTrue(call.is_active)
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        for user in (self.alice, self.pbx_admin, portal, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.respond(call, [{"Response": "Error"}], user)
        for odd in (None, {}, [], {"call_id": "x"}, {"call_id": None}, {"call_id": 10**9}, {"call_id": [call.id]}):
            self.as_agent().originate_call_response([{"Response": "Error"}], odd)
        self.assertTrue(call.is_active)

    def test_failure_of_the_own_phone_is_told(self):
        call = self.click()
        event = {"Event": "OriginateResponse", "Response": "Failure", "Reason": "3", "Uniqueid": call.linkedid, "Channel": "PJSIP/101",
                 "Exten": "0470000001", "EventTime": "1795406867.075335"}
        row = self.row("OriginateResponse", method="on_originate_response")
        self.assertTrue(row)
        self.assertEqual(self.deliver([self.item(event, row)]), ["done"])
        notices = self.notices(self.alice)
        self.assertEqual(len(notices), 1)
        self.assertIn("PJSIP/101 rang", notices[0]["message"])
        self.deliver([self.item(dict(event, Uniqueid="1.1"), row), self.item(dict(event, Response="Success"), row)])
        self.assertEqual(len(self.notices(self.alice)), 1)

    def test_failure_is_told_by_agents_only(self):
        for user in (self.alice, self.pbx_admin, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.calls.with_user(user).on_originate_response({"Response": "Failure"})
