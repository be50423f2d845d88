import json
from unittest.mock import patch

from odoo import http
from odoo.tests.common import HttpSavepointCase, tagged
from odoo.tools import mute_logger

from ..controllers import dialplan as controller
from .common import PbxCase
from .series import database_of_host

QUESTIONS = ("caller_name", "partner_manager", "caller_tags", "recording")
NAME, MANAGER, TAGS, RECORDING = ("/asterisk_plus/get_%s" % question for question in QUESTIONS)
TOKEN = "dialplan-token-of-the-test"


@tagged("post_install", "-at_install")
class TestControllers(HttpSavepointCase, PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["asterisk_plus.server"].search([("id", "!=", cls.server.id)]).active = False
        tags = cls.env["res.partner.category"].create([{"name": "VIP"}, {"name": "B2B"}])
        cls.jane.write({"user_id": cls.alice.id, "category_id": [(6, 0, tags.ids)]})
        cls.settings = cls.env["asterisk_plus.settings"]._current()

    def ask(self, path=NAME, query="number=%2B32470000001", headers=None, method="GET"):
        """Return (status, body) and see that the reply is what Asterisk may read."""
        self.env["base"].flush()
        url = "http://127.0.0.1:%d%s?%s" % (self.http_port(), path, query)
        reply = self.opener.request(method, url, headers=headers, timeout=60, allow_redirects=False)
        if reply.status_code != 200:
            self.assertEqual(reply.content, b"", reply.status_code)
        if method != "HEAD":
            self.assertEqual(reply.headers["Content-Type"], "text/plain; charset=utf-8")
        if reply.status_code == 200:
            self.assertNotIn("session_id", reply.cookies)
        return reply.status_code, reply.content.decode()

    @staticmethod
    def http_port():
        return http.odoo.tools.config["http_port"]

    def refused(self, **more):
        with self.assertLogs(controller.__name__, "WARNING"):
            self.assertEqual(self.ask(**more), (403, ""))

    # Answers

    def test_caller_name(self):
        self.assertEqual(self.ask(), (200, "Jane (ACME)"))
        self.assertEqual(self.ask(query="number=%2B32470000001&db=&country="), (200, "Jane (ACME)"))

    def test_manager_and_tags(self):
        self.assertEqual(self.ask(MANAGER), (200, "PJSIP/101&PJSIP/104"))
        self.assertEqual(self.ask(TAGS), (200, "VIP,B2B"))

    def test_manager_of_the_company(self):
        self.jane.user_id = False
        self.assertEqual(self.ask(MANAGER), (200, ""))
        self.acme.user_id = self.bob
        self.assertEqual(self.ask(MANAGER), (200, "PJSIP/102"))
        self.pbx_bob.channel_ids.originate_enabled = False
        self.assertEqual(self.ask(MANAGER), (200, ""))

    def test_manager_on_two_servers(self):
        """The same channel on another server is somebody else's phone."""
        other = self.env["asterisk_plus.server"].create({"name": "Other", "country_id": self.belgium.id})
        pbx_user = {"name": "A", "user_id": self.alice.id, "server_id": other.id, "channel_ids": [(0, 0, {"name": "PJSIP/777"})]}
        self.env["asterisk_plus.user"].create(pbx_user)
        other.system_name = "other-1"
        self.assertEqual(self.ask(MANAGER), (200, ""))
        self.assertEqual(self.ask(MANAGER, "number=%2B32470000001&server=Other"), (200, "PJSIP/777"))
        self.assertEqual(self.ask(MANAGER, "number=%2B32470000001&server=other-1"), (200, "PJSIP/777"))
        self.assertEqual(self.ask(MANAGER, "number=%2B32470000001&server=Test%20PBX"), (200, "PJSIP/101&PJSIP/104"))
        self.assertEqual(self.ask(MANAGER, "number=%2B32470000001&server=nobody"), (200, ""))

    def test_archived_company_is_not_named(self):
        self.acme.active = False
        self.assertEqual(self.ask(), (200, "Jane"))

    def test_manager_who_has_left(self):
        self.alice.active = False
        self.assertEqual(self.ask(MANAGER), (200, ""))

    def test_number_in_any_form(self):
        for number in ("+32470000001", "%2B32470000001", "32470000001", "0032470000001", "0470000001", "0470%2000%2000%2001"):
            self.assertEqual(self.ask(query="number=" + number), (200, "Jane (ACME)"), number)

    def test_country(self):
        self.jane.phone = "+33470000001"
        self.assertEqual(self.ask(query="number=0470000001"), (200, ""))
        self.assertEqual(self.ask(query="number=0470000001&country=FR"), (200, "Jane (ACME)"))
        self.assertEqual(self.ask(query="number=0470000001&country=%27%3B--"), (200, ""))

    def test_nobody(self):
        for query in ("number=%2B32470009999", "number=", "", "number=anonymous", "number=101", "number=s", "number=%25", "number=%00",
                      "number=%FF%FE", "number=" + "1" * 5000, "number=1&number=2", "number[]=1"):
            for path in (NAME, MANAGER, TAGS):
                self.assertEqual(self.ask(path, query), (200, ""), query[:30])

    def test_several_companies_are_nobody(self):
        john = self._partner("John", "+32470000001", self.acme)
        self.assertEqual(self.ask(), (200, "ACME"))
        john.parent_id = False
        self.assertEqual(self.ask(), (200, ""))

    def test_the_dialplans_own_characters_never_leave(self):
        self.jane.name = 'Jane",<sip:x@y>\r\n${SHELL(id)};\u202e'
        self.assertEqual(self.ask(), (200, "Jane sip:x@y SHELL(id) (ACME)"))

    def test_no_session_file_is_left(self):
        with patch.object(type(http.root.session_store), "save") as save:
            self.ask()
        self.assertFalse(save.called)

    # Recordings

    def recording(self, *channels, server=""):
        query = "&".join("channel=" + channel for channel in channels)
        status, answer = self.ask(RECORDING, query + "&server=" + server)
        self.assertEqual(status, 200)
        return answer

    def test_recording(self):
        """Each side's choice, by each server's."""
        trunk, alice, bob = "PJSIP/trunk-00000001", "PJSIP/104-0000a1b2", "PJSIP/102-00000003"
        expected = {
            "all": {"server": "yes", "always": "yes", "never": "no"},
            "chosen": {"server": "no", "always": "yes", "never": "no"},
            "none": {"server": "no", "always": "no", "never": "no"},
        }
        for of_server, by_choice in expected.items():
            self.server.record_calls = of_server
            for choice, answer in by_choice.items():
                self.pbx_alice.record_calls = choice
                for channels in ((trunk, alice), (alice, trunk), (alice, bob), (bob, alice), (alice,)):
                    self.assertEqual(self.recording(*channels), answer, (of_server, choice, channels))
            for channels in ((trunk, bob), ("", trunk), (trunk, "Local/102@lab-00000004;1"), ("x" * 5000,), ("%00%FF'",)):
                self.assertEqual(self.recording(*channels), "yes" if of_server == "all" else "no", (of_server, channels))

    def test_never_holds_for_all_who_talk(self):
        self.pbx_alice.record_calls, self.pbx_bob.record_calls = "never", "always"
        for of_server in ("all", "chosen"):
            self.server.record_calls = of_server
            self.assertEqual(self.recording("PJSIP/102-00000001", "PJSIP/101-00000002"), "no")
        self.pbx_alice.active = False
        self.assertEqual(self.recording("PJSIP/102-00000001", "PJSIP/101-00000002"), "yes")

    def test_notice(self):
        for notice in ("yes", "tone", "spoken"):
            self.server.recording_notice = notice
            self.assertEqual(self.recording("PJSIP/101-00000001"), notice)
        self.server.record_calls = "none"
        self.assertEqual(self.recording("PJSIP/101-00000001"), "no")

    def test_whether_any_call_may_be_recorded(self):
        self.pbx_alice.record_calls = "never"
        self.assertEqual(self.recording(), "yes")
        self.server.record_calls = "chosen"
        self.assertEqual(self.recording(), "no")
        self.pbx_bob.record_calls = "always"
        self.assertEqual(self.recording(), "yes")
        self.server.record_calls = "none"
        self.assertEqual(self.recording(), "no")

    def test_recording_on_two_servers(self):
        """Never is said of this server's PJSIP/101; whose it is must be known."""
        self.pbx_alice.record_calls = "never"
        self.env["asterisk_plus.server"].create({"name": "Other", "country_id": self.belgium.id}).system_name = "other-1"
        self.server.system_name = "this-1"
        self.assertEqual(self.recording("PJSIP/101-00000001", server="this-1"), "no")
        self.assertEqual(self.recording("PJSIP/101-00000001", server="other-1"), "yes")
        self.assertEqual(self.recording("PJSIP/101-00000001", server="nobody"), "")
        self.assertEqual(self.recording("PJSIP/101-00000001"), "")

    # Refusals

    def test_address_is_not_permitted(self):
        self.settings.permitted_addresses = "192.0.2.1"
        for path in (NAME, MANAGER, TAGS, RECORDING):
            self.refused(path=path)
        self.settings.permitted_addresses = False
        self.refused()
        self.settings.permitted_addresses = "127.0.0.0/8"
        self.assertEqual(self.ask()[0], 200)

    def test_token(self):
        self.settings.write({"permitted_addresses": False, "dialplan_token": TOKEN})
        good = [{"Authorization": "Bearer " + TOKEN}, {"Authorization": "bearer " + TOKEN}, {"X-Asterisk-Token": TOKEN}]
        for headers in good:
            self.assertEqual(self.ask(headers=headers), (200, "Jane (ACME)"))
        self.assertEqual(self.ask(query="number=0470000001&token=" + TOKEN), (200, "Jane (ACME)"))
        bad = [{"Authorization": TOKEN}, {"Authorization": "Basic " + TOKEN}, {"Authorization": "Bearer "}, {"X-Asterisk-Token": TOKEN[:-1]},
               {"X-Asterisk-Token": ""}, {}]
        for headers in bad:
            self.refused(headers=headers)
        self.refused(query="number=0470000001&token=" + TOKEN + "x")

    def test_an_empty_token_is_never_right(self):
        self.settings.permitted_addresses = False
        for headers in ({"X-Asterisk-Token": ""}, {"Authorization": "Bearer"}, {"X-Asterisk-Token": "False"}):
            self.refused(headers=headers)

    def test_address_and_token(self):
        self.settings.write({"dialplan_token": TOKEN, "is_token_required": True})
        self.refused()
        self.assertEqual(self.ask(headers={"X-Asterisk-Token": TOKEN})[0], 200)
        self.settings.permitted_addresses = "192.0.2.1"
        self.refused(headers={"X-Asterisk-Token": TOKEN})

    def test_forwarded_addresses_without_proxy_mode(self):
        """A proxy on this host, that Odoo was not told of, must not make strangers local."""
        for headers in ({"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "127.0.0.1"},
                        {"Forwarded": "for=127.0.0.1"}, {"X-Forwarded-Host": "odoo.example.com"}, {"Via": "1.1 proxy"}):
            with patch.dict(http.odoo.tools.config.options, {"proxy_mode": False}):
                self.refused(headers=headers)

    def test_proxy_mode(self):
        self.settings.permitted_addresses = "192.0.2.1"
        with patch.dict(http.odoo.tools.config.options, {"proxy_mode": True}):
            headers = {"X-Forwarded-Host": "odoo.example.com", "X-Forwarded-For": "192.0.2.1"}
            self.assertEqual(self.ask(headers=headers)[0], 200)
            self.refused(headers=dict(headers, **{"X-Forwarded-For": "192.0.2.1, 198.51.100.7"}))
            self.settings.permitted_addresses = "127.0.0.1 192.0.2.1"
            self.refused(headers={"X-Forwarded-Host": "odoo.example.com"})
            self.settings.proxy_addresses = "192.0.2.77"
            self.refused(headers=headers)

    def test_a_session_opens_nothing(self):
        self.settings.permitted_addresses = False
        self.alice.password = "password-of-alice"
        self.alice.flush()
        self.authenticate(self.alice.login, "password-of-alice")
        self.refused()

    def test_wrong_database(self):
        self.assertEqual(self.ask(query="number=0470000001&db=%s" % self.env.cr.dbname), (200, "Jane (ACME)"))
        for name in ("no_such_db", "postgres", "template1", "..%2F..", "%27", "%00"):
            self.assertEqual(self.ask(query="number=0470000001&db=" + name), (404, ""), name)

    def test_dbfilter_holds(self):
        with patch.dict(http.odoo.tools.config.options, {"dbfilter": "^nothing$"}):
            status, body = self.ask(query="number=0470000001&db=%s" % self.env.cr.dbname) if self._routes_without_db() else (404, "")
        self.assertEqual((status, body), (404, ""))
        self.assertTrue(self._db_is_filtered())

    @staticmethod
    def _routes_without_db():
        # Without a database of the session only server-wide modules have routes: Odoo's own 404 then, outside of this addon.
        return "asterisk_plus" in http.odoo.tools.config["server_wide_modules"]

    def _db_is_filtered(self):
        with patch.dict(http.odoo.tools.config.options, {"dbfilter": "^nothing$"}):
            return not database_of_host(self.env.cr.dbname, "127.0.0.1")

    def test_other_methods(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            self.assertEqual(self.ask(method=method), (405, ""), method)
        self.assertEqual(self.ask(method="HEAD"), (200, ""))

    @mute_logger("odoo.addons.asterisk_plus.models.ir_http", "odoo.http")
    def test_errors_of_odoo_itself(self):
        self.assertEqual(self.ask("/asterisk_plus/get_nothing"), (404, ""))
        self.assertEqual(self.ask(query="number=0470000001&self=1"), (500, ""))

    def test_unforeseen_error(self):
        with patch.object(controller, "_partner", side_effect=ZeroDivisionError("secret")):
            with self.assertLogs(controller.__name__, "ERROR"):
                self.assertEqual(self.ask(), (500, ""))

    def test_other_pages_keep_their_errors(self):
        reply = self.url_open("/asterisk_plus_nothing")
        self.assertEqual(reply.status_code, 404)
        self.assertTrue(reply.content)
        self.assertNotIn("asterisk_plus.", json.dumps(dict(reply.headers)))
