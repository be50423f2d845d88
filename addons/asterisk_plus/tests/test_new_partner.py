"""The contact that is made of a number that nobody knew."""
from unittest.mock import patch

import psycopg2

from odoo.tools import mute_logger

from ..models.asterisk_call_new_partner import AsteriskNewPartner
from .test_deliver import DeliverCase

STRANGER = "+32470111222"
LOGGER = "odoo.addons.asterisk_plus.models.asterisk_call_new_partner"


class NewPartnerCase(DeliverCase):
    def setUp(self):
        super().setUp()
        self.settings = self.env["asterisk_plus.settings"]._current()
        self.settings.partner_creation = "in"

    def ring(self, uniqueid="1.1", to="PJSIP/101-9", **more):
        """Return the items of a call that rings a phone."""
        first = self.new_channel(uniqueid, **dict({"CallerIDNum": STRANGER}, **more))
        second = "%s9" % uniqueid
        head = {"Uniqueid": uniqueid, "Linkedid": uniqueid, "Channel": first["event"]["Channel"], "EventTime": "1795393665.0"}
        begin = {"Event": "DialBegin", "DestUniqueid": second, "DestLinkedid": uniqueid, "DestChannel": to}
        state = {"Uniqueid": second, "Linkedid": uniqueid, "Channel": to, "ChannelStateDesc": "Ringing", "EventTime": "1795393666.0"}
        newchannel = dict(state, Event="Newchannel", ChannelStateDesc="Down", EventTime="1795393664.9")
        return [first] + self.items([newchannel, dict(head, **begin), dict(state, Event="Newstate")])

    def end(self, uniqueid="1.1", cause="16"):
        """Return the hang-ups of both legs."""
        event = {"Event": "Hangup", "Linkedid": uniqueid, "Cause": cause, "EventTime": "1795393670.0"}
        return self.items([dict(event, Uniqueid=leg) for leg in ("%s9" % uniqueid, uniqueid)])

    def of(self, number):
        return self.env["res.partner"].search(["|", ("phone", "=", number), ("phone_e164", "=", number)])

    def call(self, uniqueid="1.1", server=None):
        return self.calls.search([("server_id", "=", (server or self.server).id), ("linkedid", "=", uniqueid)])


