from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from .common import PbxCase

# In Brussels it is half past midnight of the 25th.
NOW = datetime(2026, 11, 24, 23, 30)


@tagged("post_install", "-at_install")
class TestDashboard(PbxCase):
    def setUp(self):
        super().setUp()
        self.alice.tz = "Europe/Brussels"
        self.card = self.env.ref("asterisk_plus.dashboard_today").with_user(self.alice).with_context(tz="Europe/Brussels")
        clock = patch.object(fields.Datetime, "now", lambda *_args: NOW)
        clock.start()
        self.addCleanup(clock.stop)
        self.count = 0

    def call(self, direction, status, user=None, **values):
        self.count += 1
        owner = user or self.pbx_alice
        started = values.pop("started", NOW)
        values.update(linkedid="dash-%d" % self.count, server_id=self.server.id, direction=direction, status=status, started=started)
        call = self.calls.create(values)
        self.env["asterisk_plus.call_participation"].create({"call_id": call.id, "user_id": owner.id, "role": "rung"})
        return call

    def test_figures_and_what_they_open(self):
        answered = self.call("in", "answered", ring_duration=4, talk_duration=60)
        missed = self.call("in", "noanswer", ring_duration=20, callback_state="todo")
        machine = self.call("in", "ended", ring_duration=0)
        out = self.call("out", "answered", ring_duration=100, talk_duration=5)
        live = self.call("in", "progress")
        self.call("internal", "busy")
        self.call("in", "noanswer", started=NOW - timedelta(hours=1))  # yesterday, in Brussels
        self.call("in", "noanswer", user=self.pbx_bob)
        card = self.card
        self.assertEqual((card.call_count, card.in_count, card.out_count), (6, 4, 1))
        self.assertEqual((card.missed_count, card.callback_count), (1, 1))
        self.assertEqual((card.answered_share, card.wait, card.talk), ("50 %", "0:12", "1:05"))
        calls = self.calls.with_user(self.alice)
        opened = {
            name: calls.search(getattr(card, "action_%s" % name)()["domain"])
            for name in ("calls", "incoming", "outgoing", "missed", "to_call_back", "graph")
        }
        self.assertEqual(opened["incoming"], calls.browse((answered + missed + machine + live).sorted().ids))
        self.assertEqual((opened["outgoing"].ids, opened["missed"].ids), (out.ids, missed.ids))
        self.assertEqual(opened["to_call_back"].ids, missed.ids)
        self.assertEqual((len(opened["calls"]), opened["graph"]), (card.call_count, opened["calls"]))

    def test_days_are_those_of_the_reader(self):
        self.call("in", "noanswer", started=NOW - timedelta(hours=1))
        yesterday = self.env.ref("asterisk_plus.dashboard_yesterday").with_user(self.alice)
        self.assertEqual([yesterday.with_context(tz=tz).missed_count for tz in ("Europe/Brussels", "UTC")], [1, 0])
        self.assertEqual([self.card.with_context(tz=tz).missed_count for tz in ("Europe/Brussels", "UTC")], [0, 1])
        week = self.env.ref("asterisk_plus.dashboard_week").with_user(self.alice)
        self.assertEqual(week.missed_count, 1)

    def test_without_calls(self):
        self.assertEqual((self.card.call_count, self.card.answered_share, self.card.wait), (0, "–", "–"))

    def test_nobody_but_pbx_users(self):
        ordinary = new_test_user(self.env, login="ordinary", groups="base.group_user")
        for user in (ordinary, self.agent, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.card.with_user(user).read(["call_count"])


@tagged("post_install", "-at_install")
class TestCallActivity(PbxCase):
    def setUp(self):
        super().setUp()
        self.call = self.calls.create({"linkedid": "act-1", "server_id": self.server.id, "direction": "in", "status": "answered"})
        self.env["asterisk_plus.call_participation"].create({"call_id": self.call.id, "user_id": self.pbx_alice.id, "role": "answered"})
        self.env["base"].invalidate_cache()  # who took part stands in the relation of a field

    def plan(self, user):
        values = {
            "res_model_id": self.env["ir.model"]._get("asterisk_plus.call").id,
            "res_id": self.call.id,
            "summary": "Send the offer",
            "user_id": user.id,
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
        }
        return self.env["mail.activity"].with_user(user).create(values)

    def test_who_sees_a_call_plans_what_follows(self):
        activity = self.plan(self.alice)
        call = self.call.with_user(self.alice)
        self.assertEqual((call.activity_ids, call.activity_summary), (activity, "Send the offer"))
        self.assertEqual(self.calls.with_user(self.alice).search([("activity_user_id", "=", self.alice.id)]), call)
        activity.action_feedback("sent")
        self.assertFalse(call.activity_ids)
        self.assertIn("sent", call.message_ids[0].body)

    def test_a_call_that_comes_tells_nothing(self):
        self.call.write({"status": "busy"})
        self.assertEqual((len(self.call.message_ids), len(self.call.message_follower_ids)), (0, 0))

    def test_nobody_else(self):
        with self.assertRaises(AccessError):
            self.plan(self.bob)
        with self.assertRaises(AccessError):
            self.call.with_user(self.alice).write({"status": "busy"})

    def test_a_call_takes_its_activities_with_it(self):
        activity = self.plan(self.alice)
        self.call.unlink()
        self.assertFalse(activity.exists())
