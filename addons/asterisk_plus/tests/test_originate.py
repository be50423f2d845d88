from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tests.common import new_test_user, tagged

from ..lib.events import home
from ..models import server_originate
from .fake_agent import TOKEN
from .test_server_rpc import AgentCase
from .series import raises

# What a stranger, or a contact's card, may hold instead of a number; and what is no device.
HOSTILE = (
    "1\r\n\r\nAction: Originate", "1\nExten: 2", "1\0", "1&PJSIP/102", "PJSIP/102", "Local/1@from-internal", "1@from-internal",
    "1/n", "1|2", "1,1,System(id)", "${SHELL(id)}", "$[1+1]", "1;2", "1`id`", "1%0d%0aAction", "1\u20282", "\ufeff1", "1\\r\\n", "*#@!", "1'--",
)
HOSTILE_DEVICES = (
    "PJSIP/101\r\nAction: Logoff", "PJSIP/101\n", "PJSIP/101&PJSIP/102", "PJSIP/101/x", "PJSIP/101,30", "PJSIP/101|30", "PJSIP/${X}",
    "PJSIP/$[1]", "Local/s@default/n", "Local/1@a,b", "Local/1@a&SIP/2", "PJSIP/a@b/c", "PJSIP/@b", "PJSIP//1", "pjsip/1", "System/1",
    "AsyncGoto/PJSIP/1", "PJSIP/1 2", "PJSIP/1;2", "PJSIP/1(2)", "PJSIP/\u202e1",
)


class ClickCase(AgentCase):
    """Alice, whose first device rings on a click, and whose second one does not yet."""

    def setUp(self):
        super().setUp()
        self.channel, self.other = self.pbx_alice.channel_ids
        self.other.originate_enabled = False

    def click(self, number="0470 00 00 01", model=None, res_id=None, user=None):
        """Click as Alice; return the call."""
        server = self.env["asterisk_plus.server"].with_user(user or self.alice)
        return self.calls.browse(server.originate_call(number, model, res_id))

    def sent(self):
        """Return the newest request of a click. Others of its transaction travel beside it, in any order."""
        return [one for one in self.fake.requests if one["params"].get("res_method") == "originate_call_response"][-1]


