from odoo.tests.common import tagged

from ..models import res_partner
from .common import PbxCase


@tagged("post_install", "-at_install")
class TestPartnerNumber(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"]
        cls.partners.search([("id", "in", (cls.acme | cls.jane).ids)])
        cls.france, cls.usa = cls.env.ref("base.fr"), cls.env.ref("base.us")

    def match(self, number, **more):
        return self.partners.asterisk_match(number, **more)

    def test_stored_in_any_form(self):
        forms = ["0470 00 00 02", "+32 470/00.00.02", "0032470000002", "+32 (0)470 00 00 02", "32470000002", "+32470000002##101"]
        for form in forms:
            self.jane.phone = form
            self.assertEqual(self.jane.phone_e164, "+32470000002", form)
        for form in ("", False, "abc", "101", "anonymous", "0470"):
            self.jane.phone = form
            self.assertFalse(self.jane.phone_e164, form)

    def test_received_in_any_form(self):
        for number in ("+32470000001", "0032470000001", "32470000001", "0470000001", "0470 00 00 01"):
            self.assertEqual(self.match(number, server=self.server), self.jane, number)

    def test_nothing_matches_nobody(self):
        self.partners.create({"name": "No number"})
        for number in ("", None, False, "s", "anonymous", "Anonymous", "101", "%", "_", "sip:jane@example.com", "+", "+3247000000_", "0" * 99):
            self.assertFalse(self.match(number, server=self.server), number)

    def test_mobile(self):
        bob = self.partners.create({"name": "Bob", "mobile": "0033 6 12 34 56 78"})
        self.assertEqual(bob.mobile_e164, "+33612345678")
        self.assertEqual(self.match("+33612345678"), bob)

    def test_own_country_then_parents_then_companys(self):
        company = self.env["res.company"].create({"name": "Paris", "country_id": self.france.id})
        partner = self.partners.create({"name": "X", "phone": "0612345678", "company_id": company.id})
        self.assertEqual(partner.phone_e164, "+33612345678")
        partner.parent_id = self.acme
        partner.country_id = False
        partner.phone = "0470000009"
        self.assertEqual(partner.phone_e164, "+32470000009")
        partner.write({"country_id": self.usa.id, "phone": "(202) 456-1111"})
        self.assertEqual(partner.phone_e164, "+12024561111")

    def test_follows_the_parents_country(self):
        child = self.partners.create({"name": "Y", "parent_id": self.acme.id, "type": "other", "phone": "0612345678"})
        self.acme.country_id = self.france
        self.assertEqual(child.phone_e164, "+33612345678")

    def test_follows_the_companys_country(self):
        company = self.env["res.company"].create({"name": "Z", "country_id": self.belgium.id})
        partner = self.partners.create({"name": "X", "phone": "0612345678", "company_id": company.id})
        self.assertNotEqual(partner.phone_e164, "+33612345678")
        company.country_id = self.france
        self.assertEqual(partner.phone_e164, "+33612345678")

    def test_follows_the_default_country(self):
        partner = self.partners.create({"name": "X", "phone": "0612345678"})
        settings = self.env["asterisk_plus.settings"]._current()
        self.env["res.company"].search([], order="id", limit=1).country_id = self.usa
        settings.country_id = self.france
        self.assertEqual(partner.phone_e164, "+33612345678")
        settings.country_id = self.usa
        self.assertFalse(partner.phone_e164)
        settings.country_id = False
        servers = self.env["asterisk_plus.server"].search([])
        servers.country_id = self.france
        self.assertEqual(partner.phone_e164, "+33612345678")
        servers.country_id = False
        self.assertFalse(partner.phone_e164)
        main = self.env["res.company"].search([], order="id", limit=1)
        main.country_id = self.france
        self.assertEqual(partner.phone_e164, "+33612345678")

    def test_request_country_comes_first(self):
        french = self.partners.create({"name": "F", "phone": "+33470000001"})
        self.assertEqual(self.match("0470000001", country="fr", server=self.server), french)
        self.assertEqual(self.match("0470000001", server=self.server), self.jane)
        self.assertEqual(self.match("0470000001", country="xx", server=self.server), self.jane)
        self.assertEqual(self.match("0470000001", country="Belgium", server=self.server), self.jane)

    def test_archived_never(self):
        self.jane.active = False
        self.assertFalse(self.match("+32470000001"))
        self.assertFalse(self.partners.with_context(active_test=False).asterisk_match("+32470000001"))

    def test_other_companys_contacts_never(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.jane.company_id = other
        self.assertFalse(self.match("+32470000001", server=self.server))

    def test_choice(self):
        john = self.partners.create({"name": "John", "parent_id": self.acme.id, "mobile": "+32470000001"})
        found = self.match("+32470000001")
        self.assertEqual(found, self.jane | john)
        self.assertEqual(self.partners.asterisk_choose(found), self.acme)
        self.assertEqual(self.partners.asterisk_choose(self.jane), self.jane)
        self.assertEqual(self.partners.asterisk_choose(found | self.acme), self.acme)
        stranger = self.partners.create({"name": "Stranger", "phone": "+32470000001"})
        self.assertFalse(self.partners.asterisk_choose(self.match("+32470000001")))
        self.assertEqual(self.match("+32470000001"), self.jane | john | stranger)

    def test_a_number_twice_on_one_contact_is_one_hit(self):
        self.jane.mobile = self.jane.phone
        self.assertEqual(self.match("+32470000001"), self.jane)

    def test_many_in_one_query(self):
        self.partners.flush()
        numbers = ["+32470000001", "0470000001", "+32470009999", "anonymous"]
        self.partners.asterisk_match_many(numbers, server=self.server)  # settings, countries and rules come into the cache
        self.partners.invalidate_cache(["phone_e164", "mobile_e164"])
        count = self._queries(numbers)
        self.assertEqual(count, self._queries(numbers + ["+3247000%04d" % number for number in range(1000, 1100)]))
        found = self.partners.asterisk_match_many(numbers, server=self.server)
        self.assertEqual([found[number].ids for number in numbers], [self.jane.ids, self.jane.ids, [], []])

    def _queries(self, numbers):
        before = self.env.cr.sql_log_count
        self.partners.asterisk_match_many(numbers, server=self.server)
        self.partners.invalidate_cache(["phone_e164", "mobile_e164"])
        return self.env.cr.sql_log_count - before

    def test_columns_are_indexed(self):
        self.env.cr.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'res_partner'")
        definitions = " ".join(row[0] for row in self.env.cr.fetchall())
        for column in res_partner.COLUMNS:
            self.assertIn("(%s)" % column, definitions)

    def test_calls_of_a_company_and_its_people(self):
        call = self.env["asterisk_plus.call"].create(
            {"server_id": self.server.id, "linkedid": "1.1", "partner_id": self.jane.id}
        )
        admin = self.env.ref("base.user_admin")
        self.assertEqual((self.jane | self.acme).with_user(admin).mapped("asterisk_call_count"), [1, 1])
        action = self.acme.with_user(admin).action_asterisk_calls()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), call)
        self.jane.invalidate_cache()
        self.assertEqual(self.jane.with_user(self.bob).asterisk_call_count, 0, "Bob sees his own calls only")
