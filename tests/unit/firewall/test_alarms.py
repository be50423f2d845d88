"""One account tried from many addresses; a login from a new network."""

from __future__ import annotations

from asterisk_agent.firewall.alarms import (
    ATTACK_FINDTIME_S,
    MAX_ACCOUNTS,
    MAX_ALARMS,
    MAX_NETWORKS,
    PAUSE_S,
    AccountWatch,
    LoginBook,
    near,
)
from unit.firewall.facts import net


def tries(watch: AccountWatch, account: str, count: int, now: float = 0.0) -> list[int]:
    """Fail from so many addresses; return how many sources each alarm named."""
    found = [watch.failed(account, net(f"192.0.2.{n}"), now) for n in range(count)]
    return [len(sources) for sources in found if sources]


def test_five_addresses_on_one_account_are_an_alarm_and_it_is_told_once() -> None:
    watch = AccountWatch()
    assert tries(watch, "101", 4) == []
    assert tries(watch, "102", 4) == []
    assert tries(watch, "101", 30) == [5]
    assert tries(watch, "101", 30, PAUSE_S + 1) == [5]


def test_one_address_is_no_alarm_however_often_it_tries() -> None:
    watch = AccountWatch()
    assert not any(watch.failed("101", net("192.0.2.1"), 0) for _ in range(1000))


def test_addresses_of_long_ago_do_not_count() -> None:
    watch = AccountWatch()
    assert tries(watch, "101", 4, 0) == []
    assert watch.failed("101", net("198.51.100.1"), ATTACK_FINDTIME_S + 1) == []


def test_alarms_and_memory_have_a_bound() -> None:
    watch = AccountWatch()
    told = [account for account in range(MAX_ACCOUNTS + 10) if tries(watch, str(account), 5)]
    assert told == list(range(MAX_ALARMS))
    assert len(watch._seen) == MAX_ACCOUNTS


def test_the_first_network_is_no_news_and_the_second_is() -> None:
    book = LoginBook([("102", net("198.51.100.0/24"))])
    first = book.came("101", net("192.0.2.1"))
    assert (first.network, first.is_new, first.is_first) == (net("192.0.2.0/24"), True, True)
    again = book.came("101", net("192.0.2.200"))
    assert (again.is_new, again.is_first) == (False, False)
    other = book.came("102", net("203.0.113.1"))
    assert (other.is_new, other.is_first) == (True, False)
    assert not book.came("102", net("198.51.100.3")).is_new


def test_what_one_account_may_fill_has_a_bound() -> None:
    book = LoginBook()
    for number in range(MAX_NETWORKS + 1):
        book.came("101", net(f"10.{number}.0.1"))
    assert book.came("101", net("10.0.0.1")).is_new
    assert not book.came("101", net(f"10.{MAX_NETWORKS}.0.1")).is_new


def test_neighbours_are_one_network() -> None:
    assert near(net("2001:db8:1:7::/64")) == net("2001:db8:1::/48")
    assert near(net("10.0.0.0/8")) == net("10.0.0.0/8")
