"""SCENARIOS 14: a number in every form in which people store it, and telephones tell it."""
from odoo.tests.common import tagged

from ..lib.phone_number import to_e164
from .test_deliver import DeliverCase
from .test_number_fill import NumberCase

NUMBER = "+32470000021"
# Local, international, 00 and +, with what people put between.
FORMS = (
    "0470000021",
    "0470 00 00 21",
    "0470/00.00.21",
    "(0470) 00-00-21",
    "0470\u00a000\u201100\u201121",
    "+32470000021",
    "+32 470 00 00 21",
    "+32 (0)470 00 00 21",
    "+32.470.00.00.21",
    " +32470000021\t",
    "0032470000021",
    "00 32 470 00 00 21",
    "0032 (0)470/000021",
    # without the + or the 0 that belong before it: some providers do so
    "32470000021",
    "470000021",
)
WITH_EXTENSION = ("+32470000021##101", "0470 00 00 21 ext. 5", "0470000021x5", "+32470000021;ext=5")
NOBODY = (
    "",
    " ",
    "s",
    "anonymous",
    "Anonymous",
    "unavailable",
    "Restricted",
    "unknown",
    "asterisk",
    "<unknown>",
    "sip:+32470000021@example.com",
    "sips:jane@example.com",
    "tel:jane",
    "+32470000021@example.com",
    "101",
    "4711",
    "112",
    "*8",
    "*97",
    "#31#",
    "000021",
    "470000",
    "+",
    "00",
    "+32",
    "%",
    "_",
    "%32470000021",
    "' or 1=1 --",
    "\u0660\u0664\u0667\u0660\u0660\u0660\u0660\u0660\u0662\u0661",
    "\uff10\uff14\uff17\uff10\uff10\uff10\uff10\uff10\uff12\uff11",
    "0470000021" * 5,
    "0" * 15,
)


@tagged("post_install", "-at_install")
class TestNumberMatrix(NumberCase):
    def test_stored_and_received_in_every_form(self):
        self.jane.phone = False
        for field in ("phone", "mobile"):
            for stored in FORMS + WITH_EXTENSION:
                self.jane.write({"phone": False, "mobile": False, field: stored})
                found = self.env["res.partner"].asterisk_match_many(FORMS, server=self.server)
                with self.subTest(field=field, stored=stored):
                    self.assertEqual({form for form in FORMS if found[form] != self.jane}, set())

    def test_nobody(self):
        """Not even those who have such a text for a number."""
        for stored in NOBODY:
            self.env["res.partner"].create({"name": "X", "phone": stored, "mobile": stored})
        self.partners.flush()
        found = self.env["res.partner"].asterisk_match_many(NOBODY, server=self.server)
        for received in NOBODY:
            with self.subTest(received):
                self.assertFalse(found[received])

    def test_another_number_is_another(self):
        self.jane.phone = NUMBER
        for received in ("0470000022", "+33470000021", "0033470000021", "+324700000210", "+32470000021999"):
            with self.subTest(received):
                self.assertFalse(self.env["res.partner"].asterisk_match(received, server=self.server))

    def test_a_number_like_another_countrys(self):
        """A national number is tried in the request's country, then the server's, then the company's."""
        french = self.env["res.partner"].create({"name": "F", "phone": "06 12 34 56 78", "country_id": self.france.id})
        self.assertEqual(self.env["res.partner"].asterisk_match("0612345678", country="FR", server=self.server), french)
        self.server.company_id.country_id = self.france
        self.assertEqual(self.env["res.partner"].asterisk_match("0612345678", server=self.server), french)
        self.assertEqual(to_e164("0612345678", ["BE", "FR"]), "+33612345678")

    def test_some_numbers_of_the_world(self):
        numbers = {
            "US": ("(202) 456-1111", "+12024561111", ("2024561111", "12024561111", "0012024561111", "011 1 202 456 1111")),
            "GB": ("020 7946 0018", "+442079460018", ("02079460018", "+44 (0)20 7946 0018")),
            "IT": ("06 698 12345", "+390669812345", ("0669812345", "0039 06 69812345")),  # keeps its 0
            "DE": ("030 / 12345 67", "+49301234567", ("+49 30 1234567", "0301234567")),
            "RU": ("8 (495) 123-45-67", "+74951234567", ("84951234567", "+7 495 123 45 67")),
            "AU": ("0412 345 678", "+61412345678", ("0011 61 412 345 678", "+61412345678")),
        }
        for code, (stored, e164, received) in numbers.items():
            country = self.env["res.country"].search([("code", "=", code)])
            partner = self.env["res.partner"].create({"name": code, "phone": stored, "country_id": country.id})
            self.assertEqual(partner.phone_e164, e164)
            for number in received:
                with self.subTest(country=code, received=number):
                    self.assertEqual(self.env["res.partner"].asterisk_match(number, country=code, server=self.server), partner)


class TestNumberMatrixOfCalls(DeliverCase):
    """The same through deliver(): the partner of a call, and nothing made of what is nobody's."""

    def setUp(self):
        super().setUp()
        self.env["asterisk_plus.settings"]._current().partner_creation = "all"
        self.jane.phone = NUMBER

    def calls_from(self, numbers):
        """Deliver a call from each number, all in one batch. Return the calls in order."""
        names = ["7.%d" % place for place, _number in enumerate(numbers)]
        items = []
        for name, number in zip(names, numbers):
            hangup = {"Event": "Hangup", "Uniqueid": name, "Linkedid": name, "Cause": "16", "EventTime": "1795393670.0"}
            items += [self.new_channel(name, CallerIDNum=number)] + self.items([hangup])
        self.assertEqual(set(self.deliver(items)), {"done"})
        return [self.of_server().filtered(lambda call, name=name: call.linkedid == name) for name in names]

    def test_every_form_is_jane(self):
        for form, call in zip(FORMS, self.calls_from(FORMS)):
            with self.subTest(form):
                self.assertEqual(call.partner_id, self.jane)

    def test_nobody_matches_and_nothing_is_made(self):
        everybody = self.env["res.partner"].with_context(active_test=False)
        before = everybody.search([])
        for number, call in zip(NOBODY, self.calls_from(NOBODY)):
            with self.subTest(number):
                self.assertFalse(call.partner_id)
                self.assertFalse(call.candidate_partner_ids)
        self.assertEqual(everybody.search([]), before)

    def test_duplicates(self):
        john = self._partner("John", "0470 00 00 21", self.acme)
        (call,) = self.calls_from([NUMBER])
        self.assertEqual((call.partner_id, call.candidate_partner_ids), (self.acme, self.jane | john))
        self.of_server().unlink()
        other = self._partner("Other", "0032470000021")
        (call,) = self.calls_from([NUMBER])
        self.assertFalse(call.partner_id)
        self.assertEqual(call.candidate_partner_ids, self.jane | john | other)
        self.of_server().unlink()
        (john | other).write({"active": False})
        (call,) = self.calls_from([NUMBER])
        self.assertEqual((call.partner_id, call.candidate_partner_ids), (self.jane, self.env["res.partner"]))
