"""What the dial pad is told: whom a text means, and what one's own calls do; nothing that the user may not see."""
from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user

from .common import HERE, PbxCase, recorded


class TestDialPad(PbxCase):
    def found(self, text, user=None):
        server = self.env["asterisk_plus.server"].with_user(user or self.alice)
        return [(one["name"], one["number"], one["id"]) for one in server.dial_search(text)]

    def test_a_name_finds_contacts_with_numbers_and_colleagues(self):
        self.env["res.partner"].create({"name": "Jane without a number"})
        self.assertIn(("ACME, Jane", "0470 00 00 01", self.jane.id), self.found("jan"))
        self.assertFalse([one for one in self.found("jan") if "without" in one[0]])
        self.assertIn(("ACME, Jane", "0470 00 00 01", self.jane.id), self.found("acme"))
        self.assertEqual(self.found("nobody has this name"), [])
        self.assertEqual(self.found("bob")[0], ("Bob", "102", False))

    def test_a_number_finds_its_contact_however_it_is_written(self):
        for text in ("+32470000001", "0470/00.00.01", "0032470000001"):
            self.assertEqual(self.found(text), [("ACME, Jane", "0470 00 00 01", self.jane.id)], text)

    def test_an_extension_finds_the_colleague(self):
        self.assertIn(("Bob", "102", False), self.found("102"))

    def test_odd_texts_find_nothing_and_break_nothing(self):
        for text in ("", "   ", "%", "_", "'; drop table res_partner;--", "x" * 1000, None, 7, ["a"]):
            self.env["asterisk_plus.server"].with_user(self.alice).dial_search(text)

    def test_only_who_has_a_phone_asks(self):
        nobody = new_test_user(self.env, login="nobody", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.found("jane", nobody)

    def test_both_numbers_are_offered(self):
        self.jane.mobile = "0470 00 00 02"
        self.assertEqual([number for _name, number, _id in self.found("jane")], ["0470 00 00 01", "0470 00 00 02"])

    def test_own_calls_in_flight(self):
        events = recorded(HERE / "inbound-answered.ami.gz")
        self.deliver(self.items(events[: next(at for at, one in enumerate(events) if one["Event"] == "Hangup")]))
        (mine,) = self.calls.with_user(self.alice).my_calls_now()
        self.assertEqual((mine["other"], mine["words"]), ("ACME, Jane", "talking"))
        self.assertEqual(self.calls.with_user(self.bob).my_calls_now(), [])
        self.deliver(self.items(events))
        self.assertEqual(self.calls.with_user(self.alice).my_calls_now(), [])