class TestNewPartner(NewPartnerCase):
    def test_nothing_is_made_unless_the_settings_say_so(self):
        self.assertEqual(self.settings.default_get(["partner_creation"]), {"partner_creation": "never"})
        self.settings.partner_creation = "never"
        self.deliver(self.ring() + self.end())
        self.assertFalse(self.of(STRANGER))

    def test_made_when_a_phone_rings(self):
        items = self.ring(CallerIDName="Joe Bloggs")
        self.deliver(items[:3])
        self.assertFalse(self.of(STRANGER), "nobody rings yet")
        self.deliver(items[3:])
        partner = self.of(STRANGER)
        self.assertEqual((partner.name, partner.phone, partner.phone_e164), ("Joe Bloggs", STRANGER, STRANGER))
        self.assertEqual(self.call().partner_id, partner)
        self.assertFalse(partner.company_id, "shared, as one that a person makes")
        self.assertFalse(partner.message_follower_ids, "the agent's account follows nobody")
        self.deliver(self.end())
        self.assertEqual(self.of(STRANGER), partner)

    def test_made_at_the_end_when_nothing_rang(self):
        self.deliver([self.new_channel(CallerIDNum="0470 11 12 22")] + self.end())
        self.assertEqual(self.call().partner_id.phone, STRANGER)

    def test_the_number_is_the_name_of_who_has_none(self):
        for number, name in enumerate(("", "+32470111222", "0470/11.12.22", " \t")):
            with self.subTest(name):
                caller = "+3247011130%d" % number
                self.deliver(self.ring("1.%d" % number, CallerIDNum=caller, CallerIDName=name))
                self.assertEqual(self.of(caller).name, caller)

    def test_a_name_is_text(self):
        name = "<script>alert(1)</script> ${x}\r\n" + "y" * 200
        self.deliver(self.ring(CallerIDName=name))
        partner = self.of(STRANGER)
        self.assertTrue(partner.name.startswith("<script>alert(1)</script> ${x} yyy"))
        self.assertLessEqual(len(partner.name), 80)
        self.deliver(self.end())
        self.assertNotIn("<script", "".join(partner.message_ids.mapped("body")))

    def test_one_for_all_calls_of_a_batch(self):
        self.deliver(self.ring() + self.ring("2.2", CallerIDNum="0470111222"))
        self.assertEqual(self.call().partner_id, self.call("2.2").partner_id)
        self.assertEqual(len(self.of(STRANGER)), 1)

    def test_one_for_two_servers(self):
        other = self.env["asterisk_plus.server"].create({"name": "Other", "country_id": self.belgium.id})
        self.deliver(self.ring())
        self.deliver(self.ring(), agent=other.user_id)
        self.assertEqual(self.call().partner_id, self.call(server=other).partner_id)
        self.assertEqual(len(self.of(STRANGER)), 1)

    def test_never_of_what_is_no_strangers_number(self):
        before = self.env["res.partner"].with_context(active_test=False).search_count([])
        for place, number in enumerate(
            ("", "anonymous", "Anonymous", "s", "101", "4711", "sip:joe@example.com", "joe", "<unknown>", "+", "0", "%", "1" * 30)
        ):
            with self.subTest(number):
                uniqueid = "3.%d" % place
                self.deliver(self.ring(uniqueid, CallerIDNum=number, CallerIDName="Joe") + self.end(uniqueid))
                self.assertFalse(self.call(uniqueid).partner_id)
        self.assertEqual(self.env["res.partner"].with_context(active_test=False).search_count([]), before)

    def test_never_of_our_own_number(self):
        self.pbx_bob.callerid_num = STRANGER
        self.deliver(self.ring() + self.end())
        self.assertFalse(self.of(STRANGER))

    def test_never_beside_the_known(self):
        self._partner("Other", "+32470000001")
        for number in ("+32470000001", "0470000001"):
            self.deliver(self.ring(number, CallerIDNum=number) + self.end(number))
        self.assertEqual(len(self.of("+32470000001")), 2, "Jane and the other, as before")
        self.assertEqual(len(self.call("0470000001").candidate_partner_ids), 2)

    def test_an_archived_contact_is_nobody(self):
        self.jane.active = False
        self.deliver(self.ring(CallerIDNum="+32470000001"))
        self.assertTrue(self.call().partner_id)
        self.assertNotEqual(self.call().partner_id, self.jane)

    def test_who_was_written_down_since_the_look_up_is_found(self):
        items = self.ring()
        self.deliver(items[:3])
        joe = self._partner("Joe", STRANGER)
        self.deliver(items[3:])
        self.assertEqual((self.call().partner_id, self.of(STRANGER)), (joe, joe))

    def test_a_contact_that_was_taken_away_is_made_again_by_the_next_call(self):
        self.deliver(self.ring() + self.end())
        self.of(STRANGER).unlink()
        self.deliver(self.end(cause="17"))
        self.assertFalse(self.of(STRANGER), "a late event of an ended call makes nothing")
        self.deliver(self.ring("2.2"))
        self.assertEqual(self.call("2.2").partner_id, self.of(STRANGER))

    def test_a_number_that_the_dialplan_tells(self):
        items = self.ring(CallerIDNum="")
        state = {"Event": "Newstate", "CallerIDNum": STRANGER, "EventTime": "1795393664.6"}
        self.deliver(items[:1] + [self.new_channel(**state)])
        self.assertEqual((self.call().partner_number, self.call().partner_id.id), (STRANGER, False))
        self.deliver(items[1:])
        self.assertEqual(self.call().partner_id, self.of(STRANGER))

    def test_calls_out(self):
        out = {"Channel": "PJSIP/101-1", "CallerIDNum": "101", "CallerIDName": "Alice", "Exten": STRANGER}
        self.deliver(self.ring("1.1", "PJSIP/trunk-1", **out))
        self.assertFalse(self.of(STRANGER), "incoming calls only")
        self.settings.partner_creation = "all"
        items = self.ring("2.2", "PJSIP/trunk-2", **out)
        self.deliver(items[:3])
        self.assertFalse(self.of(STRANGER), "that number may not exist")
        self.deliver(items[3:])
        self.assertEqual((self.call("2.2").partner_id.name, self.call("2.2").direction), (STRANGER, "out"))

    def test_a_wrong_number_that_was_dialled_is_no_contact(self):
        self.settings.partner_creation = "all"
        out = {"Channel": "PJSIP/101-1", "CallerIDNum": "101", "Exten": STRANGER}
        end = {"Event": "DialEnd", "Uniqueid": "1.1", "Linkedid": "1.1", "Channel": "PJSIP/101-1", "EventTime": "1795393666.0"}
        refused = dict(end, DestUniqueid="1.19", DestLinkedid="1.1", DestChannel="PJSIP/trunk-1", DialStatus="CHANUNAVAIL")
        self.deliver(self.ring("1.1", "PJSIP/trunk-1", **out)[:3] + self.items([refused]) + self.end(cause="1"))
        self.assertEqual((self.call().status, self.call().direction), ("failed", "out"))
        self.assertFalse(self.of(STRANGER))

    def test_an_internal_call_makes_none(self):
        self.settings.partner_creation = "all"
        self.deliver(self.ring("1.1", "PJSIP/102-1", Channel="PJSIP/101-1", CallerIDNum="101", Exten=STRANGER) + self.end())
        self.assertEqual(self.call().direction, "internal")
        self.assertFalse(self.of(STRANGER))

    @mute_logger(LOGGER)
    def test_what_odoo_refuses_costs_no_call(self):
        with patch.object(type(self.env["res.partner"]), "create", side_effect=ValueError("a field is missing")):
            self.assertEqual(set(self.deliver(self.ring() + self.end())), {"done"})
        self.assertEqual((self.call().status, self.call().partner_id.id), ("noanswer", False))

    def test_a_serialization_failure_ends_the_delivery(self):
        """Odoo, or the agent, brings the whole of it again."""
        error = psycopg2.errors.SerializationFailure("could not serialize access")
        with patch.object(AsteriskNewPartner, "_take", side_effect=error), self.assertRaises(psycopg2.OperationalError):
            self.deliver(self.ring())

    def test_the_guard_forgets(self):
        self.deliver(self.ring())
        guards = self.env["asterisk_plus.new_partner"].search([])
        self.assertEqual(guards.mapped("number"), [STRANGER])
        guards._gc_taken()
        self.assertTrue(guards.exists())
        self.env.cr.execute("UPDATE asterisk_plus_new_partner SET taken = taken - interval '25 hours'")
        guards._gc_taken()
        self.assertFalse(guards.exists())
