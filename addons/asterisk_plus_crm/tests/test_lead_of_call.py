"""SCENARIO 33: calls and leads, on recordings of real calls. The caller is +32470000001, Alice's phone rings."""
from odoo.addons.asterisk_plus.tests.common import HERE, PbxCase, recorded

NUMBER = "+32470000001"


class TestLeadOfCall(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = cls.env["crm.lead"]
        cls.settings = cls.env["asterisk_plus.settings"]._current()
        cls.won = cls.env["crm.stage"].create({"name": "Won here", "is_won": True, "sequence": 99})

    def played(self, name="inbound-answered", size=1000):
        items = self.items(recorded(HERE / ("%s.ami.gz" % name)))
        before = self.leads.with_context(active_test=False).search([])
        for start in range(0, len(items), size):
            self.assertEqual(set(self.deliver(items[start : start + size])), {"done"})
        call = self.calls.search([("server_id", "=", self.server.id)]).ensure_one()
        return call, self.leads.with_context(active_test=False).search([]) - before

    def lead(self, **values):
        return self.leads.create(dict({"name": "Wants a pump", "phone": "0470 00 00 01", "country_id": self.belgium.id}, **values))

    def of(self, call):
        return self.leads.browse(call.res_id) if call.model == "crm.lead" else self.leads

    def test_numbers_are_columns(self):
        _first, second = self.leads._asterisk_number_fields
        lead = self.lead(**{second: "0470/00.00.02"})
        first = "+32470000002" if second == "phone" else NUMBER  # 19.0 has one number alone
        self.assertEqual((lead.phone_e164, lead.mobile_e164), (first, "+32470000002"))
        lead.phone = "call me"
        self.assertFalse(lead.phone_e164)

    def test_open_lead_is_linked_and_noted(self):
        lead = self.lead()
        call, made = self.played(size=1)
        self.assertEqual((self.of(call), made), (lead, self.leads))
        notes = lead.message_ids.filtered(lambda one: "answered by Alice" in one.body)
        self.assertEqual(len(notes), 1)
        self.assertEqual(lead.asterisk_call_count, 1)

    def test_it_is_linked_while_the_phone_rings(self):
        lead = self.lead()
        events = recorded(HERE / "inbound-answered.ami.gz")
        ringing = next(number for number, one in enumerate(events) if one["Event"] == "DialBegin")
        self.deliver(self.items(events[: ringing + 1]))
        call = self.calls.search([("server_id", "=", self.server.id)])
        self.assertTrue(call.is_active)
        self.assertEqual(self.of(call), lead)

    def test_lead_of_the_contact_is_linked(self):
        lead = self.lead(phone="0470 00 00 09", partner_id=self.acme.id)
        call, _made = self.played()
        self.assertEqual(self.of(call), lead)

    def test_the_newest_of_several(self):
        self.lead()
        newest = self.lead(name="Wants another one")
        self.assertEqual(self.of(self.played()[0]), newest)

    def test_won_and_lost_are_left_alone(self):
        self.settings.is_lead_of_unknown = True
        self.jane.phone = False
        won, lost = self.lead(stage_id=self.won.id), self.lead()
        lost.action_set_lost()
        call, made = self.played()
        self.assertNotIn(self.of(call), won | lost)
        self.assertEqual(self.of(call), made.ensure_one())

    def test_of_another_company_is_not_linked(self):
        other = self.env["res.company"].create({"name": "Another"})
        self.lead(company_id=other.id, team_id=False, user_id=False)
        self.assertFalse(self.of(self.played()[0]))

    def test_nothing_is_made_unless_configured(self):
        self.jane.phone = False
        self.assertFalse(self.played()[1])

    def test_unknown_caller_becomes_a_lead_of_who_answered(self):
        self.settings.is_lead_of_unknown = True
        self.settings.lead_user_id = self.bob
        self.jane.phone = False
        call, made = self.played(size=1)
        self.assertEqual((made.ensure_one().phone_e164, made.user_id), (NUMBER, self.alice))
        self.assertEqual(self.of(call), made)
        self.assertEqual(made.company_id, self.server.company_id)

    def test_known_caller_does_not(self):
        self.settings.is_lead_of_unknown = True
        self.assertFalse(self.played()[1])

    def test_missed_call_of_an_unknown_becomes_the_default_salespersons(self):
        self.settings.is_lead_of_missed = True
        self.settings.lead_user_id = self.bob
        self.jane.phone = False
        self.assertEqual(self.played("inbound-cancelled")[1].ensure_one().user_id, self.bob)

    def test_missed_call_of_a_contact_becomes_its_salespersons(self):
        self.settings.is_lead_of_missed = True
        self.settings.lead_user_id = self.bob
        self.jane.user_id = self.alice
        made = self.played("inbound-cancelled")[1].ensure_one()
        self.assertEqual((made.user_id, made.partner_id), (self.alice, self.jane))

    def test_answered_call_is_not_missed(self):
        self.settings.is_lead_of_missed = True
        self.assertFalse(self.played()[1])

    def test_a_second_missed_call_finds_the_lead_of_the_first(self):
        self.settings.is_lead_of_missed = True
        events = recorded(HERE / "inbound-cancelled.ami.gz")
        self.deliver(self.items(events))
        ids = ("Uniqueid", "Linkedid", "DestUniqueid", "DestLinkedid")
        again = [{name: "again-" + value if name in ids else value for name, value in one.items()} for one in events]
        self.deliver(self.items(again))
        calls = self.calls.search([("server_id", "=", self.server.id)])
        self.assertEqual(len(calls), 2)
        self.assertEqual(len(self.of(calls[0]) | self.of(calls[1])), 1)

    def test_internal_and_anonymous_calls_make_nothing(self):
        self.settings.write({"is_lead_of_missed": True, "is_lead_of_unknown": True})
        self.assertFalse(self.played("internal-answered")[1])

    def test_our_own_people_are_no_leads(self):
        self.settings.is_lead_of_unknown = True
        self.jane.phone = False
        self.pbx_bob.callerid_num = NUMBER
        self.assertFalse(self.played()[1])

    def test_call_from_a_lead_is_its_contacts(self):
        lead = self.lead(partner_id=self.jane.id)
        self.assertEqual(self.env["asterisk_plus.server"]._originate_partner(lead, NUMBER, self.server), self.jane)
