"""Recorded streams of real calls, delivered by the agent's account: what stands in the database is what lib/ says."""
from ..lib.call_book import CallBook
from ..models.call_values import call_values, line_key, line_values
from .common import PbxCase, clicked, recorded, recordings

SIZES = (1, 7, 1000)
CLICK_LATE_S = 60  # the replay's click happens now, the recorded events long ago


class TestReplay(PbxCase):
    def expected(self, events):
        """Return the facts of every call, by the state machine alone."""
        book = CallBook(clicked(events))
        for event in events:
            book.apply(event)
        channels = self.env["asterisk_plus.user_channel"].search([("server_id", "=", self.server.id)])
        owners = {channel.name: channel.user_id.id for channel in channels}
        return {key: state.facts(owners.get) for key, state in book.states.items() if state.legs or state.click}

    def replay(self, events, size):
        self.originate(events)
        items = self.items(events)
        for start in range(0, len(items), size):
            part = items[start : start + size]
            self.assertEqual(set(self.deliver(part)), {"done"})

    def check(self, name, events):
        calls = self.calls.search([("server_id", "=", self.server.id)])
        expected = self.expected(events)
        self.assertEqual(set(calls.mapped("linkedid")), set(expected), name)
        legs = {}
        for call in calls:
            facts = expected[call.linkedid]
            legs.update({leg.uniqueid: (leg, call) for leg in facts.legs if not leg.moved_to})
            if call.originated_by:
                continue  # its click's time is another one than the recording's
            for field, value in call_values(facts).items():
                there = call[field].id if call._fields[field].type == "many2one" else call[field]
                self.assertEqual(there or False, value or False, "%s: %s" % (name, field))
            self.assertLessEqual({line._sentence() for line in call.event_ids}, set(call.event_ids._sentences()), name)
            lines = [line_key(line, call.id) for line in call.event_ids]
            talked = {part.user_id.id: part.talk_duration for part in call.participation_ids if part.talked}
            self.assertEqual(talked, dict(facts.user_talk), name)
            self.assertEqual(sorted(lines), sorted(line_key(line_values(entry, call.id, {})) for entry in facts.timeline))
        channels = self.env["asterisk_plus.channel"].search([("server_id", "=", self.server.id)])
        self.assertEqual({one.uniqueid: one.call_id for one in channels}, {key: call for key, (_leg, call) in legs.items()})
        for channel in channels:
            leg = legs[channel.uniqueid][0]
            self.assertEqual((channel.endpoint, channel.talk_duration), (leg.endpoint, leg.talk_s), name)

    def test_every_recording_leaves_what_the_state_machine_says_and_nothing_active(self):
        found = recordings()
        self.assertGreaterEqual(len(found), 8)
        for number, (name, path) in enumerate(sorted(found.items())):
            with self.subTest(name), self.env.cr.savepoint():
                events = recorded(path)
                self.assertTrue(events)
                self.replay(events, SIZES[number % len(SIZES)])
                self.check(name, events)
                if not self.is_cut(events):
                    self.assertFalse(any(self.live()), name)
                self.forget()

    @staticmethod
    def is_cut(events):
        """Tell whether the recording ends while a channel still lives."""
        began = {event["Uniqueid"] for event in events if event["Event"] == "Newchannel"}
        return began - {event["Uniqueid"] for event in events if event["Event"] == "Hangup"}

    def forget(self):
        self.calls.search([("server_id", "=", self.server.id)]).unlink()

    def test_a_second_delivery_of_everything_changes_nothing(self):
        events = recorded(recordings()["inbound-answered"])
        items = self.items(events)
        self.deliver(items)
        call = self.calls.search([("server_id", "=", self.server.id)])
        before = (call.read(), call.channel_ids.read(), call.event_ids.read())
        self.assertEqual(set(self.deliver(items)), {"duplicate"})
        self.assertEqual((call.read(), call.channel_ids.read(), call.event_ids.read()), before)

    def test_an_answered_call_in_words(self):
        self.deliver(self.items(recorded(recordings()["inbound-answered"])))
        call = self.calls.search([("server_id", "=", self.server.id)])
        self.assertEqual((call.direction, call.status, call.is_active), ("in", "answered", False))
        self.assertEqual((call.answered_user_id, call.called_user_ids), (self.pbx_alice, self.pbx_alice))
        self.assertEqual(call.partner_id, self.jane)
        self.assertRegex(" / ".join(call.event_ids.mapped("description")), r"^Jane calls .*The phone of Alice rings / Alice answers / Jane hangs up$")
        self.assertEqual(call.name, "%s → %s" % (self.jane.display_name, call.called_number))
