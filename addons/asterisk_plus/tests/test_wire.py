from datetime import datetime

from odoo.tests.common import BaseCase

from ..models.applied import AppliedItems
from ..models.asterisk_call import in_minutes
from ..models.wire import clean, clean_text, duration_seconds, to_datetime, to_seconds


class TestWire(BaseCase):
    def test_texts_that_postgresql_refuses_are_mended(self):
        self.assertEqual(clean_text("a\0b\ud800c"), "a\ufffdb?c")
        self.assertEqual(clean_text("Zoë 李"), "Zoë 李")
        self.assertEqual(clean_text("abc", 2), "ab")
        self.assertEqual([clean_text(value) for value in (None, 7, ["a"])], ["", "", ""])

    def test_an_event_is_copied_clean_in_all_its_parts(self):
        event = {"Event": "X\0", "Variable": ["a=1", "b=\0"], "Channels": [{"Uniqueid": "1\0"}]}
        copy = clean(event)
        self.assertEqual(copy["Variable"], ["a=1", "b=\ufffd"])
        self.assertEqual((copy["Event"], copy["Channels"][0]["Uniqueid"]), ("X\ufffd", "1\ufffd"))
        self.assertEqual(event["Event"], "X\0")

    def test_nesting_has_a_bound(self):
        deep = []
        for _level in range(10):
            deep = [deep]
        with self.assertRaises(ValueError):
            clean({"Event": deep})

    def test_times_that_are_none_are_none(self):
        self.assertEqual(to_datetime(1795393664.43), datetime(2026, 11, 23, 0, 27, 44))
        for bad in (None, 0, 1e300, float("inf"), float("nan")):
            self.assertIs(to_datetime(bad), False)
        self.assertEqual([to_seconds(one) for one in ("12.5", "x", None, "-1", "nan", "inf")], [12.5, 0, 0, 0, 0, 0])

    def test_a_duration_is_read_as_asterisk_writes_it(self):
        self.assertEqual(duration_seconds("00:00:36"), 36)
        self.assertEqual(duration_seconds("100:01:01"), 360061)
        self.assertEqual([duration_seconds(one) for one in ("", None, "1:2", "a:b:c", "-1:00:00", "٣:00:00")], [0] * 6)

    def test_seconds_are_shown_as_a_clock_shows_them(self):
        self.assertEqual([in_minutes(one) for one in (0, 7, 61, 3723)], ["0:00", "0:07", "1:01", "1:02:03"])


class TestAppliedItems(BaseCase):
    def test_what_was_added_is_known_by_seq_and_row(self):
        applied = AppliedItems()
        applied.add((42, 7))
        self.assertIn((42, 7), applied)
        self.assertNotIn((42, 8), applied)
        self.assertNotIn((41, 7), applied)

    def test_what_is_settled_is_applied_and_forgotten(self):
        applied = AppliedItems()
        applied.add((42, 7))
        applied.add((44, 7))
        applied.settle(43)
        self.assertIn((1, 1), applied)
        self.assertEqual(applied.above, {(44, 7)})

    def test_the_mark_never_goes_back(self):
        applied = AppliedItems()
        applied.settle(43)
        applied.settle(3)
        self.assertEqual(applied.settled, 43)

    def test_it_survives_being_stored(self):
        applied = AppliedItems()
        applied.settle(2 ** 40)
        applied.add((2 ** 40 + 1, 7))
        again = AppliedItems(applied.to_json())
        self.assertEqual((again.settled, again.above), (applied.settled, applied.above))
        self.assertEqual(AppliedItems("{}").settled, 0)
