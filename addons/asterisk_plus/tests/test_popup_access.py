"""Who may ask for pop-ups, listen to them, and choose them."""
from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user

from .series import polled
from .test_popup import PopupCase


class TestPopupAccess(PopupCase):
    def test_only_people_who_work_here_may_ask(self):
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        self.play_until_it_rings("inbound-answered")
        for user in (portal, self.env.ref("base.public_user"), self.agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.calls.with_user(user).my_popups()

    def test_who_is_no_pbx_user_is_told_nothing(self):
        ordinary = new_test_user(self.env, login="ordinary", groups="base.group_user")
        self.play_until_it_rings("inbound-answered")
        self.assertEqual(self.calls.with_user(ordinary).my_popups()["popups"], [])

    def test_nobody_reads_what_was_told(self):
        self.play_until_it_rings("inbound-answered")
        admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin,base.group_system")
        for user in (self.alice, admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.call().with_user(user).read(["popup_json"])
            with self.assertRaises(AccessError):
                self.env["bus.bus"].with_user(user).search([])

    def test_a_channel_that_a_browser_names_is_never_a_users(self):
        self.play_until_it_rings("inbound-answered")
        own = (self.env.cr.dbname, "res.partner", self.alice.partner_id.id)
        heard = [one for one in polled(self.env, [own]) if one["type"] == "asterisk_plus.popup"]  # 19.0 has messages of its own
        self.assertEqual([one["state"] for one in heard], ["ringing"])
        guesses = [str(own), str(list(own)), '["%s","res.partner",%s]' % (own[0], own[2]), "res.partner", "asterisk_plus.popup"]
        self.assertEqual(polled(self.env, guesses), [])


class TestChoice(PopupCase):
    def test_people_choose_for_themselves(self):
        mine = self.alice.with_user(self.alice)
        self.assertEqual((mine.asterisk_popup, mine.asterisk_popup_open), ("normal", "no"))
        mine.write({"asterisk_popup": "sticky", "asterisk_popup_open": "answer"})
        self.assertEqual((self.pbx_alice.popup, self.pbx_alice.popup_open), ("sticky", "answer"))
        self.assertEqual(mine.read(["asterisk_popup"])[0]["asterisk_popup"], "sticky")
        self.assertEqual(self.pbx_bob.popup, "normal")

    def test_nobody_chooses_for_others(self):
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        for user in (self.bob, portal, self.env.ref("base.public_user"), self.agent):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.alice.with_user(user).write({"asterisk_popup": "off"})
                with self.assertRaises(AccessError):
                    self.pbx_alice.with_user(user).write({"popup": "off"})
        self.assertEqual(self.pbx_alice.popup, "normal")

    def test_who_has_no_telephone_has_nothing_to_choose(self):
        ordinary = new_test_user(self.env, login="ordinary", groups="base.group_user")
        mine = ordinary.with_user(ordinary)
        self.assertFalse(mine.asterisk_popup)
        mine.write({"asterisk_popup": "off"})
        self.assertFalse(self.env["asterisk_plus.user"].search([("user_id", "=", ordinary.id)]))

    def test_nothing_else_came_into_reach(self):
        with self.assertRaises(AccessError):
            self.alice.with_user(self.alice).write({"asterisk_popup": "off", "asterisk_user_ids": [(5, 0, 0)]})
