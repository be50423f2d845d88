"""The bench `latency`: what it says of a call's way, and which messages are a pop-up."""

import pytest
from bench.latency import in_words, split
from bench.moments import Moments, Way


def test_a_calls_way_has_parts_that_sum_up():
    parts = split(100.0, Way(broker=100.1, began=100.3, row=100.6, popup=101.0))
    row, popup = parts.pop("row"), parts.pop("pop-up")
    assert row == pytest.approx(0.6)
    assert popup == pytest.approx(sum(parts.values())) == pytest.approx(1.0)


def test_a_call_that_was_over_too_soon_has_no_pop_up():
    way = split(0.0, Way(broker=0.1, began=0.2, row=0.3, popup=None))
    assert "pop-up" not in way
    assert "; 1 were over before Odoo heard of them" in in_words(50, [way])


def test_a_rates_figures_are_told_in_milliseconds():
    calls = [split(0.0, Way(0.001, 0.002, n / 1000, n / 1000)) for n in range(1, 101)]
    assert "10 calls a second, p50 / p99 in ms of 100: row 51 / 100, reader" in in_words(10, calls)


def test_of_messages_only_a_calls_first_pop_up_counts():
    moments = Moments(None)
    popup = {"type": "asterisk_plus.popup", "call": 7}
    moments.see([{"message": {"type": "other"}}, {"message": "text"}, {"message": popup}])
    first = moments.at_browser[7]
    moments.see([{"message": popup}])
    assert moments.at_browser == {7: first}
