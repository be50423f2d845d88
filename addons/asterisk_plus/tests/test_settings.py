from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form
from odoo.tests.common import new_test_user, tagged

from ..tools import dialplan, network
from .common import PbxCase


@tagged("post_install", "-at_install")
class TestSettings(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings = cls.env["asterisk_plus.settings"]._current()

    def test_installation(self):
        self.assertEqual(self.settings, self.env.ref("asterisk_plus.settings_main"))
        self.assertEqual(self.settings.permitted_addresses.split(), ["127.0.0.1", "::1"])
        self.assertFalse(self.settings.dialplan_token)

    def test_values_are_validated(self):
        wrong = {
            "permitted_addresses": ["localhost", "192.0.2.1/33", "192.0.2.1/24", "192.0.2.1-9", "*"],
            "proxy_addresses": ["proxy"],
            "dialplan_token": ["short", "x" * 15, "with a space in it 123", "umlaut-ä-umlaut-ä-umlaut"],
            "post_dial_delay": [-1, 31],
            "is_token_required": [True],
        }
        for field, values in wrong.items():
            for value in values:
                with self.assertRaises(ValidationError, msg=(field, value)), self.env.cr.savepoint():
                    self.settings[field] = value

    def test_generated_token(self):
        self.settings.generate_dialplan_token()
        first = self.settings.dialplan_token
        self.settings.generate_dialplan_token()
        self.assertGreaterEqual(len(first), 32)
        self.assertNotEqual(first, self.settings.dialplan_token)

    def test_general_settings(self):
        admin = self.env.ref("base.user_admin")
        form = Form(self.env["res.config.settings"].with_user(admin))
        form.asterisk_permitted_addresses = "192.0.2.0/28"
        form.asterisk_post_dial_delay = 2.5
        form.save().execute()
        self.assertEqual(self.settings.permitted_addresses, "192.0.2.0/28")
        self.assertEqual(self.settings.post_dial_delay, 2.5)
        form.save().action_asterisk_generate_token()
        self.assertTrue(self.settings.dialplan_token)

    def test_rights(self):
        pbx_admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        self.settings.with_user(pbx_admin).permitted_addresses = "192.0.2.1"
        for values in ({}, {"name": "second"}):
            with self.assertRaises(AccessError):
                self.settings.with_user(self.alice).create(values)
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        ordinary = new_test_user(self.env, login="pbx_ordinary", groups="base.group_user")
        for user in (self.alice, ordinary, portal, self.agent, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.settings.with_user(user).read(["permitted_addresses"])
            with self.assertRaises(AccessError):
                self.settings.with_user(user).generate_dialplan_token()

    def test_general_settings_hide_ours_from_admins_without_pbx(self):
        system = new_test_user(self.env, login="pbx_system", groups="base.group_system")
        names = self.env["res.config.settings"].with_user(system).fields_get()
        self.assertFalse([name for name in names if name.startswith("asterisk_")])
        self.assertTrue(self.env["res.config.settings"].with_user(system).create({}))


@tagged("post_install", "-at_install")
class TestNetwork(PbxCase):
    def test_listed(self):
        text = "127.0.0.1, ::1\n192.0.2.0/28;2001:db8::/32"
        for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "192.0.2.15", "2001:db8:1::5"):
            self.assertTrue(network.is_listed(address, text), address)
        for address in ("127.0.0.2", "192.0.2.16", "2001:db9::1", "", None, "unknown", "127.0.0.1, 9.9.9.9", "localhost"):
            self.assertFalse(network.is_listed(address, text), address)
        self.assertFalse(network.is_listed("127.0.0.1", ""))
        self.assertFalse(network.is_listed("127.0.0.1", "nonsense"))

    def test_client_address(self):
        plain = {"REMOTE_ADDR": "192.0.2.1"}
        self.assertEqual(network.client_address(plain, "127.0.0.1"), "192.0.2.1")
        for header in network.FORWARDING_HEADERS:
            self.assertIsNone(network.client_address(dict(plain, **{header: "127.0.0.1"}), "127.0.0.1"), header)
        fixed = {"REMOTE_ADDR": "192.0.2.9", "HTTP_X_FORWARDED_FOR": "192.0.2.9", "werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "127.0.0.1"}}
        self.assertEqual(network.client_address(fixed, "127.0.0.1"), "192.0.2.9")
        self.assertIsNone(network.client_address(fixed, "192.0.2.1"), "a stranger must not speak for a proxy")

    def test_secrets(self):
        self.assertTrue(network.is_same_secret("añb", "añb"))
        for shown, kept in (("", ""), (None, None), ("a", ""), ("", "a"), ("a", "b"), ("a", "aa"), ("\udcff", "a")):
            self.assertFalse(network.is_same_secret(shown, kept))


@tagged("post_install", "-at_install")
class TestDialplanText(PbxCase):
    def test_caller_name(self):
        self.assertEqual(dialplan.caller_name("Jane", "ACME"), "Jane (ACME)")
        self.assertEqual(dialplan.caller_name("ACME", "ACME"), "ACME")
        self.assertEqual(dialplan.caller_name("", "ACME"), "ACME")
        self.assertEqual(dialplan.caller_name("Zoë Ünal-O'Neil & Co."), "Zoë Ünal-O'Neil & Co.")
        self.assertEqual(dialplan.caller_name("Ж日本"), "Ж日本")
        self.assertEqual(dialplan.caller_name("a\r\nb\0c\x1b[1m\u2028d\u202ee"), "a b c 1m d e")
        self.assertEqual(dialplan.caller_name('${SHELL(id)} "x" <y>;z,|\\`$[1]'), "SHELL(id) x y z 1")
        self.assertEqual(len(dialplan.caller_name("x" * 500, "y" * 500)), 64)
        self.assertEqual(dialplan.caller_name("J" * 30, "A" * 90), "%s (%s)" % ("J" * 30, "A" * 31))

    def test_the_tags(self):
        self.assertEqual(dialplan.tags(["VIP", "B2B", "VIP"]), "VIP,B2B")
        self.assertEqual(dialplan.tags(["a,b", '".*"', "(x|y)", "", "\n"]), "a b,.,x y")
        self.assertLessEqual(len(dialplan.tags("%090d" % number for number in range(99))), 40 * 41)

    def test_dial_string(self):
        self.assertEqual(dialplan.dial_string(["PJSIP/1", "PJSIP/1", "SIP/2"]), "PJSIP/1&SIP/2")
        self.assertEqual(dialplan.dial_string(["PJSIP/1,30,g", "PJSIP/1&System(x)", "x", None]), "")

    def test_header(self):
        self.assertEqual(dialplan.split_header("Alert-Info: ;info=alert-autoanswer"), ("Alert-Info", ";info=alert-autoanswer"))
        for text in ("Via: x", "X-A: a,b", "X-A: a\n", "X-A:", None, "X-A: $x"):
            self.assertIsNone(dialplan.split_header(text))
