"""Missed calls that wait to be called back, and what ends their waiting."""
from odoo.exceptions import AccessError

from .common import HERE, PbxCase, recorded

IDS = ("Uniqueid", "Linkedid", "DestUniqueid", "DestLinkedid")


class TestCallBack(PbxCase):
    def played(self, name, later_s=0):
        """Deliver a recording as if it happened later, with ids of its own; return its call."""
        events = []
        for one in recorded(HERE / ("%s.ami.gz" % name)):
            ids = {header: "%d-%s" % (later_s, one[header]) for header in IDS if header in one}
            events.append(dict(one, EventTime="%.6f" % (float(one["EventTime"]) + later_s), **ids))
        before = self.calls.search([])
        self.assertEqual(set(self.deliver(self.items(events))), {"done"})
        return (self.calls.search([]) - before).ensure_one()

    def test_missed_call_waits(self):
        call = self.played("inbound-cancelled")
        self.assertEqual((call.callback_state, call.callback_number), ("todo", "+32470000001"))

    def test_others_do_not(self):
        for name in ("inbound-answered", "internal-answered", "outbound-answered"):
            self.assertFalse(self.played(name).callback_state, name)

    def test_a_later_talk_with_the_number_ends_it(self):
        for number, name in enumerate(("inbound-answered", "outbound-answered"), 1):
            missed = self.played("inbound-cancelled", 10**6 * number)
            talk = self.played(name, 10**8 * number)
            self.assertEqual((missed.callback_state, missed.callback_call_id), ("done", talk), name)

    def test_an_earlier_talk_does_not(self):
        missed = self.played("inbound-cancelled", 10**6)
        self.played("inbound-answered")
        self.assertEqual(missed.callback_state, "todo")

    def test_another_number_does_not(self):
        missed = self.played("inbound-cancelled")
        missed.callback_number = "+32470000002"
        self.played("inbound-answered", 10**6)
        self.assertEqual(missed.callback_state, "todo")

    def test_a_second_missed_call_does_not(self):
        missed = self.played("inbound-cancelled")
        again = self.played("inbound-cancelled", 10**6)
        self.assertEqual((missed | again).mapped("callback_state"), ["todo", "todo"])

    def test_who_was_rung_decides_that_nobody_needs_to(self):
        missed = self.played("inbound-cancelled")
        missed.with_user(self.alice).action_drop_callback()
        self.assertEqual(missed.callback_state, "dropped")
        missed.with_user(self.alice).action_reopen_callback()
        self.assertEqual(missed.callback_state, "todo")
        with self.assertRaises(AccessError):
            missed.with_user(self.bob).action_drop_callback()

    def test_a_record_that_one_may_not_read_is_left_out(self):
        missed = self.played("inbound-cancelled")
        missed._link_record(self.jane)
        self.assertEqual(missed.with_user(self.alice)._readable_record(), {"model": "res.partner", "res_id": self.jane.id})
        missed._link_record(self.env["ir.config_parameter"].search([], limit=1))
        self.assertEqual(missed.with_user(self.alice)._readable_record(), {})

    def test_nobody_writes_it_directly(self):
        missed = self.played("inbound-cancelled")
        with self.assertRaises(AccessError):
            missed.with_user(self.alice).write({"callback_state": "done"})

    def test_an_activity_is_planned_on_the_partner_or_the_record(self):
        missed = self.played("inbound-cancelled")
        self.alice.groups_id |= self.env.ref("base.group_partner_manager")
        for record in (self.jane, self.acme):
            context = missed.with_user(self.alice).action_plan_activity()["context"]
            self.assertEqual((context["default_res_model"], context["default_res_id"]), (record._name, record.id))
            activities = self.env["mail.activity"].with_user(self.alice).with_context(**context)
            activity = activities.create({"user_id": self.alice.id})
            self.assertEqual(activity.res_name, record.display_name)
            missed._link_record(self.acme)

    def test_share_of_answered_calls(self):
        self.played("inbound-cancelled")
        self.played("inbound-answered", 1000)
        domain = [("server_id", "=", self.server.id)]
        (group,) = self.calls.read_group(domain, ["answered_share", "ring_duration"], ["server_id"])
        self.assertEqual(group["answered_share"], 50)
        waited = self.calls.search(domain).mapped("ring_duration")
        self.assertAlmostEqual(group["ring_duration"], sum(waited) / 2.0)
