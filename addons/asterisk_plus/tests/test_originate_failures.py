"""What comes back of a click: Asterisk's answer, the agent's, and the events of a call that failed."""
import time

from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from ..models import server_rpc
from .test_originate import ClickCase


@tagged("post_install", "-at_install")
class TestOriginateFailures(ClickCase):
    def respond(self, call, result, agent=None):
        return self.as_agent(agent).originate_call_response(result, {"call_id": call.id})

    def test_success_changes_nothing(self):
        call = self.click()
        self.respond(call, [{"Response": "Success", "Message": "Originate successfully queued"}])
        self.assertTrue(call.is_active)
        self.assertEqual(self.notices(self.alice), [])

    def test_asterisk_refuses(self):
        call = self.click()
        self.respond(call, [{"Response": "Error", "Message": "Extension does not exist."}])
        self.assertFalse(call.is_active)
        self.assertEqual(call.status, "failed")
        self.assertIn("no extension 0470000001 in the context from-internal", call.hangup_reason)
        self.respond(call, [{"Response": "Error", "Message": "Extension does not exist."}])
        notices = self.notices(self.alice)
        self.assertEqual(len(notices), 1)
        self.assertEqual(notices[0]["message"], call.hangup_reason)
        self.assertEqual(notices[0]["title"], "No call to Jane (0470000001)")

    def test_every_refusal_has_a_cure(self):
        for message, words in (("Permission denied", "write=originate"), ("Action Timeout", "Try again"), ("<b>odd</b>", "<b>odd</b>")):
            call = self.click()
            self.respond(call, [{"Response": "Error", "Message": message}])
            self.assertIn(words, call.hangup_reason)
            self.assertIn(words, self.notices(self.alice)[-1]["message"])

    def test_agent_could_not(self):
        call = self.click()
        self.respond(call, {"error": {"code": -32020, "message": "asterisk not connected"}})
        self.assertEqual(call.status, "failed")
        self.assertIn("not connected to Asterisk", self.notices(self.alice)[0]["message"])

    def test_odd_answers_fail_the_call(self):
        for odd in (None, [], "x", [1], {}, {"error": None}, [{"Response": "Error", "Message": ["a", "b"]}]):
            call = self.click()
            self.respond(call, odd)
            self.assertFalse(call.is_active, odd)

    def test_agent_is_away(self):
        self.fake.__exit__()
        call = self.click()
        with self.assertLogs(server_rpc.__name__, "WARNING"):
            self.commit()
        self.assertEqual((call.is_active, call.status), (False, "failed"))
        self.assertIn("not reachable", call.hangup_reason)
        self.assertEqual([one["title"] for one in self.notices(self.alice)], ["No call to Jane (0470000001)"])

    def test_agent_hangs(self):
        self.hang()
        call = self.click()
        with self.assertLogs(server_rpc.__name__, "WARNING"):
            self.assertTrue(self.commit())
        self.assertIn("did not answer in time", call.hangup_reason)
        self.assertEqual(len(self.notices(self.alice)), 1)

    def test_only_the_own_agent_may_answer(self):
        call = self.click()
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        self.respond(call, [{"Response": "Error"}], other.user_id)
        self.assertTrue(call.is_active)
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        for user in (self.alice, self.pbx_admin, portal, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.respond(call, [{"Response": "Error"}], user)
        for odd in (None, {}, [], {"call_id": "x"}, {"call_id": None}, {"call_id": 10**9}, {"call_id": [call.id]}):
            self.as_agent().originate_call_response([{"Response": "Error"}], odd)
        self.assertTrue(call.is_active)

    def response(self, call, place=1, response="Failure"):
        """Asterisk's word that a phone of the click was not picked up, or was."""
        values = {"Event": "OriginateResponse", "Response": response, "Reason": "0", "Channel": "PJSIP/101", "Exten": "0470000001"}
        return dict(values, Uniqueid="%s%d" % (call.linkedid[:-1], place), EventTime="%.6f" % time.time())

    def events(self, call, place, *words, endpoint="PJSIP/101"):
        """Asterisk's words of one phone's channel: (event, more headers)."""
        name = "%s%d" % (call.linkedid[:-1], place)
        common = {"Channel": "%s-0000000%d" % (endpoint, place), "Uniqueid": name, "Linkedid": name}
        dest = {"Dest" + header: value for header, value in common.items()}
        stamp = time.time()
        return [
            dict(dest if event.startswith("Dial") else common, Event=event, EventTime="%.6f" % (stamp + number / 10), **more)
            for number, (event, more) in enumerate(words)
        ]

    def test_failure_of_the_own_phone_is_told_once(self):
        call = self.click()
        self.deliver(self.items([self.response(call)]))
        self.assertEqual((call.is_active, call.status), (False, "failed"))
        self.assertIn("PJSIP/101 can't be reached", self.notices(self.alice)[0]["message"])
        self.deliver(self.items([self.response(call)]))
        self.respond(call, {"error": {"code": -32021}})
        self.assertEqual(len(self.notices(self.alice)), 1)

    def test_failure_of_a_call_that_nobody_clicked_is_not_told(self):
        self.deliver(self.items([dict(self.response(self.click()), Uniqueid="1.1")]))
        self.assertEqual(self.notices(self.alice), [])

    def test_a_phone_that_is_away_is_no_failure_while_another_rings(self):
        self.other.originate_enabled = True
        call = self.click()
        self.deliver(self.items([self.response(call, 1)]))
        self.assertTrue(call.is_active)
        rings = [("Newchannel", {"ChannelStateDesc": "Down"}), ("DialBegin", {}), ("Newstate", {"ChannelStateDesc": "Ringing"})]
        self.deliver(self.items(self.events(call, 2, *rings, endpoint="PJSIP/104")))
        self.assertEqual((call.is_active, self.notices(self.alice)), (True, []))
        declines = [("HangupRequest", {"Cause": "21"}), ("Hangup", {"Cause": "21"})]
        self.deliver(self.items(self.events(call, 2, *declines, endpoint="PJSIP/104") + [self.response(call, 2)]))
        self.assertEqual((call.is_active, call.status), (False, "failed"))
        (notice,) = self.notices(self.alice)
        self.assertIn("PJSIP/101 can't be reached", notice["message"])
        self.assertIn("PJSIP/104 declined", notice["message"])

    def test_one_phone_that_asterisk_refused_is_no_failure(self):
        self.other.originate_enabled = True
        call = self.click()
        self.respond(call, [{"Response": "Error", "Message": "Extension does not exist."}, {"Response": "Success"}])
        self.assertTrue(call.is_active)
        self.deliver(self.items([self.response(call, 2)]))
        self.assertEqual((call.is_active, call.status, len(self.notices(self.alice))), (False, "failed", 1))

    def test_a_dialplan_that_leads_nowhere(self):
        call = self.click()
        words = [
            ("Newchannel", {"ChannelStateDesc": "Down"}), ("DialBegin", {}), ("DialEnd", {"DialStatus": "ANSWER"}),
            ("Newstate", {"ChannelStateDesc": "Up"}), ("Hangup", {"Cause": "0"}),
        ]
        self.deliver(self.items(self.events(call, 1, *words) + [self.response(call, response="Success")]))
        self.assertEqual((call.is_active, call.status), (False, "failed"))
        self.assertIn("no extension", call.hangup_reason)
        self.assertIn("leads nowhere", self.notices(self.alice)[0]["message"])

    def test_a_voice_menu_is_no_failure(self):
        call = self.click()
        words = [
            ("Newchannel", {"ChannelStateDesc": "Down"}), ("DialBegin", {}), ("DialEnd", {"DialStatus": "ANSWER"}),
            ("Newstate", {"ChannelStateDesc": "Up"}), ("Hangup", {"Cause": "16"}),
        ]
        self.deliver(self.items(self.events(call, 1, *words)))
        self.assertEqual((call.status, self.notices(self.alice)), ("ended", []))

    def test_a_lost_pbx_is_told(self):
        call = self.click()
        self.deliver(self.items(self.events(call, 1, ("Newchannel", {"ChannelStateDesc": "Ringing"}))))
        as_of = "%.6f" % (time.time() + 5)
        lost = {"Event": "Reconcile", "EventTime": as_of, "AsOf": as_of, "Reason": "ami_connected", "Channels": []}
        self.assertEqual(self.deliver([self.item(lost, 0)]), ["done"])
        self.assertEqual((call.is_active, call.status), (False, "failed"))
        self.assertIn("Click again", self.notices(self.alice)[0]["message"])
