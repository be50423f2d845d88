"""Pop-ups: who is told what while a phone rings, over the bus and after a reload of the page."""
from unittest.mock import patch

from odoo.tests.common import new_test_user

from ..models.call_list import PRESENCE
from ..models.popup_state import LIVE
from .common import HERE, PbxCase, recorded, recordings
from .series import told


class PopupCase(PbxCase):
    def setUp(self):
        super().setUp()
        self.env["bus.bus"].search([]).unlink()

    def told(self, user, kind="asterisk_plus.popup"):
        """Return the messages of a kind in a user's own channel, oldest first."""
        return [one for one in told(self.env, user) if one.get("type") == kind]

    def states(self, user):
        return [one["state"] for one in self.told(user)]

    def events(self, name):
        return recorded(HERE / ("%s.ami.gz" % name))

    def play(self, events, size=1):
        items = self.items(events)
        for start in range(0, len(items), size):
            self.assertEqual(set(self.deliver(items[start : start + size])), {"done"})

    def play_until_it_rings(self, name, user=None):
        """Deliver a recording until the user (Alice) has been told; return what is left of it."""
        items = self.items(self.events(name))
        while not self.told(user or self.alice):
            self.deliver([items.pop(0)])
        return items

    def of_checkout(self, *words):
        """Return {name: path} of the recordings of Asterisk 22 that have one of the words in their names."""
        found = {name: path for name, path in recordings().items() if name.endswith(".22")}
        if not found:
            self.skipTest("the addon stands alone: the recordings are in the project's own tests/")
        return {name: path for name, path in found.items() if any(word in name for word in words)}

    def call(self):
        return self.calls.search([("server_id", "=", self.server.id)]).ensure_one()


