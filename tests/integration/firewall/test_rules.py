"""Our rules and sets in a real kernel: committed, read back, and nobody else's touched."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from lab.netns import Namespace

from asterisk_agent.core.errors import FirewallTableGoneError, FirewallUnavailableError
from asterisk_agent.firewall.kernel_sets import Change, difference
from asterisk_agent.firewall.nftables import Nftables
from integration.firewall.world import (
    FULL,
    NEEDS,
    RULES,
    sets,
)
from unit.firewall.facts import net

pytestmark = NEEDS

SOURCE = Path(__file__).resolve().parents[3] / "src"


def test_what_is_committed_is_read_back_and_then_nothing_is_left_to_do(
    backend: Nftables,
) -> None:
    backend.install(RULES)
    assert difference({}, backend.collect()) == []
    backend.commit(difference(FULL, backend.collect()))
    assert difference(FULL, backend.collect()) == []
    fewer = {name: dict(list(found.items())[1:]) for name, found in FULL.items()}
    changes = difference(fewer, backend.collect())
    assert {change.name for change in changes} == set(FULL)
    backend.commit(changes)
    assert difference(fewer, backend.collect()) == []


def test_the_difference_touches_only_what_differs(backend: Nftables) -> None:
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    longer = FULL | sets(ban4=[("10.66.0.1", 3600.0), ("10.66.0.2", 86_400.0)])
    assert difference(longer, backend.collect()) == [
        Change("ban4", renew={net("10.66.0.1"): 3600.0})
    ]
    backend.commit(difference(longer, backend.collect()))
    assert difference(longer, backend.collect()) == []


def test_rules_applied_three_times_are_the_same_and_keep_the_sets(
    pbx: Namespace, backend: Nftables
) -> None:
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    once = pbx.run("nft", "-s", "list", "table", "inet", "asterisk_agent").stdout
    backend.install(RULES)
    backend.install(RULES)
    thrice = pbx.run("nft", "-s", "list", "table", "inet", "asterisk_agent").stdout
    assert [line for line in once.splitlines() if "expires" not in line] == [
        line for line in thrice.splitlines() if "expires" not in line
    ]
    assert difference(FULL, backend.collect()) == []


def test_nothing_outside_our_table_is_touched_and_off_leaves_nothing(
    pbx: Namespace, backend: Nftables
) -> None:
    hosts = (
        "table ip host {\n set s {\n type ipv4_addr\n elements = { 10.0.0.9 }\n }\n"
        " chain c {\n type filter hook input priority 0\n ip saddr @s drop\n }\n}\n"
        "table inet asterisk_agent_of_mine {\n chain c {\n }\n}\n"
    )
    assert pbx.nft(["-f", "-"], hosts) == (0, "", "")
    before = pbx.ruleset()
    assert "10.0.0.9" in before
    backend.remove()
    assert pbx.ruleset() == before
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    assert pbx.ruleset().startswith(before)
    backend.remove()
    assert pbx.ruleset() == before
    assert not backend.exists()


def test_a_table_of_another_version_makes_room(pbx: Namespace, backend: Nftables) -> None:
    pbx.nft(["-f", "-"], "table inet asterisk_agent { set ban4 { type inet_service; } }")
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    assert difference(FULL, backend.collect()) == []


def test_without_the_right_it_says_so(pbx: Namespace) -> None:
    def weak(args: Sequence[str], text: str) -> tuple[int, str, str]:
        command = ("capsh", "--drop=cap_net_admin", "--", "-c", 'nft "$@"', "nft")
        done = pbx.run(*command, *args, text=text)
        return done.returncode, done.stdout, done.stderr

    backend = Nftables(weak)
    for step in (lambda: backend.install(RULES), backend.remove, backend.exists, backend.counters):
        with pytest.raises(FirewallUnavailableError, match="CAP_NET_ADMIN"):
            step()
    assert pbx.ruleset() == ""


def test_only_that_one_right_is_needed(pbx: Namespace) -> None:
    def plain_user(args: Sequence[str], text: str) -> tuple[int, str, str]:
        user = ("setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all,+net_admin")
        caps = ("--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin")
        # nft opens its standard input by name: the pipe must be that user's own.
        done = pbx.run(*user, *caps, "sh", "-c", 'cat | nft "$@"', "nft", *args, text=text)
        return done.returncode, done.stdout, done.stderr

    backend = Nftables(plain_user)
    backend.install(RULES)
    backend.commit(difference(FULL, backend.collect()))
    assert difference(FULL, backend.collect()) == []


def test_a_table_that_is_gone_is_told_apart(backend: Nftables) -> None:
    for step in (backend.collect, backend.counters, backend.traffic):
        with pytest.raises(FirewallTableGoneError):
            step()


def test_ten_thousand_bans_are_read_back(backend: Nftables) -> None:
    backend.install(RULES)
    many = {net(f"10.{n >> 8}.{n & 255}.1"): 600.0 for n in range(10_000)}
    backend.commit(difference({"ban4": many}, backend.collect()))
    assert difference({"ban4": many}, backend.collect()) == []
    assert len(json.dumps([str(seen.network) for seen in backend.traffic()])) > 100_000


def test_the_library_does_what_the_program_does(pbx: Namespace, backend: Nftables) -> None:
    """In the agent single bans take this way; elsewhere it is only tried, and the program works."""
    backend.install(RULES)
    code = (
        "from asterisk_agent.firewall import libnftables, nft_text\n"
        "from asterisk_agent.firewall.kernel_sets import Change\n"
        "from asterisk_agent.firewall.source import parse_network as net\n"
        "quick = libnftables.load()\n"
        "ban4 = Change('ban4', add={net('10.66.0.1'): 600.0, net('10.66.0.2'): 60.0})\n"
        "ban6 = Change('ban6', add={net('fd66::/64'): 600.0})\n"
        'print(quick(nft_text.commands([ban4, ban6])), quick("add x\\n"))\n'
    )
    done = pbx.run("env", f"PYTHONPATH={SOURCE}", sys.executable, "-c", code)
    assert (done.stdout, done.stderr) == ("True False\n", "")
    wanted = sets(ban4=[("10.66.0.1", 600.0), ("10.66.0.2", 60.0)], ban6=[("fd66::/64", 600.0)])
    assert difference(wanted, backend.collect()) == []


def test_what_the_library_can_not_do_the_program_does(pbx: Namespace) -> None:
    asked: list[str] = []
    backend = Nftables(pbx.nft, quick=lambda text: bool(asked.append(text)))
    backend.install(RULES)
    backend.commit([Change("ban4", add={net("10.66.0.1"): 60.0})])
    backend.commit([Change("ban4", delete=(net("10.66.0.1"),))])
    many = {net(f"10.1.{n}.1"): 60.0 for n in range(200)}
    backend.commit([Change("ban4", add=many)])
    assert len(asked) == 1
    assert difference({"ban4": many}, backend.collect()) == []
