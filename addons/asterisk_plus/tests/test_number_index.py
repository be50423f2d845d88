"""Whatever asks for a number does so by index: the very queries that the code sends, explained by PostgreSQL, among 40,000 contacts.

(Among more an index pays even more; bench/plans.py looks among 200,000.)
"""
import json
from contextlib import contextmanager
from unittest.mock import patch

from odoo import http, sql_db
from odoo.tests.common import HttpSavepointCase, new_test_user, tagged

from .test_deliver import DeliverCase
from .series import FULL_NAME, INDEX_NAME

CROWD = 40000
ONE, SHARED, SCATTERED, NONE, ARCHIVED, ELSEWHERE = ("+3249900000%d" % number for number in range(1, 7))
COLUMNS = ("phone_e164", "mobile_e164")


def nodes(plan):
    """Return all nodes of a plan."""
    return [plan] + [node for part in plan.get("Plans", []) for node in nodes(part)]


@tagged("post_install", "-at_install")
class TestNumberIndex(HttpSavepointCase, DeliverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.partners = cls.env["res.partner"]
        cls.partners.flush()
        # Three of four have a number: every tenth shares one with hundreds of others, as people behind one switchboard do.
        cls.env.cr.execute(
            """INSERT INTO res_partner
                   (name, {}, active, type, phone, phone_e164, mobile_e164, company_id)
               SELECT 'C' || n, 'C' || n, n %% 20 > 0, 'contact', n::text,
                      CASE WHEN n %% 10 = 1 THEN '+3225' || 1000000 + n / 800 WHEN n %% 4 > 0 THEN '+32' || 470000000 + n END,
                      CASE WHEN n %% 3 = 0 THEN '+33' || 600000000 + n END,
                      CASE WHEN n %% 5 = 0 THEN %s WHEN n %% 5 = 1 THEN %s END
               FROM generate_series(1, %s) AS n""".format(FULL_NAME),
            [cls.server.company_id.id, cls.other_company.id, CROWD],
        )
        cls._people()
        cls.partners.flush()
        cls.env.cr.execute("ANALYZE res_partner")
        cls.partners.invalidate_cache()

    @classmethod
    def _people(cls):
        one = cls._partner("One", ONE, cls.acme)
        tag = cls.env["res.partner.category"].create({"name": "VIP"})
        one.write({"user_id": cls.alice.id, "category_id": [(6, 0, tag.ids)]})
        cls.partners.create([{"name": "S%d" % n, "phone": SHARED, "parent_id": cls.acme.id} for n in range(50)])
        cls.partners.create([{"name": "T%d" % n, "mobile": SCATTERED} for n in range(50)])
        cls._partner("Archived", ARCHIVED).active = False
        cls._partner("Elsewhere", ELSEWHERE).company_id = cls.other_company
        # Off by default; a database of several companies switches it on.
        cls.env.ref("base.res_partner_rule").active = True

    @contextmanager
    def by_index(self, by_number=True):
        """See that every query on contacts within this block used an index, and one of them the numbers' indexes (False: none did)."""
        sent = []
        execute = sql_db.Cursor.execute

        def listen(cursor, query, params=None, log_exceptions=None):
            result = execute(cursor, query, params, log_exceptions)
            sent.append(cursor._obj.query.decode())
            return result

        self.partners.invalidate_cache()
        with patch.object(sql_db.Cursor, "execute", listen):
            yield
        plans = [(query, self.plan(query)) for query in sent if "res_partner" in query and query.lstrip().startswith("SELECT")]
        for query, plan in plans:
            scanned = [node["Node Type"] for node in plan if node.get("Relation Name") == "res_partner" and "Seq" in node["Node Type"]]
            self.assertFalse(scanned, query)
        used = {node.get("Index Name") for _query, plan in plans for node in plan}
        indexes = {INDEX_NAME % ("res_partner", column) for column in COLUMNS}
        if by_number is not None:
            self.assertEqual(used & indexes, indexes if by_number else set())

    def plan(self, query):
        self.env.cr.execute("EXPLAIN (FORMAT JSON) " + query.replace("%", "%%"), ())
        found = self.env.cr.fetchone()[0]
        return nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])

    def test_the_test_would_see_a_scan(self):
        for domain in ([("phone", "=", "12345")], [("phone_e164", "like", "4700")]):
            with self.assertRaises(AssertionError), self.by_index(False):
                self.partners.search(domain)

    def test_matching(self):
        cases = [(ONE, 1), (NONE, 0), (SHARED, 50), (SCATTERED, 50), (ARCHIVED, 0), ("+3251000001", None), ("0499 00 00 01", 1)]
        for number, hits in cases:
            for server in (None, self.server):
                with self.subTest(number=number, server=server), self.by_index():
                    found = self.partners.asterisk_match(number, country="BE", server=server)
                    chosen = self.partners.asterisk_choose(found)
                    chosen.mapped("display_name")
                if hits is not None:
                    self.assertEqual(len(found), hits)

    def test_companies(self):
        with self.by_index():
            self.assertFalse(self.partners.asterisk_match(ELSEWHERE, server=self.server))
        with self.by_index():
            self.assertEqual(len(self.partners.asterisk_match(ELSEWHERE)), 1)

    def test_as_people_with_rules(self):
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        with self.by_index():
            self.assertEqual(self.partners.with_user(self.alice).asterisk_match(ONE).name, "One")
        with self.by_index(None):  # a portal user's own contacts are fewer than those with the number
            self.assertFalse(self.partners.with_user(portal).asterisk_match(ONE))
        with self.by_index():
            self.assertFalse(self.partners.with_user(self.alice).asterisk_match(ELSEWHERE), "another company's")

    def test_numbers_that_are_none_ask_nothing(self):
        with self.by_index(False):
            self.assertFalse(self.partners.asterisk_match("anonymous", server=self.server))

    def test_a_batch_of_calls(self):
        # Without notes: a message to a contact reads all contacts by Odoo's own SQL (mail_followers.py: _get_recipient_data).
        self.env["asterisk_plus.settings"]._current().write({"partner_creation": "in", "is_note_posted": False})
        numbers = [ONE, SHARED, SCATTERED, ARCHIVED, "101", "anonymous"] + ["+3247%07d" % number for number in range(1, 60)]
        items = []
        for place, number in enumerate(numbers):
            items.append(self.new_channel("8.%d" % place, CallerIDNum=number))
        with self.by_index():
            self.assertEqual(set(self.deliver(items)), {"done"})
        hangup = {"Event": "Hangup", "Uniqueid": "8.3", "Linkedid": "8.3", "Cause": "16", "EventTime": "1795393670.0"}
        with self.by_index():  # and a contact is made of the number that only an archived one has
            self.deliver(self.items([hangup]))
        made = self.calls.search([("linkedid", "=", "8.3"), ("server_id", "=", self.server.id)]).partner_id
        self.assertEqual(made.phone_e164, ARCHIVED)

    def test_a_click(self):
        with self.by_index():
            found = self.env["asterisk_plus.server"].with_user(self.alice)._originate_partner(self.partners, ONE, self.server)
        self.assertEqual(found.name, "One")

    def test_the_dialplans_questions(self):
        self.env["asterisk_plus.server"].search([("id", "!=", self.server.id)]).active = False
        answers = {
            "get_caller_name": {ONE: "One (ACME)", NONE: "", SHARED: "ACME", SCATTERED: "", ARCHIVED: ""},
            "get_partner_manager": {ONE: "PJSIP/101&PJSIP/104", NONE: "", SHARED: ""},
            "get_caller_tags": {ONE: "VIP", NONE: "", SHARED: ""},
        }
        for question, expected in answers.items():
            for number, answer in expected.items():
                with self.subTest(question=question, number=number), self.by_index():
                    self.env["base"].flush()
                    url = "http://127.0.0.1:%d/asterisk_plus/%s" % (http.odoo.tools.config["http_port"], question)
                    reply = self.opener.get(url, params={"number": number, "country": "BE"}, timeout=30)
                    self.assertEqual((reply.status_code, reply.text), (200, answer))