class TestPopup(PopupCase):
    def test_answered_call_rings_talks_and_ends_for_its_user_alone(self):
        self.play(self.events("inbound-answered"))
        messages = self.told(self.alice)
        self.assertEqual([one["state"] for one in messages], ["ringing", "talking", "ended"])
        self.assertEqual([one["number_in_call"] for one in messages], [1, 2, 3])
        self.assertFalse(self.told(self.bob))
        self.assertEqual({one["call"] for one in messages}, {self.call().id})

    def test_it_says_who_calls(self):
        self.play_until_it_rings("inbound-answered")
        popup = self.told(self.alice)[0]
        expected = {
            "direction": "in",
            "name": "Jane",
            "company": "ACME",
            "number": self.call().calling_number,
            "partner_id": self.jane.id,
            "has_picture": False,
            "can_create": False,
            "offered": [],
            "last_call": False,
            "is_sticky": False,
            "open": "no",
        }
        self.assertEqual({name: popup[name] for name in expected}, expected)

    def test_missed_call(self):
        self.play(self.events("inbound-cancelled"))
        self.assertEqual(self.states(self.alice), ["ringing", "stopped", "missed"])

    def test_ring_group_tells_who_answered(self):
        # Event by event: Asterisk takes the ringing back before it says who answered.
        self.play(self.events("ring-group-second-answers"))
        self.assertEqual(self.states(self.alice), ["ringing", "stopped", "elsewhere"])
        self.assertEqual(self.told(self.alice)[-1]["answered_by"], "Bob")
        self.assertEqual(self.states(self.bob), ["ringing", "talking", "ended"])

    def test_queue_rings_again_and_again(self):
        self.play(self.events("queue-nobody"))
        states = self.states(self.alice)
        self.assertEqual((states[0], states[-1]), ("ringing", "missed"))
        self.assertEqual(self.told(self.alice)[0]["queue"], self.call().queue)

    def test_who_calls_gets_no_popup(self):
        self.play(self.events("internal-answered"))
        self.assertFalse(self.told(self.alice))
        self.assertEqual(self.states(self.bob), ["ringing", "talking", "ended"])
        self.assertEqual(self.told(self.bob)[0]["name"], "Alice")
        self.assertFalse(self.told(self.bob)[0]["can_create"])

    def test_a_caller_who_is_handed_over_is_told_to_the_new_one(self):
        """By REFER with Replaces: Bob's leg comes from the call in which Alice asked him."""
        self.play(recorded(self.of_checkout("attended-transfer-by-phone")["attended-transfer-by-phone.22"]))
        call = self.calls.search([("server_id", "=", self.server.id), ("direction", "=", "in")])
        messages = [one for one in self.told(self.bob) if one["call"] == call.id]
        self.assertEqual([one["state"] for one in messages], ["talking", "ended"])
        self.assertEqual((messages[0]["name"], messages[0]["partner_id"]), ("Jane", self.jane.id))
        asked = [one for one in self.told(self.bob) if one["call"] != call.id]
        self.assertEqual((asked[0]["state"], asked[0]["name"], asked[-1]["state"]), ("ringing", "Alice", "ended"))

    def test_nothing_stays_live_after_the_end(self):
        for name, path in self.of_checkout("transfer", "pickup", "park", "queue", "forward", "devices").items():
            self.play(recorded(path), size=3)
            for user in (self.alice, self.bob):
                last = {one["call"]: one["state"] for one in self.told(user)}
                with self.subTest(name=name, user=user.login):
                    self.assertFalse({call: state for call, state in last.items() if state in LIVE})

    def test_a_click_rings_ones_own_phone_without_a_popup(self):
        events = self.events("click-to-call")
        self.originate(events)
        self.play(events)
        self.assertFalse(self.told(self.alice))

    def test_one_message_a_batch_and_none_for_a_call_that_is_over(self):
        self.play(self.events("inbound-answered"), size=1000)
        self.assertFalse(self.told(self.alice))

    def test_a_message_again_is_no_news(self):
        rest = self.play_until_it_rings("inbound-answered")
        self.call()._tell(self.call()._news())
        self.assertEqual(self.states(self.alice), ["ringing"])
        self.deliver(rest)
        self.assertEqual(self.states(self.alice), ["ringing", "ended"])

    def test_choices(self):
        self.pbx_alice.write({"popup": "sticky", "popup_open": "ringing"})
        self.play_until_it_rings("inbound-answered")
        popup = self.told(self.alice)[0]
        self.assertEqual((popup["is_sticky"], popup["open"]), (True, "ringing"))

    def test_off(self):
        self.pbx_alice.popup = "off"
        self.play(self.events("inbound-answered"))
        self.assertFalse(self.told(self.alice))

    def test_a_phone_of_nobody(self):
        self.pbx_alice.user_id = False
        self.play(self.events("inbound-answered"))
        self.assertEqual(self.call().answered_user_id, self.pbx_alice)
        self.assertFalse(self.env["bus.bus"].search([("message", "ilike", "asterisk_plus.popup")]))

    def test_a_failing_popup_costs_no_call(self):
        logs = self.assertLogs("odoo.addons.asterisk_plus.models.asterisk_call_notes", "ERROR")
        with patch.object(type(self.calls), "_popup_caller", side_effect=ValueError("no")), logs:
            self.play(self.events("inbound-answered"))
        self.assertFalse(self.told(self.alice))
        self.assertEqual(self.call().status, "answered")


