"""The bench `lookup`: the contacts that it makes, and what it says of its figures."""

import pytest
from bench import many
from bench.lookup import growth, is_empty, is_name


def test_four_contacts_are_a_company_and_three_of_its_people():
    names = [many.name_of(many.FIRST + n) for n in range(4)]
    assert names == [
        "Company 100000",
        *(f"Person {100000 + n} (Company 100000)" for n in (1, 2, 3)),
    ]


def test_a_contact_calls_from_either_of_its_numbers():
    assert many.number_of(100_001) == "0480100001"
    assert many.number_of(100_002) == "+493020100002"


@pytest.mark.parametrize(
    ("status", "body", "good"),
    [
        (200, b"Person 5 (Company 4)", True),
        (200, b"Company 4", True),
        (200, b"", False),
        (200, b"Person 5 (Company 4)\n", False),
        (403, b"Company 4", False),
    ],
)
def test_only_a_name_is_an_answer(status, body, good):
    assert is_name(status, body) is good


def test_the_empty_controller_says_nothing():
    assert is_empty(200, b"")
    assert not is_empty(404, b"")


def test_growth_is_of_what_each_size_costs_beside_its_own_empty_controller():
    empty = "an empty controller, p99"
    before = {"ours": [2.0, 4.0, 2.0], empty: [1.0, 2.0, 1.0]}
    after = {"ours": [3.0, 5.0, 9.0], empty: [1.0, 2.0, 3.0]}
    assert growth(before, after) == [1.25, 1.5, 1.5]
