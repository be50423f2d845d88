"""The partner of a call: who is outside."""
from unittest.mock import patch

from .test_deliver import DeliverCase


class TestCallPartner(DeliverCase):
    def call_from(self, number, uniqueid="1.1", **more):
        self.deliver([self.new_channel(uniqueid, CallerIDNum=number, **more)])
        return self.calls.search([("server_id", "=", self.server.id), ("linkedid", "=", uniqueid)])

    def test_one_hit_is_the_partner(self):
        call = self.call_from("0470000001")
        self.assertEqual((call.partner_id, call.candidate_partner_ids), (self.jane, self.env["res.partner"]))

    def test_people_of_one_company_give_the_company(self):
        john = self._partner("John", "+32470000001", self.acme)
        call = self.call_from("+32470000001")
        self.assertEqual((call.partner_id, call.candidate_partner_ids), (self.acme, self.jane | john))

    def test_an_archived_company_is_nobody(self):
        john = self._partner("John", "+32470000001", self.acme)
        self.acme.active = False
        call = self.call_from("+32470000001")
        self.assertEqual((call.partner_id, call.candidate_partner_ids), (self.env["res.partner"], self.jane | john))

    def test_several_companies_give_nobody_but_both_are_offered(self):
        other = self._partner("Other", "+32470000001")
        call = self.call_from("+32470000001")
        self.assertFalse(call.partner_id)
        self.assertEqual(call.candidate_partner_ids, self.jane | other)

    def test_numbers_of_nobody_match_nothing(self):
        for number, number_of_call in (("anonymous", "2.1"), ("", "2.2"), ("101", "2.3"), ("s", "2.4")):
            with self.subTest(number):
                self.assertFalse(self.call_from(number, number_of_call).partner_id)

    def test_an_outgoing_call_is_of_whom_it_calls(self):
        call = self.call_from("101", Channel="PJSIP/101-1", Exten="0470000001")
        self.assertEqual((call.direction, call.partner_id), ("out", self.jane))

    def test_an_internal_call_is_of_nobody(self):
        self._partner("A colleague's mobile", "+3225550102")
        ring = {"Channel": "PJSIP/101-1", "CallerIDNum": "101", "Exten": "+3225550102"}
        begin = {
            "Event": "DialBegin",
            "Uniqueid": "1.1",
            "Linkedid": "1.1",
            "Channel": "PJSIP/101-1",
            "DestUniqueid": "1.2",
            "DestLinkedid": "1.1",
            "DestChannel": "PJSIP/102-1",
            "EventTime": "1795393665.0",
        }
        self.deliver([self.new_channel(**ring)] + self.items([begin]))
        call = self.of_server()
        self.assertEqual((call.direction, call.partner_id), ("internal", self.env["res.partner"]))

    def test_all_numbers_of_a_batch_are_looked_up_once_and_together(self):
        partners = type(self.env["res.partner"])
        asked, look_up = [], partners._asterisk_match_many

        def watched(records, numbers, country=None, server=None):
            asked.append(sorted(numbers))
            return look_up(records, numbers, country=country, server=server)

        items = [self.new_channel("1.%d" % one, CallerIDNum="+3247000000%d" % one) for one in (1, 2, 3)]
        with patch.object(partners, "_asterisk_match_many", watched):
            self.deliver(items)
            self.deliver([self.new_channel("1.1", Event="Newstate", ChannelStateDesc="Up")])
        self.assertEqual(asked, [["+32470000001", "+32470000002", "+32470000003"]])

    def test_a_number_that_the_dialplan_corrects_is_looked_up_again_only_if_it_is_another(self):
        call = self.call_from("", "5.5")
        self.assertFalse(call.partner_id)
        self.deliver([self.new_channel("5.5", Event="Newstate", CallerIDNum="+32470000001")])
        self.assertEqual(call.partner_id, self.jane)