class TestCaller(PopupCase):
    def popup(self):
        self.play_until_it_rings("inbound-answered")
        return self.told(self.alice)[0]

    def test_unknown_caller_may_become_a_contact(self):
        self.jane.unlink()
        popup = self.popup()
        self.assertEqual((popup["name"], popup["partner_id"], popup["can_create"]), ("", False, False))
        self.alice.groups_id |= self.env.ref("base.group_partner_manager")
        self.assertTrue(self.call()._popup_caller(self.alice)["can_create"])

    def test_of_a_partner_that_the_user_may_not_read_there_is_the_name_alone(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["res.partner"].browse([self.jane.id, self.acme.id]).company_id = elsewhere
        self.popup()
        call = self.call()
        call.partner_id = self.jane
        popup = call._popup_caller(self.alice)
        self.assertEqual((popup["name"], popup["partner_id"], popup["company"]), ("Jane", False, ""))
        self.assertEqual((popup["has_picture"], popup["can_create"]), (False, False))

    def test_several_candidates_are_offered(self):
        other = self._partner("Jim", self.jane.phone)
        popup = self.popup()
        self.assertFalse(popup["partner_id"])
        self.assertEqual({one["id"] for one in popup["offered"]}, {self.jane.id, other.id})

    def test_last_call_is_one_that_the_user_may_see(self):
        before = {"server_id": self.server.id, "partner_id": self.jane.id, "direction": "in", "status": "answered"}
        theirs = dict(before, linkedid="9.2", started="2026-01-02 10:00:00")
        theirs["participation_ids"] = [(0, 0, {"user_id": self.pbx_bob.id, "role": "rung"})]
        mine = dict(before, linkedid="9.1", started="2026-01-01 10:00:00", answered_user_id=self.pbx_bob.id)
        mine["participation_ids"] = [(0, 0, {"user_id": self.pbx_alice.id, "role": "rung"})]
        self.calls.create([theirs, mine])
        self.play_until_it_rings("inbound-answered")
        self.assertEqual(self.told(self.alice)[0]["last_call"], {"started": "2026-01-01 10:00:00", "how": "answered by Bob"})

    def test_picture(self):
        image = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        self.jane.image_1920 = image
        self.assertTrue(self.popup()["has_picture"])


class TestReload(PopupCase):
    def live(self, user):
        answer = self.calls.with_user(user).my_popups()
        self.assertGreater(answer["now"], 1.7e9)
        return answer["popups"]

    def test_what_rings_now_is_told_again(self):
        rest = self.play_until_it_rings("inbound-answered")
        again, before = self.live(self.alice), self.told(self.alice)
        self.assertEqual(len(again), 1)
        for one in again + before:
            self.assertGreater(one.pop("sent"), 1.7e9)
        self.assertEqual(dict(again[0], type="asterisk_plus.popup"), before[0])
        self.assertFalse(self.live(self.bob))
        self.deliver(rest)
        self.assertFalse(self.live(self.alice))

    def test_its_number_is_the_newest_one(self):
        self.play_until_it_rings("ring-group-second-answers")
        number = max(one["number_in_call"] for user in (self.alice, self.bob) for one in self.told(user))
        self.assertEqual(self.live(self.alice)[0]["number_in_call"], number)

    def test_in_every_company_of_the_user(self):
        self.play_until_it_rings("inbound-answered")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.alice.company_ids |= other
        calls = self.calls.with_user(self.alice).with_context(allowed_company_ids=other.ids)
        self.assertEqual(len(calls.my_popups()["popups"]), 1)

    def test_an_admin_sees_no_popup_of_others(self):
        admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        self.play_until_it_rings("inbound-answered")
        self.assertFalse(self.live(admin))
        self.assertFalse(self.told(admin))


class TestLists(PopupCase):
    KIND = "asterisk_plus.changed"

    def setUp(self):
        super().setUp()
        self.admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        for user in (self.alice, self.bob, self.admin):
            self.env[PRESENCE].create({"user_id": user.id})

    def test_who_may_see_the_call_and_is_there_is_told_once_a_batch(self):
        self.play(self.events("inbound-answered"), size=1000)
        for user in (self.alice, self.admin):
            self.assertEqual([one["calls"] for one in self.told(user, self.KIND)], [self.call().ids])
        self.assertFalse(self.told(self.bob, self.KIND))

    def test_who_is_not_there_is_not_told(self):
        self.env[PRESENCE].search([("user_id", "=", self.admin.id)]).last_poll = "2026-01-01 00:00:00"
        self.play(self.events("inbound-answered"), size=1000)
        self.assertFalse(self.told(self.admin, self.KIND))

    def test_an_admin_of_another_company_is_not_told(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.admin.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.play(self.events("inbound-answered"), size=1000)
        self.assertFalse(self.told(self.admin, self.KIND))

    def test_all_that_a_delivery_tells_is_sent_at_once(self):
        events = self.events("inbound-answered")
        rung = next(place for place, event in enumerate(events) if event["Event"] == "DialEnd")
        sent = []
        with patch.object(type(self.env["bus.bus"]), "_asterisk_send", lambda _bus, messages: sent.append(messages)):
            self.play(events[:rung], size=rung)
        (messages,) = sent
        told = {(user, kind) for user, kind, _content in messages}
        self.assertEqual(told, {(self.alice, "asterisk_plus.popup"), (self.alice, self.KIND), (self.admin, self.KIND)})
