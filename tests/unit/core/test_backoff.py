"""Waiting grows, stays under its cap, and never falls to nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.core.backoff import Backoff


def test_it_doubles_up_to_the_cap() -> None:
    backoff = Backoff(first_s=1, cap_s=8, random=lambda: 1.0)
    assert [backoff.next_s() for _ in range(5)] == [1, 2, 4, 8, 8]


def test_jitter_takes_at_most_half() -> None:
    backoff = Backoff(first_s=1, cap_s=8, random=lambda: 0.0)
    assert [backoff.next_s() for _ in range(5)] == [0.5, 1, 2, 4, 4]


def test_reset_begins_anew() -> None:
    backoff = Backoff(first_s=1, cap_s=8, random=lambda: 1.0)
    backoff.next_s(), backoff.next_s()
    backoff.reset()
    assert backoff.next_s() == 1


@given(st.integers(0, 5000), st.floats(0, 1))
def test_it_never_leaves_its_bounds(attempts: int, jitter: float) -> None:
    backoff = Backoff(first_s=0.5, cap_s=30, random=lambda: jitter)
    backoff.attempts = attempts
    assert 0.25 <= backoff.next_s() <= 30


@pytest.mark.parametrize("wrong", [{"first_s": 0}, {"first_s": 9, "cap_s": 3}, {"factor": 0.5}])
def test_nonsense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="need"):
        Backoff(**wrong)
