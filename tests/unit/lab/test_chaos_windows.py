"""Spans of time: joined, widened, and what lies in them."""

from lab.chaos.windows import Windows


def test_what_nobody_saw_is_what_is_left_between() -> None:
    seen = [(5.0, 10.0), (12.0, 20.0), (1.0, 2.0)]
    assert Windows.between(seen, 0, 25).spans == ((0, 1), (2, 5), (10, 12), (20, 25))


def test_what_was_seen_before_the_beginning_does_not_count() -> None:
    assert Windows.between([(0, 5), (6, 100)], 5.5, 50).spans == ((5.5, 6),)
    assert Windows.between([], 1, 2).spans == ((1, 2),)
    assert Windows.between([(0, 9)], 1, 2).spans == ()


def test_a_short_gap_is_none() -> None:
    assert Windows.of([(0, 1), (1.5, 3)], gap_s=1).spans == ((0, 3),)
    assert Windows.of([(0, 1), (1.5, 3)]).spans == ((0, 1), (1.5, 3))


def test_widened_windows_join() -> None:
    assert Windows(((10, 11), (14, 15))).widened(1, 1, 1).spans == ((9, 16),)


def test_moments_and_spans() -> None:
    windows = Windows(((10, 20), (30, 40)))
    assert windows.at(15) == (10, 20)
    assert windows.at(25) is None
    assert windows.cover(11, 19)
    assert not windows.cover(19, 31)
    assert windows.touch(19, 25)
    assert not windows.touch(21, 29)
    assert windows.total_s() == 20
