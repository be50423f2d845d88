"""A channel that goes on in another call: an attended transfer, a pickup, a retrieved call."""
from .test_deliver import DeliverCase


class TestLinkedCall(DeliverCase):
    def test_a_channel_belongs_to_the_call_of_its_current_linkedid(self):
        self.deliver([self.new_channel("1.1"), self.new_channel("2.1"), self.new_channel("2.2", "2.1")])
        moved = self.new_channel("2.1", "1.1", Event="Newstate", ChannelStateDesc="Up", EventTime="1795393670.0")
        late = self.new_channel("2.2", "1.1", Event="Newstate", ChannelStateDesc="Up", EventTime="1795393671.0")
        self.deliver([moved])
        self.deliver([late])
        first, second = (self.of_server().filtered(lambda call, key=key: call.linkedid == key) for key in ("1.1", "2.1"))
        self.assertEqual(set(first.channel_ids.mapped("uniqueid")), {"1.1", "2.1", "2.2"})
        self.assertEqual(set(first.channel_ids.mapped("linkedid")), {"1.1"})
        self.assertFalse(second.channel_ids or second.is_active)
        self.assertEqual((second.linked_call_id, first.linked_call_id), (first, self.calls))
        gone = [self.new_channel(one, "1.1", Event="Hangup", Cause="16", EventTime="1795393680.0") for one in ("1.1", "2.1", "2.2")]
        self.deliver(gone)
        self.assertFalse(any(self.live()))

    def test_the_story_is_told_with_the_users_names(self):
        self.deliver([self.new_channel("1.1", Channel="PJSIP/101-1", CallerIDNum="101", Exten="102")])
        self.deliver([self.new_channel("1.1", Channel="PJSIP/101-1", Event="Hangup", Cause="16", EventTime="1795393680.0")])
        told = self.of_server().with_user(self.alice).event_ids.mapped("description")
        self.assertEqual(told[0], "Alice calls 102")
        self.assertEqual(told[-1], "The call ends: Nobody could be reached")

    def test_a_kind_that_is_new_is_shown_as_it_is(self):
        self.deliver([self.new_channel("1.1")])
        values = {"call_id": self.of_server().id, "kind": "teleport", "party": "PJSIP/9", "moment": 1.0}
        self.assertEqual(self.env["asterisk_plus.call_event"].create(values).description, "teleport 9")
