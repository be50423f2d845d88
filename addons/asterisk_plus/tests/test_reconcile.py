"""What is not among the live channels has ended; what nobody saw begin, lives."""
from odoo import fields
from odoo.tools import mute_logger

from .common import PbxCase
from .test_deliver import LOGGER, DeliverCase

AS_OF = 1795393700


class TestReconcile(DeliverCase):
    def reconcile(self, *channels, as_of=AS_OF, **more):
        event = {
            "Event": "Reconcile",
            "EventTime": "%.6f" % as_of,
            "AsOf": "%.6f" % as_of,
            "Reason": "ami_connected",
            "Channels": list(channels),
        }
        return self.item(dict(event, **more), 0)

    def live_channel(self, uniqueid="1.1", **more):
        channel = {
            "Uniqueid": uniqueid,
            "Linkedid": uniqueid,
            "Channel": "PJSIP/trunk-1",
            "ChannelStateDesc": "Up",
            "CallerIDNum": "+32470000001",
            "CallerIDName": "",
            "ConnectedLineNum": "",
            "ConnectedLineName": "",
            "Context": "from-sip-external",
            "Exten": "+3225550101",
            "Application": "Queue",
            "BridgeId": "",
            "Duration": "00:00:36",
        }
        return dict(channel, **more)

    def test_calls_that_do_not_live_are_closed_with_a_reason_and_an_end(self):
        self.deliver([self.new_channel("1.1"), self.new_channel("2.2")])
        self.assertEqual(self.deliver([self.reconcile(self.live_channel("2.2"))]), ["done"])
        gone, there = (self.of_server().filtered(lambda call, key=key: call.linkedid == key) for key in ("1.1", "2.2"))
        self.assertEqual((gone.is_active, gone.hangup_reason), (False, "reconciled"))
        self.assertEqual(gone.ended, fields.Datetime.to_datetime("2026-11-23 00:28:20"))
        self.assertFalse(gone.channel_ids.is_active)
        self.assertTrue(there.is_active and there.channel_ids.is_active)

    def test_nothing_is_left_active_when_nothing_lives(self):
        self.deliver([self.new_channel("1.1"), self.new_channel("1.2", "1.1")])
        self.deliver([self.reconcile()])
        self.assertFalse(any(self.live()))

    def test_a_call_that_began_after_the_list_was_made_is_left_alone(self):
        self.deliver([self.new_channel(EventTime=str(AS_OF + 1))])
        self.deliver([self.reconcile()])
        self.assertTrue(self.of_server().is_active)

    def test_a_call_that_nobody_knew_is_opened_with_its_age(self):
        self.deliver([self.reconcile(self.live_channel())])
        call = self.of_server()
        self.assertEqual((call.is_active, call.direction, call.partner_id), (True, "in", self.jane))
        self.assertEqual(call.started, fields.Datetime.to_datetime("2026-11-23 00:27:44"))

    def test_a_bridge_that_nobody_saw_counts_from_the_list_on(self):
        caller = self.live_channel(BridgeId="b1")
        phone = self.live_channel("1.2", Linkedid="1.1", Channel="PJSIP/101-1", BridgeId="b1", Duration="00:00:20")
        self.deliver([self.reconcile(caller, phone)])
        self.deliver([self.reconcile(as_of=AS_OF + 10)])
        call = self.of_server()
        self.assertEqual((call.status, call.answered_user_id, call.talk_duration), ("answered", self.pbx_alice, 10))

    def test_what_was_closed_in_error_lives_again_by_its_next_event(self):
        self.deliver([self.new_channel()])
        self.deliver([self.reconcile()])
        self.deliver([self.reconcile(self.live_channel(), as_of=AS_OF + 5)])
        self.assertTrue(self.of_server().is_active)

    def test_a_second_reconcile_is_a_no_op(self):
        item = self.reconcile(self.live_channel())
        self.assertEqual(self.deliver([item]) + self.deliver([item]), ["done", "duplicate"])

    def test_an_item_behind_it_is_applied_after_it(self):
        self.assertEqual(self.deliver([self.reconcile(), self.new_channel()]), ["done", "done"])
        self.assertTrue(self.of_server().is_active)

    def test_another_servers_calls_are_left_alone(self):
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        self.deliver([self.new_channel()])
        self.deliver([self.reconcile()], agent=other.user_id)
        self.assertTrue(self.of_server().is_active)

    @mute_logger(LOGGER)
    def test_a_list_that_is_none_fails(self):
        for bad in ({"AsOf": ""}, {"AsOf": "x"}, {"Channels": None}, {"Channels": ["x"]}, {"Event": "Hangup"}):
            with self.subTest(bad):
                self.deliver([self.new_channel()])
                self.assertEqual(self.deliver([self.reconcile(**bad)]), ["failed"])
                self.assertTrue(self.of_server().is_active)


class TestReconcileClick(PbxCase):
    def test_a_fresh_click_is_not_missed_yet(self):
        call = self.calls.create_originated(self.server, "odoo-1", "+32470000001", self.pbx_alice)
        now = fields.Datetime.now().timestamp()
        for as_of, active in ((now + 1, True), (now + 120, False)):
            event = {"Event": "Reconcile", "AsOf": str(as_of), "EventTime": str(as_of), "Channels": []}
            self.deliver([self.item(event, 0)])
            self.assertEqual(call.is_active, active)
        self.assertEqual((call.status, call.hangup_reason), ("failed", "reconciled"))
