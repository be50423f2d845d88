from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import new_test_user, tagged
from odoo.tools import mute_logger

from .common import PbxCase
from .series import raises


@tagged("post_install", "-at_install")
class TestAsteriskUser(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channels = cls.env["asterisk_plus.user_channel"]
        cls.channel = cls.channels.search([("name", "=", "PJSIP/101"), ("server_id", "=", cls.server.id)])

    def test_endpoints(self):
        for name in ("PJSIP/101", "SIP/alice-desk", "IAX2/a.b", "Local/102@lab", "DAHDI/1", "PJSIP/+32470000001@trunk"):
            self.channel.name = name
        wrong = (
            "", "101", "PJSIP", "PJSIP/", "pjsip/101", "Console/dsp", "PJSIP/101&PJSIP/102", "PJSIP/101,30", "PJSIP/1 0",
            "PJSIP/101/n", "PJSIP/10\n", "PJSIP/${X}", "PJSIP/a;b", "Local/s@x)", "PJSIP/" + "a" * 80, "PJSIP/é",
        )
        for name in wrong:
            with raises(self, ValidationError, IntegrityError, msg=name), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.channel.name = name
                self.channels.flush()

    def test_other_fields_are_validated(self):
        wrong = {
            "originate_context": ["", "a b", "from,internal", "x\n", "${X}"],
            "originate_timeout": [0, -1, 301],
            "auto_answer_header": ["Alert-Info", "From: x", "X-A: a\r\nX-B: b", 'Alert-Info: "a"', "Alert-Info: a,b", "X-A: ${X}"],
        }
        for field, values in wrong.items():
            for value in values:
                with raises(self, ValidationError, IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    self.channel[field] = value
                    self.channels.flush()
        self.channel.auto_answer_header = "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer"
        with self.assertRaises(ValidationError):
            self.pbx_alice.exten = "1,1"
        with self.assertRaises(ValidationError):
            self.pbx_alice.callerid_num = "1>\r\nX: y"
        with self.assertRaises(ValidationError):
            self.pbx_alice.callerid_name = 'A" <100>'

    def test_a_channel_belongs_to_one_user_of_a_server(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.channels.create({"name": "PJSIP/101", "user_id": self.pbx_bob.id})
            self.channels.flush()
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        user = self.env["asterisk_plus.user"].create({"name": "A", "exten": "101", "server_id": other.id})
        self.channels.create({"name": "PJSIP/101", "user_id": user.id})
        self.assertEqual(self.channels.owners(other), {"PJSIP/101": user.id})

    def test_owners(self):
        owners = {"PJSIP/101": self.pbx_alice.id, "PJSIP/104": self.pbx_alice.id, "PJSIP/102": self.pbx_bob.id}
        self.assertEqual(self.channels.owners(self.server), owners)
        self.pbx_bob.active = False
        self.assertNotIn("PJSIP/102", self.channels.owners(self.server))

    def test_name_follows_the_user_until_told_otherwise(self):
        carol = new_test_user(self.env, login="pbx_carol", name="Carol")
        pbx_carol = self.env["asterisk_plus.user"].create({"user_id": carol.id, "server_id": self.server.id})
        self.assertEqual(pbx_carol.name, "Carol")

    def test_callerid(self):
        self.assertEqual(self.pbx_alice._callerid(), '"Alice" <101>')
        self.pbx_alice.write({"callerid_num": "+3225550101", "callerid_name": "ACME Sales"})
        self.assertEqual(self.pbx_alice._callerid(), '"ACME Sales" <+3225550101>')
        self.pbx_alice.write({"callerid_name": False, "name": 'Eve" <666>, Ltd'})
        self.assertEqual(self.pbx_alice._callerid(), '"Eve 666 Ltd" <+3225550101>')

    def test_rights(self):
        """Who may read and write PBX users: ordinary and portal users and the public nothing, PBX users read, admins all."""
        ordinary = new_test_user(self.env, login="pbx_ordinary", groups="base.group_user")
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        for user in (ordinary, portal, self.env.ref("base.public_user")):
            for record in (self.pbx_alice, self.channel):
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["name"])
        for record in (self.pbx_alice, self.channel):
            record.with_user(self.alice).read(["name"])
            for user in (self.alice, self.bob, self.agent):
                with self.assertRaises(AccessError):
                    record.with_user(user).write({"name": "PJSIP/666"})
        admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        self.channel.with_user(admin).originate_enabled = False
        self.assertFalse(self.channel.originate_enabled)
