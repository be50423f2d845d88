"""When is it enough? Every rule at its edge, with a fake clock."""

from __future__ import annotations

from collections import OrderedDict

import pytest

from asterisk_agent.firewall import policy
from asterisk_agent.firewall.policy import ANSWER_S, Policy, Thresholds, Verdict
from asterisk_agent.firewall.security_event import UNKNOWN, Evidence, SecurityFact
from asterisk_agent.firewall.source import Network
from asterisk_agent.firewall.window import Threshold, Window
from unit.firewall.facts import STRANGER, fact, net


class Guard:
    """A policy, its clock, and what it was told of."""

    def __init__(self) -> None:
        self.known: set[Network] = set()
        self.pressed = False
        self.now = 1000.0
        self.policy = Policy(Thresholds(), self.known.__contains__, lambda: self.pressed)

    def feed(self, *facts: SecurityFact, every_s: float = 0.005) -> list[Verdict]:
        """Take facts, one after the other; return the verdicts."""
        found = []
        for one in facts:
            self.now += every_s
            verdict = self.policy.weigh(one, self.now)
            found += [verdict] if verdict else []
        return found

    def later(self, seconds: float) -> list[Verdict]:
        """Let time pass."""
        self.now += seconds
        return self.policy.overdue(self.now)


@pytest.fixture
def guard() -> Guard:
    return Guard()


def wrong(address: str = STRANGER, account: str = "101") -> SecurityFact:
    return fact(Evidence.WRONG_PASSWORD, address, account=account)


def unknown(session: str, address: str = STRANGER, name: str = "9999") -> list[SecurityFact]:
    """Return what one try on an unknown account makes Asterisk say."""
    return [
        fact(Evidence.NAMED, address, account=name, session=session),
        fact(Evidence.CHALLENGED, address, account=UNKNOWN, session=session),
    ]


def test_the_fifth_wrong_password_within_a_minute_is_enough(guard: Guard) -> None:
    assert guard.feed(*[wrong()] * 4) == []
    (verdict,) = guard.feed(wrong())
    assert verdict == Verdict(net(STRANGER), "wrong password", ("101",), 5)


def test_slower_than_five_in_a_minute_is_not(guard: Guard) -> None:
    assert guard.feed(*[wrong()] * 19, every_s=16) == []


def test_the_patient_guesser_is_caught_within_a_day(guard: Guard) -> None:
    assert guard.feed(*[wrong()] * 29, every_s=1800) == []
    (verdict,) = guard.feed(wrong(), every_s=1800)
    assert verdict.tries == 30


def test_many_accounts_from_one_address_count_together(guard: Guard) -> None:
    tries = [wrong(account=str(100 + number)) for number in range(20)]
    assert guard.feed(*tries[:19], every_s=1) == []
    (verdict,) = guard.feed(tries[19])
    assert verdict.tries == 20
    assert verdict.accounts == ("100", "101", "102", "103", "104")


def test_an_office_of_ten_typos_behind_one_address_is_none(guard: Guard) -> None:
    for number in range(10):
        account = str(100 + number)
        good = fact(Evidence.SUCCESS, account=account, session=account)
        assert guard.feed(wrong(account=account), good) == []


def test_a_success_ends_what_was_counted(guard: Guard) -> None:
    assert guard.feed(*[wrong()] * 4, fact(Evidence.SUCCESS), *[wrong()] * 4) == []


def test_unknown_accounts_are_counted_once_each_and_named(guard: Guard) -> None:
    tries = [one for n in range(5) for one in unknown(f"call-{n}", name=f"99{n}")]
    assert guard.feed(*tries[:-1]) == []
    (verdict,) = guard.feed(tries[-1])
    assert verdict == Verdict(
        net(STRANGER), "unknown account", ("990", "991", "992", "993", "994"), 5, weak=True
    )


def test_the_same_over_tcp_is_no_weak_evidence(guard: Guard) -> None:
    tcp = [
        fact(Evidence.UNKNOWN_ACCOUNT, account=UNKNOWN, session=str(n), transport="TCP")
        for n in range(5)
    ]
    (verdict,) = guard.feed(*tcp)
    assert not verdict.weak


def test_a_challenge_is_how_every_phone_begins(guard: Guard) -> None:
    for number in range(100):
        session = str(number)
        begin = fact(Evidence.CHALLENGED, session=session)
        assert guard.feed(begin, fact(Evidence.SUCCESS, session=session)) == []
    assert guard.later(3600) == []


