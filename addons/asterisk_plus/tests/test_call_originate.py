"""Click-to-call's row: there before Asterisk hears of the call, and the only one."""
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from .common import PbxCase, clicked, recorded, recordings


class TestCallOriginate(PbxCase):
    def click(self, channel_id="odoo-1", number="+32470000001", **more):
        calls = self.calls.with_user(self.alice).sudo()
        return calls.create_originated(self.server, channel_id, number, self.pbx_alice, **more)

    def test_the_row_is_there_at_once(self):
        call = self.click(partner=self.jane, model="res.partner", res_id=self.jane.id)
        self.assertEqual((call.direction, call.status, call.is_active), ("out", "progress", True))
        self.assertEqual((call.calling_user_id, call.called_number), (self.pbx_alice, "+32470000001"))
        self.assertEqual((call.originated_by, call.partner_id), (self.alice, self.jane))
        self.assertEqual((call.model, call.res_id), ("res.partner", self.jane.id))
        self.assertEqual(call.action_open_origin()["res_id"], self.jane.id)
        self.assertEqual(self.calls.with_user(self.alice).search([]), call)

    def test_without_a_partner_the_number_finds_one(self):
        self.assertEqual(self.click(number="0470000001").partner_id, self.jane)

    def test_events_go_on_with_the_same_row(self):
        events = recorded(recordings()["click-to-call"])
        (state,) = clicked(events)
        number, endpoint = state.click["number"], state.click["endpoint"]
        stranger = self._partner("Somebody else", "+32 2 555 99 99")
        call = self.click(state.linkedid, number, partner=stranger, endpoint=endpoint)
        self.assertEqual(set(self.deliver(self.items(events))), {"done"})
        self.assertEqual(self.calls.search([("server_id", "=", self.server.id)]), call)
        self.assertEqual((call.status, call.is_active, call.direction), ("answered", False, "out"))
        self.assertEqual((call.partner_id, call.originated_by), (stranger, self.alice))
        self.assertTrue(call.talk_duration)

    def test_a_failure_ends_it_in_words(self):
        call = self.click()
        call.fail_originated("The PBX is away")
        self.assertEqual((call.status, call.is_active, call.hangup_reason), ("failed", False, "The PBX is away"))
        call.fail_originated("again")
        self.assertEqual(call.hangup_reason, "The PBX is away")

    def test_a_failure_told_late_ends_no_call_that_has_begun(self):
        call = self.click()
        begun = {"Event": "Newchannel", "Uniqueid": "odoo-1", "Linkedid": "odoo-1", "Channel": "PJSIP/101-1"}
        self.deliver(self.items([dict(begun, EventTime=str(fields.Datetime.now().timestamp()))]))
        call.fail_originated("The PBX is away")
        self.assertTrue(call.is_active)

    def test_a_click_that_nobody_heard_of_does_not_stay_active(self):
        call = self.click()
        self.calls._cron_fail_silent_calls()
        self.assertTrue(call.is_active)
        call.started = fields.Datetime.now() - timedelta(minutes=11)
        self.calls._cron_fail_silent_calls()
        self.assertEqual((call.is_active, call.status), (False, "failed"))

    def test_the_job_is_scheduled(self):
        job = self.env.ref("asterisk_plus.ir_cron_fail_silent_calls")
        call = self.click()
        call.started = fields.Datetime.now() - timedelta(minutes=11)
        job.ir_actions_server_id.run()
        self.assertTrue(job.active)
        self.assertFalse(call.is_active)

    def test_nobody_writes_calls_by_rpc(self):
        call = self.click()
        for user in (self.alice, self.env.ref("base.user_admin"), self.agent):
            calls = self.calls.with_user(user)
            with self.subTest(user.login), self.assertRaises(AccessError):
                calls.create_originated(self.server, "odoo-2", "1234567", self.pbx_alice)
            with self.subTest(user.login), self.assertRaises(AccessError):
                call.with_user(user).fail_originated("no")
