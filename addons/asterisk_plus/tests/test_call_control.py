"""What people do with a live call: what Asterisk is asked, and who may not."""
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..lib.call_book import CallBook
from ..lib.events import is_listeners
from .common import HERE, recorded
from .test_originate import ClickCase

SPY = "odoo-spy-%s-1795407595.1" % ("a" * 16)


@tagged("post_install", "-at_install")
class TestCallControl(ClickCase):
    def setUp(self):
        super().setUp()
        events = recorded(HERE / "inbound-answered.ami.gz")
        talking = next(number for number, one in enumerate(events) if one["Event"] == "Hangup")
        self.deliver(self.items(events[:talking]))
        self.call = self.calls.search([("server_id", "=", self.server.id)]).ensure_one()
        self.phone = self.call.channel_ids.filtered(lambda one: one.endpoint == "PJSIP/101")
        self.trunk = self.call.channel_ids - self.phone
        self.boss = new_test_user(self.env, login="boss", groups="asterisk_plus.group_supervisor", name="Boss")
        own = {"name": "Boss", "user_id": self.boss.id, "exten": "109", "server_id": self.server.id}
        self.env["asterisk_plus.user"].create(dict(own, channel_ids=[(0, 0, {"name": "PJSIP/109"})]))
        self.commit()
        self.fake.requests.clear()

    def asked(self):
        """Return the actions that Asterisk was asked since."""
        self.commit()
        return [one["params"]["args"][0] for one in self.fake.requests]

    def as_(self, user):
        return self.call.with_user(user)

    def test_board_says_who_talks_with_whom_since_when(self):
        call = self.as_(self.boss)
        self.assertEqual((call.other_party, call.colleagues), ("ACME, Jane", "Alice"))
        self.assertEqual(call.live_since, call.answered)
        self.assertEqual((call.is_talking, call.can_control, call.can_spy), (True, True, True))
        self.assertEqual((self.as_(self.alice).can_control, self.as_(self.alice).can_spy), (True, False))

    def test_hang_up_ends_all_channels(self):
        self.as_(self.alice).action_hangup()
        expected = [{"Action": "Hangup", "Channel": one.channel, "Cause": "16"} for one in self.call.channel_ids.sorted("id")]
        self.assertCountEqual(self.asked(), expected)

    def test_park_parks_the_other_end(self):
        self.as_(self.alice).action_park()
        self.assertEqual(
            self.asked(), [{"Action": "Park", "Channel": self.trunk.channel, "TimeoutChannel": self.phone.channel}]
        )

    def test_transfer_hands_the_other_end_over(self):
        wizard = self.env["asterisk_plus.transfer"].with_user(self.alice).create({"call_id": self.call.id})
        wizard.colleague_id = self.pbx_bob
        wizard.action_transfer()
        self.assertEqual(self.asked(), [{"Action": "Getvar", "Variable": "DIALPLAN_EXISTS(from-internal,102,1)"}])
        self.fake.requests.clear()
        self.told_back("1")
        expected = {"Action": "BlindTransfer", "Channel": self.phone.channel, "Context": "from-internal", "Exten": "102"}
        self.assertEqual(self.asked(), [expected])
        params = self.fake.requests[0]["params"]
        self.assertEqual(params["pass_back"], {"call_id": self.call.id, "uid": self.alice.id, "did": "transfer"})
        self.assertEqual(self.told_alice(), [])

    def told_alice(self):
        """Return the notices; pop-ups and news of lists are not meant."""
        return [one for one in self.notices(self.alice) if one["type"] == "simple_notification"]

    def told_back(self, value, agent=None, **more):
        """Let Asterisk say whether the extension is there to which Alice hands the call over."""
        to = {"Action": "BlindTransfer", "Channel": self.phone.channel, "Context": "from-internal", "Exten": "102"}
        pass_back = dict({"call_id": self.call.id, "uid": self.alice.id, "did": "ask", "transfer": to}, **more)
        return self.as_agent(agent).control_response([{"Response": "Success", "Value": value}], pass_back)

    def test_a_transfer_to_nowhere_is_told_and_not_done(self):
        self.told_back("0")
        self.assertEqual(self.asked(), [])
        (notice,) = self.told_alice()
        self.assertEqual((notice["title"], notice["sticky"]), ("Not transferred: ACME, Jane", True))
        self.assertIn("no such extension", notice["message"])

    def test_without_the_dialplans_function_it_is_tried(self):
        self.told_back("")
        self.assertEqual([one["Action"] for one in self.asked()], ["BlindTransfer"])

    def test_what_comes_back_is_judged(self):
        park = {"Action": "Park", "Channel": self.phone.channel, "Context": "x", "Exten": "1"}
        for odd in (None, "x", {}, park, dict(park, Action="BlindTransfer", Channel="PJSIP/other-1"), dict(park, Application="System")):
            self.told_back("1", transfer=odd)
        self.told_back("1", uid=self.bob.id)
        self.told_back("1", call_id=10**9)
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        self.told_back("1", agent=other.user_id)
        for pass_back in (None, [], {}, {"call_id": "x", "uid": 1, "did": "park"}, {"call_id": 1, "uid": 1, "did": "hangup"}):
            self.as_agent().control_response([{"Response": "Error"}], pass_back)
        self.assertEqual(self.asked(), [])
        for user in (self.alice, self.pbx_admin, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.told_back("1", agent=user)

    def test_each_refusal_is_one_readable_notice(self):
        answers = {
            "Channel does not exist: PJSIP/101-00000001": "ended",
            "Channel specified does not exist": "ended",
            "Permission denied": "manager.conf",
            "Action Timeout": "in time",
            "Park failed": "Asterisk refused: Park failed",
            "<b>" + "x" * 999: "Asterisk refused: <b>",
        }
        for count, (message, words) in enumerate(answers.items(), 1):
            pass_back = {"call_id": self.call.id, "uid": self.alice.id, "did": "park"}
            self.as_agent().control_response([{"Response": "Error", "Message": message}], pass_back)
            notices = self.told_alice()
            with self.subTest(message):
                self.assertEqual((len(notices), notices[-1]["title"]), (count, "Not parked: ACME, Jane"))
                self.assertIn(words, notices[-1]["message"])
        self.as_agent().control_response({"error": {"code": -32020}}, dict(pass_back, did="spy"))
        self.assertIn("not connected to Asterisk", self.told_alice()[-1]["message"])
        self.as_agent().control_response([{"Response": "Success"}], pass_back)
        self.assertEqual(len(self.told_alice()), len(answers) + 1)

    def test_transfer_to_what_is_no_number_is_refused(self):
        for exten in (False, "Jane", "1@from-internal", "1,1", "${X}", "1\r\nAction: Logoff"):
            wizard = self.env["asterisk_plus.transfer"].with_user(self.alice).create({"call_id": self.call.id, "exten": exten})
            with self.subTest(exten), self.assertRaises(UserError):
                wizard.action_transfer()
        self.assertEqual(self.asked(), [])

    def test_listen_whisper_and_barge(self):
        for method, options in (("action_listen", "q"), ("action_whisper", "qw"), ("action_barge", "qB")):
            self.fake.requests.clear()
            getattr(self.as_(self.boss), method)()
            (action,) = self.asked()
            with self.subTest(method):
                self.assertEqual((action["Channel"], action["Application"]), ("PJSIP/109", "ChanSpy"))
                self.assertEqual(action["Data"], "%s,%s" % (self.phone.channel, options))
                self.assertTrue(is_listeners({"Uniqueid": action["ChannelId"]}))

    def test_listening_is_a_right(self):
        for method in ("action_listen", "action_whisper", "action_barge"):
            for user in (self.alice, self.bob):
                with self.subTest("%s: %s" % (user.name, method)), self.assertRaises(AccessError):
                    getattr(self.as_(user), method)()
        self.assertEqual(self.asked(), [])

    def test_who_is_not_in_the_call_does_nothing(self):
        for method in ("action_hangup", "action_park", "action_transfer"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self.as_(self.bob), method)()
        wizard = self.env["asterisk_plus.transfer"].with_user(self.bob).create({"call_id": self.call.id, "exten": "102"})
        with self.assertRaises(AccessError):
            wizard.action_transfer()
        self.assertEqual(self.asked(), [])

    def test_a_supervisor_sees_live_calls_and_no_history(self):
        self.assertEqual(self.calls.with_user(self.boss).search([]), self.call)
        self.call.sudo().is_active = False
        for model in ("call", "channel", "call_event", "call_participation"):
            self.assertFalse(self.env["asterisk_plus.%s" % model].with_user(self.boss).search([]), model)

    def test_nothing_is_done_with_a_call_that_has_ended(self):
        self.call.sudo().is_active = False
        for method in ("action_hangup", "action_park", "action_transfer"):
            with self.subTest(method), self.assertRaises(UserError):
                getattr(self.as_(self.alice), method)()

    def test_who_listens_makes_no_rows(self):
        before = self.env["asterisk_plus.channel"].search_count([])
        own = {"Uniqueid": SPY, "Linkedid": SPY, "Channel": "PJSIP/109-00000009"}
        called = {"Dest" + header: value for header, value in own.items()}
        story = [("Newchannel", own), ("DialBegin", called), ("Newstate", own), ("DialEnd", called), ("Hangup", own)]
        self.deliver(self.items([dict(ids, Event=name, EventTime="1795407600.0") for name, ids in story]))
        self.assertEqual(self.env["asterisk_plus.channel"].search_count([]), before)
        self.assertFalse(self.calls.search([("linkedid", "=", SPY)]))

    def test_the_book_leaves_listeners_out_also_when_it_reconciles(self):
        book = CallBook()
        book.apply({"Event": "CoreShowChannel", "Uniqueid": SPY, "Linkedid": SPY, "Channel": "PJSIP/109-1", "EventTime": "1.0"})
        self.assertEqual(book.touched, {})
