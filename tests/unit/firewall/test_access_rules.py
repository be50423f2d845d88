"""Rows as Odoo sends them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.firewall.access_rules import AccessRules, RowError, read_rows
from unit.firewall.facts import net

IP = {"address": "192.0.2.1", "address_type": "ip", "access_type": "allow", "comment": "Office"}
NET = {**IP, "address": "198.51.100.9", "netmask": "255.255.255.0", "address_type": "net"}


def test_good_rows_become_rules() -> None:
    rows = [IP, NET, {**NET, "netmask": 25, "access_type": "deny"}]
    rows += [{**IP, "address": "2001:db8::1", "netmask": False, "comment": False}]
    rows += [{**NET, "address": "2001:db8::/32", "netmask": None}]
    rules, errors = read_rows(rows)
    assert errors == []
    assert [(str(rule.network), rule.access) for rule in rules] == [
        ("192.0.2.1/32", "allow"),
        ("198.51.100.0/24", "allow"),
        ("198.51.100.0/25", "deny"),
        ("2001:db8::1/128", "allow"),
        ("2001:db8::/32", "allow"),
    ]
    assert AccessRules(rules).find(net("198.51.100.77"), "deny") == rules[2]
    assert AccessRules(rules).networks("allow")[0] == net("192.0.2.1")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("192.0.2.1", "row"),
        ({**IP, "access_type": "perhaps"}, "access_type"),
        ({**IP, "address_type": "name"}, "address_type"),
        ({**IP, "address": "localhost"}, "address"),
        ({**IP, "address": "192.0.2.1/8"}, "address"),
        ({**IP, "address": "192.0.2.1; flush ruleset"}, "address"),
        ({**IP, "address": 3232235777}, "address"),
        ({**IP, "address": None}, "address"),
        ({**IP, "comment": ["x"]}, "comment"),
        ({**NET, "netmask": "255.0.255.0"}, "netmask"),
        ({**NET, "netmask": "33"}, "netmask"),
        ({**NET, "netmask": ""}, "netmask"),
        ({**NET, "netmask": "0"}, "netmask"),
        ({**NET, "netmask": True}, "netmask"),
        ({**NET, "address": "::/0"}, "netmask"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_count(row: Any, reason: str) -> None:
    rules, errors = read_rows([IP, row, NET])
    assert errors == [RowError(1, reason)]
    assert len(rules) == 2


values = st.none() | st.booleans() | st.integers() | st.text(max_size=60)


@given(st.lists(st.dictionaries(st.sampled_from([*NET]), values | st.lists(values)) | values))
def test_no_row_breaks_it(rows: list[Any]) -> None:
    rules, errors = read_rows(rows)
    assert len(rules) + len(errors) == len(rows)