@tagged("post_install", "-at_install")
class TestOriginate(ClickCase):
    def action(self):
        return self.sent()["params"]["args"][0]

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
        self.commit()
        call = self.click("+32 (0)470 00.00.01")
        self.commit()
        expected = {
            "Action": "Originate", "Channel": "PJSIP/101", "Context": "sales", "Exten": "+32470000001", "Priority": "1",
            "Async": "true", "CallerID": '"ACME Sales" <+3225550101>', "Timeout": "20000", "ChannelId": call.linkedid,
            "Variable": ["PJSIP_HEADER(add,Alert-Info)=;info=alert-autoanswer"],
        }
        self.assertEqual(self.action(), expected)
        params = self.sent()["params"]
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
        made = {server_originate.channel_ids()[0] for _number in range(100)}
        self.assertEqual(len(made), 100)
        for one in made:
            self.assertRegex(one, r"\Aodoo-[0-9a-f]{16}-[0-9]{10}\.1\Z")
        first, second = server_originate.channel_ids(2)
        self.assertEqual((first[:-1], second[-2:], home(second)), (second[:-1], ".2", first))

    def test_signs_that_nobody_sees_are_not_dialled(self):
        for text in ("\u202e0470\u202c000001", "0470\u00a000\u00a00001"):
            self.click(text)
            self.commit()
            self.assertEqual(self.action()["Exten"], "0470000001")

    def test_one_enabled_channel_is_rung_alone(self):
        self.click()
        self.commit()
        self.assertEqual(self.action()["Channel"], "PJSIP/101")
        (self.channel + self.other).write({"originate_enabled": False})
        self.other.originate_enabled = True
        self.click()
        self.commit()
        self.assertEqual(self.action()["Channel"], "PJSIP/104")

    def test_several_channels_are_one_call(self):
        self.other.write({"originate_enabled": True, "sequence": 1, "auto_answer_header": "Call-Info: <sip:x>;answer-after=0"})
        self.channel.auto_answer_header = "Alert-Info: ;info=alert-autoanswer"
        call = self.click("+32470000001##101")
        self.commit()
        request = self.sent()
        self.assertEqual(request["method"], "asterisk.originate")
        first, second = request["params"]["args"][0]
        self.assertEqual([first["Channel"], second["Channel"]], ["PJSIP/104", "PJSIP/101"])
        self.assertEqual([first["ChannelId"], second["ChannelId"]], [call.linkedid, call.linkedid[:-1] + "2"])
        self.assertIn("PJSIP_HEADER(add,Call-Info)=<sip:x>;answer-after=0", first["Variable"])
        self.assertIn("PJSIP_HEADER(add,Alert-Info)=;info=alert-autoanswer", second["Variable"])
        for one in (first, second):
            self.assertIn("__dtmf_digits=101", one["Variable"])
            self.assertEqual((one["Exten"], one["CallerID"]), ("+32470000001", self.pbx_alice._callerid()))
        self.assertEqual(len(self.calls.search([("server_id", "=", self.server.id)])), 1)

    def test_phones_of_another_server_stay_silent(self):
        other = self.env["asterisk_plus.server"].create({"name": "Other", "agent_url": self.fake.url, "agent_token": TOKEN})
        values = {"user_id": self.alice.id, "server_id": other.id, "channel_ids": [(0, 0, {"name": "PJSIP/101", "sequence": 50})]}
        self.env["asterisk_plus.user"].create(values)
        self.click()
        self.commit()
        self.assertEqual(self.sent()["method"], "asterisk.manager_action")

    def test_partner_by_number(self):
        self.assertEqual(self.click("+32470000001").partner_id, self.jane)
        self.assertFalse(self.click("+32470009999").partner_id)

    def test_numbers_that_can_not_be_dialled(self):
        wrong = ("", None, False, "abc", "+", "1\r\nAction: Logoff", "1&2", "1,2", "${X}", "sip:x@y", "x" * 500, "##101", 5, "١٢٣٤٥٦٧٨") + HOSTILE
        for number in wrong:
            with self.assertRaises(UserError, msg=repr(number)):
                self.click(number)
        self.commit()
        self.assertEqual(self.fake.requests, [])

    def test_devices_that_are_none(self):
        for text in HOSTILE_DEVICES:
            with self.assertRaises(ValidationError, msg=repr(text)), self.env.cr.savepoint():
                self.channel.name = text
                self.channel.flush()
        for text in ("x\r\nAction: Logoff", "a,b", "a b", "${X}", "a|b", "a@b", "a/b", "a&b", "a)", "\0"):
            with raises(self, ValidationError, ValueError, msg=repr(text)), self.env.cr.savepoint():
                self.channel.originate_context = text
                self.channel.flush()

    def test_the_device_of_somebody_else_is_never_rung(self):
        for channel in (self.channel, self.pbx_bob.channel_ids):
            with self.assertRaises(AccessError):
                channel.with_user(self.alice).name = "PJSIP/666"
        with self.assertRaises(AccessError):
            self.env["asterisk_plus.user_channel"].with_user(self.alice).create({"name": "PJSIP/666", "user_id": self.pbx_alice.id})
        self.click()
        self.commit()
        self.assertEqual(self.action()["Channel"], "PJSIP/101")

    def test_clear_words_for_who_has_no_phone(self):
        phoneless = new_test_user(self.env, login="pbx_phoneless", groups="asterisk_plus.group_user")
        with self.assertRaisesRegex(UserError, "no telephone"):
            self.click(user=phoneless)
        self.pbx_alice.channel_ids.originate_enabled = False
        with self.assertRaisesRegex(UserError, "ring on a click"):
            self.click()
        self.channel.originate_enabled = True
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
            self.assertEqual("action_asterisk_calls" in view["arch"], is_seen, user.login)
        with Form(self.env["res.partner"].with_user(ordinary), form) as new:
            new.name = "Made by an ordinary user"
            new.phone = "+32470000077"

    def test_numbers_have_the_widget_that_is_clicked(self):
        """On the form and in the list: static/src/js/phone_field.js makes a click on it a call."""
        for view in ("base.view_partner_form", "base.view_partner_tree"):
            shown = self.env["res.partner"].with_user(self.alice).fields_view_get(self.env.ref(view).id, view[-4:])
            fields = etree.fromstring(shown["arch"]).xpath("/form/sheet//field[@name='phone'][not(ancestor::field)] | /*/field[@name='phone']")
            self.assertEqual({one.get("widget") for one in fields}, {"phone"}, view)
