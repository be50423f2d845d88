"""How long, how often, how wide."""

from __future__ import annotations

from asterisk_agent.firewall.banlist import BanList
from asterisk_agent.firewall.offences import BanTimes, Offences
from unit.firewall.facts import net

NOW = 1_795_393_664.0
DAY = 86_400.0


def banlist(times: BanTimes | None = None) -> BanList:
    times = times or BanTimes()
    return BanList(times, Offences(times.memory_s))


def test_each_ban_of_a_repeater_is_six_times_longer_up_to_a_week() -> None:
    bans, now, lengths = banlist(), NOW, []
    for _ in range(6):
        ban = bans.add(net("192.0.2.1"), "wrong password", now)
        lengths.append(ban.until - ban.since)
        now = ban.until
        assert bans.expire(now) == [ban]
    assert lengths == [600, 3600, 21_600, 129_600, 604_800, 604_800]


def test_after_thirty_quiet_days_it_is_forgotten() -> None:
    bans = banlist()
    bans.add(net("192.0.2.1"), "x", NOW)
    bans.expire(NOW + DAY)
    assert bans.add(net("192.0.2.1"), "x", NOW + 31 * DAY).count == 1


def test_weak_evidence_never_bans_for_long_nor_often() -> None:
    bans = banlist(BanTimes(weak_per_minute=3))
    first = [bans.add(net(f"192.0.2.{n}"), "x", NOW, weak=True) for n in range(3)]
    assert not bans.may_add(NOW + 59, weak=True)
    assert bans.may_add(NOW + 59, weak=False)
    assert bans.may_add(NOW + 60, weak=True)
    bans.expire(NOW + 600)
    again = bans.add(first[0].network, "x", NOW + 600, weak=True)
    assert (again.until - again.since, again.count) == (600, 2)


def test_five_banned_sources_ban_their_subnet_weak_ones_do_not() -> None:
    bans = banlist()
    for number in range(5):
        assert bans.subnet(net(f"192.0.2.{number}"), NOW) is None
        bans.add(net(f"192.0.2.{number}"), "x", NOW)
    assert bans.subnet(net("192.0.2.4"), NOW) == net("192.0.2.0/24")
    assert bans.subnet(net("192.0.2.4"), NOW + 2 * DAY) is None
    bans.add(net("192.0.2.0/24"), "many", NOW)
    assert bans.subnet(net("192.0.2.4"), NOW) is None
    for number in range(5):
        bans.add(net(f"2001:db8:0:{number}::/64"), "x", NOW, weak=number == 0)
    assert bans.subnet(net("2001:db8::/64"), NOW) is None
    bans.add(net("2001:db8:0:5::/64"), "x", NOW)
    assert bans.subnet(net("2001:db8::/64"), NOW) == net("2001:db8::/48")


def test_an_unban_reaches_what_covers_and_what_lies_within_and_forgives() -> None:
    bans = banlist()
    for text in ("192.0.2.1", "192.0.2.0/24", "198.51.100.1"):
        bans.add(net(text), "x", NOW)
    gone = {str(ban.network) for ban in bans.remove(net("192.0.2.1"))}
    assert gone == {"192.0.2.1/32", "192.0.2.0/24"}
    assert bans.add(net("192.0.2.1"), "x", NOW).count == 1
    assert [str(b.network) for b in bans.remove(net("198.51.0.0/16"))] == ["198.51.100.1/32"]


def test_a_wide_ban_is_found_for_those_in_it() -> None:
    bans = banlist()
    ban = bans.add(net("192.0.2.0/24"), "x", NOW, bantime_s=10)
    assert bans.find(net("192.0.2.77")) == ban
    assert bans.find(net("192.0.3.1")) is None
    assert bans.expire(NOW + 9) == []
    assert bans.expire(NOW + 10) == [ban]
    assert len(bans) == 0
