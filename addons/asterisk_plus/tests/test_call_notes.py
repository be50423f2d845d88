"""Who is told what when a call has ended: once, as text, and never at the cost of the call."""
from unittest.mock import patch

from odoo.tools import mute_logger

from .common import HERE, PbxCase, clicked, recorded


class TestCallNotes(PbxCase):
    def played(self, name, size=1000):
        """Deliver a recording that travels with the addon, in batches of `size`; return its call."""
        events = recorded(HERE / ("%s.ami.gz" % name))
        self.originate(events)
        items = self.items(events)
        for start in range(0, len(items), size):
            self.assertEqual(set(self.deliver(items[start : start + size])), {"done"})
        return self.calls.search([("server_id", "=", self.server.id)]).ensure_one()

    def notes(self, record):
        note = self.env.ref("mail.mt_note")
        domain = [("model", "=", record._name), ("res_id", "=", record.id), ("subtype_id", "=", note.id)]
        return self.env["mail.message"].search(domain)

    def notices(self, call):
        # By its link: Odoo 14 does not keep the model of a notification (mail_thread.py: message_notify).
        found = self.env["mail.message"].search([("message_type", "=", "user_notification")])
        return found.filtered(lambda one: 'data-oe-id="%s"' % call.id in one.body)

    def test_answered_call_is_one_note_on_its_partner(self):
        before = self.notes(self.jane)
        call = self.played("inbound-answered", size=1)
        note = (self.notes(self.jane) - before).ensure_one()
        self.assertIn("answered by Alice", note.body)
        self.assertIn("talked %s" % call.talk_time, note.body)
        self.assertIn('data-oe-id="%s"' % call.id, note.body)
        self.assertFalse(self.notices(call))

    def test_missed_call_is_one_notice_to_who_rang(self):
        call = self.played("inbound-cancelled", size=1)
        notice = self.notices(call).ensure_one()
        self.assertEqual(notice.notified_partner_ids, self.alice.partner_id)
        self.assertIn("Jane", notice.subject)

    def test_nobody_is_told_of_a_call_that_another_one_answered(self):
        call = self.played("ring-group-second-answers")
        self.assertEqual(call.status, "answered")
        self.assertFalse(self.notices(call))

    def test_internal_call_is_no_note(self):
        before = self.env["mail.message"].search([("subtype_id", "=", self.env.ref("mail.mt_note").id)])
        self.played("internal-answered")
        after = self.env["mail.message"].search([("subtype_id", "=", self.env.ref("mail.mt_note").id)])
        self.assertEqual(before, after)

    def test_settings_and_user_choose(self):
        settings = self.env["asterisk_plus.settings"]._current()
        settings.is_note_posted = False
        self.pbx_alice.is_missed_notified = False
        before = self.notes(self.jane)
        call = self.played("inbound-cancelled")
        self.assertEqual(self.notes(self.jane), before)
        self.assertFalse(self.notices(call))

    def test_note_goes_to_the_record_of_the_click_too(self):
        events = recorded(HERE / "click-to-call.ami.gz")
        state = clicked(events)[0]
        record = self.env["res.partner"].create({"name": "A deal"})
        number, endpoint = state.click["number"], state.click["endpoint"]
        self.calls.create_originated(
            self.server, state.linkedid, number, self.pbx_alice, self.jane, "res.partner", record.id, endpoint=endpoint
        )
        jane, deal = self.notes(self.jane), self.notes(record)
        self.deliver(self.items(events))
        self.assertEqual(len(self.notes(self.jane) - jane), 1)
        self.assertEqual(len(self.notes(record) - deal), 1)

    def test_each_note_has_its_setting(self):
        events = recorded(HERE / "click-to-call.ami.gz")
        state = clicked(events)[0]
        deal = self.env["res.partner"].create({"name": "A deal"})
        place = {"endpoint": state.click["endpoint"]}
        self.calls.create_originated(
            self.server, state.linkedid, state.click["number"], self.pbx_alice, self.jane, "res.partner", deal.id, **place
        )
        self.deliver(self.items(events))
        call = self.calls.search([("linkedid", "=", state.linkedid)])
        settings = self.env["asterisk_plus.settings"]._current()
        for on_partner, on_origin in ((True, True), (True, False), (False, True), (False, False)):
            settings.write({"is_note_posted": on_partner, "is_origin_note_posted": on_origin})
            jane, there = self.notes(self.jane), self.notes(deal)
            call.is_told = False
            call._tell(call._news())
            with self.subTest(partner=on_partner, origin=on_origin):
                self.assertEqual(len(self.notes(self.jane) - jane), on_partner)
                self.assertEqual(len(self.notes(deal) - there), on_origin)

    def test_missed_call_notices_have_a_setting_and_each_user_has_one(self):
        settings = self.env["asterisk_plus.settings"]._current()
        call = self.played("inbound-cancelled")
        for of_all, of_alice in ((True, True), (True, False), (False, True)):
            settings.is_missed_notified, self.pbx_alice.is_missed_notified = of_all, of_alice
            before = self.notices(call)
            call.is_told = False
            call._tell(call._news())
            with self.subTest(of_all=of_all, of_alice=of_alice):
                self.assertEqual(len(self.notices(call) - before), of_all and of_alice)

    def test_a_name_is_text(self):
        self.jane.name = "<script>alert(1)</script>"
        before = self.notes(self.jane)
        self.played("inbound-answered")
        note = (self.notes(self.jane) - before).ensure_one()
        self.assertNotIn("<script", note.body)
        self.assertIn("&lt;script&gt;", note.body)

    def test_a_fault_in_the_mail_costs_no_call(self):
        partner = type(self.env["res.partner"])
        with patch.object(partner, "_message_log", side_effect=ValueError("no mail today")):
            with mute_logger("odoo.addons.asterisk_plus.models.asterisk_call_notes"):
                call = self.played("inbound-answered")
        self.assertEqual((call.status, call.is_active), ("answered", False))
