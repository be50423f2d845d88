"""Each user's own part in a call that changed hands: who handed it to whom, who talked how long, who hung up."""
import psycopg2

from odoo.tools import mute_logger

from ..lib import causes, outcome
from .common import PbxCase, checkout, recorded, recordings

DAY_S = 86400


class TestCallParticipation(PbxCase):
    def play(self, situation):
        """Deliver a recording; return its first call."""
        found = recordings()
        if not checkout():
            self.skipTest("the recordings of transfers are in the project's checkout only")
        self.deliver(self.items(recorded(found[situation])))
        return self.calls.search([("server_id", "=", self.server.id)], order="started, id")[0]

    def parts(self, call):
        return {part.user_id.name: (part.role, part.talk_duration) for part in call.participation_ids}

    def test_a_transferred_call_has_a_talk_time_per_user(self):
        call = self.play("blind-transfer.22")
        self.assertEqual(self.parts(call), {"Alice": ("answered", 1), "Bob": ("transferred", 4)})
        self.assertEqual((call.transfer_chain, call.hangup_side), ("Alice → Bob", "caller"))
        self.assertEqual(call.participant_ids, self.pbx_alice | self.pbx_bob)
        grouped = self.env["asterisk_plus.call_participation"].with_user(self.bob).read_group(
            [("call_id", "=", call.id)], ["talk_duration"], ["user_id"], orderby="talk_duration"
        )
        self.assertEqual([one["talk_duration"] for one in grouped], [1, 4])
        self.assertEqual(self.calls.search([("hangup_side", "=", "caller"), ("transfer_chain", "like", "Bob")]), call)

    def test_the_story_of_a_transfer_is_told_with_names(self):
        told = self.play("blind-transfer.16").event_ids.mapped("description")
        wanted = ["Alice answers", "Alice puts the call through to Bob", "The phone of Bob rings", "Bob answers", "Jane hangs up"]
        self.assertEqual(told[2:], wanted)

    def test_a_step_knows_its_users(self):
        call = self.play("attended-transfer-by-phone.22")
        step = call.transfer_ids
        self.assertEqual((step.kind, step.user_id, step.other_user_id), ("attended", self.pbx_alice, self.pbx_bob))
        self.assertFalse((call.event_ids - step).filtered("is_transfer"))

    def test_a_parked_call_passes_through_the_parking_space(self):
        call = self.play("park-and-retrieve.22")
        self.assertEqual(call.transfer_chain, "Alice → 701 → Bob")
        self.assertEqual(self.parts(call), {"Alice": ("answered", 1), "Bob": ("transferred", 4)})

    def test_a_phone_that_is_nobodys_is_called_by_its_number(self):
        call = self.play("group-pickup.22")
        self.assertEqual((call.transfer_chain, self.parts(call)), ("Alice → 103", {"Alice": ("rung", 0)}))
        self.assertIn("103 picks up the call that rings at Alice", call.event_ids.mapped("description"))

    def test_who_was_in_the_call_sees_everybodys_time_and_nobody_else_does(self):
        call = self.play("inbound-forwarded.22")
        parts = self.env["asterisk_plus.call_participation"]
        self.assertEqual(parts.with_user(self.alice).search([("call_id", "=", call.id)]), call.participation_ids)
        self.pbx_alice.user_id = False
        self.assertFalse(parts.with_user(self.alice).search([("call_id", "=", call.id)]))

    def test_a_call_across_midnight_begins_on_one_day_and_ends_on_the_next(self):
        events = recorded(recordings()["inbound-answered"])
        times = [float(event["EventTime"]) for event in events]
        later = DAY_S - (min(times) + max(times)) / 2 % DAY_S
        moved = [dict(event, EventTime="%.6f" % (float(event["EventTime"]) + later)) for event in events]
        self.deliver(self.items(moved))
        call = self.calls.search([("server_id", "=", self.server.id)])
        self.assertEqual((call.ended.date() - call.started.date()).days, 1)
        self.assertEqual((call.status, call.talk_duration > 0, call.total_duration < 60), ("answered", True, True))
        self.assertEqual(call.participation_ids.talk_duration, call.talk_duration)

    def test_one_part_per_user_and_call(self):
        call = self.play("blind-transfer.22")
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            call.participation_ids[0].copy()

    def test_every_reason_can_be_translated(self):
        reasons = {*causes.WORDS.values(), *outcome.SAID.values(), *outcome.ENDED_BY.values()}
        reasons |= {outcome.NOT_REACHED, outcome.LED_NOWHERE}
        self.assertFalse(reasons - set(self.calls._reason_words()))

    def test_why_the_own_phone_did_not_answer_is_told_in_words(self):
        words = dict(self.calls._reason_words(), Declined="Abgelehnt")
        self.assertEqual(self.calls._in_words("The caller's own phone: declined", words), "The caller's own phone: abgelehnt")
        self.assertEqual(self.calls._in_words("Extension does not exist.", words), "Extension does not exist.")

    def test_a_reason_is_told_in_words_that_can_be_translated(self):
        call = self.play("inbound-declined.22")
        self.assertEqual((call.hangup_side, call.hangup_words), ("callee", "Declined"))
        self.assertIn("Alice declines", call.event_ids.mapped("description"))
