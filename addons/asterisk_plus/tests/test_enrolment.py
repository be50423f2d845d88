"""A code becomes an agent's password: once, soon, and for nobody who guesses."""
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import HttpSavepointCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ..controllers import enrolment as controller
from ..models.enrolment import LENGTH, LIFE_MINUTES, SIGNS
from .common import PbxCase
from .series import check_password

PATH = "/asterisk_plus/enrol"


@tagged("post_install", "-at_install")
class TestEnrolment(HttpSavepointCase, PbxCase):
    def setUp(self):
        super().setUp()
        controller._failures.clear()
        self.addCleanup(controller._failures.clear)
        self.admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        self.codes = self.env["asterisk_plus.enrolment"]

    def new_code(self, user=None):
        return self.server.with_user(user or self.admin).action_new_enrolment()["context"]["default_code"]

    def ask(self, code, db=None, body=None):
        self.env["base"].flush()
        body = {"db": db or get_db_name(), "code": code} if body is None else body
        reply = self.url_open(PATH, data=body, timeout=30)
        self.assertNotIn("session_id", reply.cookies)
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        return reply.status_code, reply.json()

    def refuse(self, *args, **kwargs):
        with self.assertLogs(controller.__name__, "WARNING"):
            self.assertEqual(self.ask(*args, **kwargs), (403, {"error": "refused"}))

    def test_a_code_gives_login_and_password_once(self):
        code = self.new_code()
        plain = code.replace("-", "")
        self.assertEqual(len(plain), LENGTH)
        self.assertLessEqual(set(plain), set(SIGNS))
        status, account = self.ask(code.lower().replace("-", " "))
        self.assertEqual((status, account["login"], account["server"]), (200, self.agent.login, self.server.name))
        check_password(self.agent, account["password"])
        self.refuse(code)

    def test_the_code_is_kept_by_nobody(self):
        code = self.new_code()
        self.env["base"].flush()
        self.env.cr.execute("SELECT code_hash FROM asterisk_plus_enrolment WHERE server_id = %s", [self.server.id])
        (kept,) = self.env.cr.fetchone()
        self.assertEqual(len(kept), 64)
        self.assertNotIn(code.replace("-", "").lower(), kept)
        self.assertFalse(self.env["asterisk_plus.agent_enrolment"]._fields["code"].store)

    def test_a_newer_code_ends_the_older_and_time_ends_all(self):
        older, newer = self.new_code(), self.new_code()
        self.refuse(older)
        enrolment = self.codes.search([("server_id", "=", self.server.id)])
        left = enrolment.expires - fields.Datetime.now()
        self.assertLessEqual(left, timedelta(minutes=LIFE_MINUTES))
        enrolment.expires = fields.Datetime.now() - timedelta(seconds=1)
        self.refuse(newer)
        self.codes._delete_old()
        self.assertFalse(enrolment.exists())

    def test_codes_do_not_cross_servers(self):
        other = self.server.copy()
        theirs = other.with_user(self.admin).action_new_enrolment()["context"]["default_code"]
        self.assertEqual(self.ask(theirs)[1]["login"], other.user_id.login)
        other.active = False
        self.assertFalse(self.codes._use(other.action_new_enrolment()["context"]["default_code"]))

    @mute_logger("odoo.addons.asterisk_plus.controllers.enrolment")
    def test_whatever_is_wrong_looks_the_same(self):
        code = self.new_code()
        name = get_db_name()
        bodies = [b"x", b"{}", {"db": name}, {"code": ""}, {"db": name, "code": "x" * 5000}, {"db": name, "code": "%"}, b"\xff=\x00"]
        bodies += [{"db": name, "code": ["a", "b"]}, {"db": "../" + name, "code": code}, {"db": "", "code": "\u00e9\u4e00"}]
        for body in bodies:
            with self.subTest(str(body)[:40]):
                self.assertEqual(self.ask("", body=body), (403, {"error": "refused"}))
                controller._failures.clear()
        self.assertEqual(self.ask(code, db="no_such_database"), (403, {"error": "refused"}))
        self.assertEqual(self.ask(code[:-1]), (403, {"error": "refused"}))
        self.assertEqual(self.ask(code)[0], 200)

    @mute_logger("odoo.addons.asterisk_plus.controllers.enrolment")
    def test_who_guesses_is_slowed_down_even_with_the_right_one(self):
        code = self.new_code()
        statuses = [self.ask("WRONG-WRONG-%d" % number)[0] for number in range(controller.MAX_FAILURES + 1)]
        self.assertEqual(statuses, [403] * controller.MAX_FAILURES + [429])
        self.assertEqual(self.ask(code)[0], 429)
        self.assertEqual(set(controller._failures), {"127.0.0.1"})

    def test_other_methods_are_refused(self):
        reply = self.url_open(PATH + "?code=" + self.new_code(), timeout=30)
        self.assertEqual((reply.status_code, reply.json()), (405, {"error": "method not allowed"}))

    def test_only_admins_make_codes_and_only_for_agents_accounts(self):
        for user in (self.alice, self.agent, new_test_user(self.env, login="o", groups="base.group_user")):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.new_code(user)
        self.agent.groups_id |= self.env["res.groups"].create({"name": "Powerful"})
        with self.assertRaises(ValidationError):
            self.new_code()