def test_where_auth_user_names_are_looked_at_a_cold_start_bans_nobody(guard: Guard) -> None:
    """Forty phones behind one address: each first request is of <unknown>, without its name."""
    begin = [fact(Evidence.CHALLENGED, account=UNKNOWN, session=str(n)) for n in range(40)]
    good = [fact(Evidence.SUCCESS, account=str(n), session=str(n)) for n in range(40)]
    assert guard.feed(*begin) == []
    assert guard.feed(*good) == []
    assert guard.later(ANSWER_S * 2) == []


def test_who_hides_the_name_is_counted_a_little_later(guard: Guard) -> None:
    """One `%ff` in the From hides InvalidAccountID; the challenge can't be hidden with it."""
    guard.feed(*[fact(Evidence.CHALLENGED, account=UNKNOWN, session=str(n)) for n in range(5)])
    assert guard.later(ANSWER_S / 2) == []
    (verdict,) = guard.later(ANSWER_S)
    assert verdict.reason == "unknown account"


def test_challenges_for_real_accounts_count_little(guard: Guard) -> None:
    looks = [fact(Evidence.CHALLENGED, session=str(n)) for n in range(20)]
    guard.feed(*looks[:19])
    assert guard.later(ANSWER_S) == []
    guard.feed(looks[19])
    (verdict,) = guard.later(ANSWER_S)
    assert verdict.reason == "unanswered challenges"


def test_a_known_source_has_many_tries_and_can_be_banned_all_the_same(guard: Guard) -> None:
    guard.known.add(net(STRANGER))
    # Its phones register all the while: that forgives nothing.
    pairs = [one for _ in range(19) for one in (wrong(), fact(Evidence.SUCCESS))]
    assert guard.feed(*pairs, every_s=1) == []
    (verdict,) = guard.feed(wrong())
    assert (verdict.tries, verdict.weak) == (20, False)


def test_nobody_can_frame_a_known_source_without_a_password(guard: Guard) -> None:
    """500 forged packets with a customer's address."""
    guard.known.add(net(STRANGER))
    forged = [one for n in range(250) for one in unknown(str(n))]
    looks = [fact(Evidence.CHALLENGED, session=f"x{n}") for n in range(250)]
    assert guard.feed(*forged, *looks) == []
    assert guard.later(60) == []


def test_in_a_flood_weak_evidence_counts_nothing(guard: Guard) -> None:
    guard.pressed = True
    assert guard.feed(*[one for n in range(50) for one in unknown(str(n))]) == []
    assert len(guard.feed(*[wrong()] * 5)) == 1
    guard.pressed = False
    assert len(guard.feed(*[one for n in range(5) for one in unknown(f"b{n}")])) == 1


def test_three_failed_logins_to_the_manager(guard: Guard) -> None:
    failed = fact(Evidence.AMI_FAILURE, service="AMI", transport="TCP", account="admin")
    (verdict,) = guard.feed(failed, failed, failed)
    assert (verdict.reason, verdict.accounts) == ("manager login", ("admin",))


def test_addresses_of_one_64_are_one_source(guard: Guard) -> None:
    tries = [wrong(f"2001:db8:0:7::{number:x}") for number in range(5)]
    (verdict,) = guard.feed(*tries)
    assert verdict.source == net("2001:db8:0:7::/64")


def test_what_was_judged_is_not_counted_again(guard: Guard) -> None:
    assert len(guard.feed(*[wrong()] * 9)) == 1
    guard.policy.forget(net(STRANGER))
    assert guard.feed(*[wrong()] * 4) == []
    assert len(guard.feed(wrong())) == 1


def test_a_flood_of_sources_costs_bounded_memory(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "MAX_OPEN", 500)
    for number in range(600):
        address = f"10.0.{number >> 8}.{number & 255}"
        guard.feed(fact(Evidence.CHALLENGED, address, session=address), wrong(address))
    sizes = [len(value) for value in vars(guard.policy).values() if isinstance(value, OrderedDict)]
    assert sizes == [500, 0, 500]


def test_a_window_keeps_the_keys_hit_last() -> None:
    window: Window[int] = Window(Threshold(3, 60), max_keys=2)
    for key in (1, 2, 1, 3):
        window.hit(key, 0)
    assert [window.count(key, 0) for key in (1, 2, 3)] == [2, 0, 1]
    assert len(window) == 2
    assert window.hit(1, 60.5) == 1
