"""Who guesses passwords of a real Asterisk is shut out by the real agent, and nobody else is.

Asterisk and agent run in a network of their own: rules and attacks never touch the machine's.
There is neither Odoo nor RabbitMQ: the protection needs none of them.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.fort import Fort, PowerlessAgent
from lab.process import wait_until

from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.source import parse_network, show

pytestmark = pytest.mark.lab

ON = {"ASTERISK_SECURITY_ENABLED": "yes"}
#: So many tries end a test in which nobody is shut out.
MANY = 1000
WAIT_S = 60


@pytest.fixture(scope="module")
def fort(provisioned: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fort]:
    with Fort(tmp_path_factory.mktemp("fort"), 22) as ready:
        ready.asterisk.start()
        ready.start_agent(ON)
        ready.wait_for_rules()
        yield ready


def command(fort: Fort, *words: str) -> str:
    assert fort.agent is not None
    status, output = fort.agent.call("ban", *words)
    assert status == 0, output
    return output


def bans(fort: Fort) -> dict[str, str]:
    """Return address and comment of everybody who is shut out."""
    rows: list[dict[str, Any]] = json.loads(command(fort, "list", "--json").splitlines()[-1])
    return {row["address"]: row["comment"] for row in rows}


def shut_out(fort: Fort) -> set[str]:
    """Return everybody whom the kernel shuts out."""
    return {show(seen.network) for seen in Nftables(fort.pbx.nft).traffic()}


def await_ban(fort: Fort, address: str) -> None:
    wait_until(lambda: address in shut_out(fort), f"the ban of {address}", WAIT_S)


def password(fort: Fort, exten: str) -> str:
    return fort.asterisk.accounts[exten].password


def test_a_phone_with_one_typo_works(fort: Fort) -> None:
    with fort.client("10.66.0.1") as phone:
        assert phone.register("104", "a typo") == 401
        assert phone.register("104", password(fort, "104")) == 200


def test_who_guesses_is_banned_and_unbanned(fort: Fort) -> None:
    with fort.client("10.66.1.1") as guesser, fort.client("10.66.1.2") as neighbour:
        assert 5 <= guesser.guess("101", MANY) < MANY
        await_ban(fort, "10.66.1.1")
        assert "wrong password, 5 tries, accounts 101" in bans(fort)["10.66.1.1"]
        assert guesser.knock("101") is None
        assert neighbour.register("101") == 401
        explained = command(fort, "explain", "10.66.1.1")
        assert "wrong password" in explained
        assert "no longer banned" in command(fort, "remove", "10.66.1.1")
        assert guesser.register("101") == 401


def test_who_looks_for_accounts_is_banned_whatever_their_names(fort: Fort) -> None:
    evil = "%22%3b%20touch%20%2ftmp%2fp%3b%20%22"
    with fort.client("10.66.2.1") as scanner:
        for _ in range(2):
            assert scanner.register(evil) == 401
        assert scanner.scan(MANY) < MANY
    await_ban(fort, "10.66.2.1")
    comment = bans(fort)["10.66.2.1"]
    assert "unknown account" in comment
    assert '"; touch /tmp/p; "' in comment
    assert not Path("/tmp/p").exists()


def test_who_writes_another_address_into_his_name_is_banned_himself(fort: Fort) -> None:
    forged = "%0d%0aRemoteAddress%3a%20IPV4%2fUDP%2f10.66.3.99"
    with fort.client("10.66.3.1") as forger, fort.client("10.66.3.99") as victim:
        answers = [forger.knock(forged) for _ in range(30)]
        assert 401 in answers
        # The name is hidden by its own trick, so it takes the time of an answer longer.
        await_ban(fort, "10.66.3.1")
        assert "10.66.3.99" not in shut_out(fort)
        assert victim.register("101") == 401


def test_in_ipv6_the_whole_64_is_one_source(fort: Fort) -> None:
    hosts = 0
    while "fd66:0:0:1::/64" not in shut_out(fort):
        hosts += 1
        assert hosts < MANY
        with fort.client(f"fd66:0:0:1::{hosts:x}") as rotating:
            # Once each. The kernel may keep a refusal back, also that of the try that decides.
            rotating.knock("102", "x")
    assert hosts >= 5
    with fort.client("fd66:0:0:1::ffff") as next_one:
        assert next_one.knock("102") is None
    with fort.client("fd66:0:0:2::1") as other:
        assert other.register("102") == 401


def test_on_one_tcp_connection_silence_comes_too(fort: Fort) -> None:
    with fort.client("10.66.4.1", socket.SOCK_STREAM) as guesser:
        assert 5 <= guesser.guess("101", MANY) < MANY
    await_ban(fort, "10.66.4.1")


def test_a_customer_cannot_be_framed_by_forged_packets(fort: Fort) -> None:
    with fort.client("10.66.0.1") as phone:
        assert phone.register("104", password(fort, "104")) == 200
        # Any address can be written on a UDP packet: these are the phone's.
        with fort.client("10.66.0.1") as framer:
            for number in range(100):
                framer.send("101" if number % 2 else f"nobody{number}")
        for _ in range(10):
            assert phone.register("104", "a typo") == 401
        assert phone.register("104", password(fort, "104")) == 200
    assert "10.66.0.1" not in shut_out(fort)


def test_customers_register_while_a_stranger_floods(fort: Fort) -> None:
    with fort.client("10.66.0.1") as phone, fort.client("10.66.8.1") as flooder:
        assert phone.register("104", password(fort, "104")) == 200
        answers = set()
        for _ in range(10):
            for _ in range(500):
                flooder.send("101")
            answers.add(phone.register("104", password(fort, "104")))
        assert answers == {200}
        await_ban(fort, "10.66.8.1")
        for _ in range(1500):
            flooder.send("101")

    def dropped() -> int:
        rows = Nftables(fort.pbx.nft).traffic()
        return sum(row.packets for row in rows if row.network == parse_network("10.66.8.1"))

    wait_until(lambda: dropped() > 1000, "the kernel has dropped them", WAIT_S)


def test_a_ban_by_hand_ends_by_itself(fort: Fort) -> None:
    with fort.client("10.66.5.1") as caller:
        assert caller.register("101") == 401
        command(fort, "add", "10.66.5.1", "--seconds", "2")
        wait_until(lambda: caller.knock("101") == 401, "the end of the ban", WAIT_S)
    own = fort.agent
    assert own is not None
    status, output = own.call("ban", "add", "10.99.0.1")
    assert status == 65
    assert "it is this machine" in output


def test_killed_started_again_switched_off_and_disabled(fort: Fort) -> None:
    with fort.client("10.66.6.1") as guesser:
        guesser.guess("101", MANY)
        await_ban(fort, "10.66.6.1")
        agent = fort.start_agent(ON)
        assert "10.66.6.1" in shut_out(fort)
        assert guesser.knock("101") is None
        fort.pbx.nft(["flush", "ruleset"], "")
        fort.wait_for_rules()
        wait_until(lambda: guesser.knock("101") is None, "the ban again", WAIT_S)
        assert "off: no rule of ours" in command(fort, "off")
        assert fort.pbx.ruleset() == ""
        assert guesser.register("101") == 401
        assert "on\n" in command(fort, "on")
        assert guesser.knock("101") is None
    assert agent.log.read_text().count("Traceback") == 0
    fort.pbx.nft(["-f", "-"], "table ip host {\n}\n")
    fort.start_agent({})
    wait_until(lambda: fort.pbx.ruleset() == "table ip host {\n}\n", "our table's end", WAIT_S)


def test_observing_only_says_whom_it_would_ban(fort: Fort) -> None:
    before = fort.pbx.ruleset()
    agent = fort.start_agent(ON | {"SECURITY_OBSERVE_ONLY": "yes"})
    with fort.client("10.66.7.1") as guesser:
        assert guesser.guess("101", 12) == 12
        wanted = "would shut out 10.66.7.1"
        wait_until(lambda: wanted in agent.log.read_text(), wanted, WAIT_S)
        assert guesser.register("101") == 401
    assert fort.pbx.ruleset() == before


def test_switched_off_or_without_rights_the_rules_of_the_host_are_the_same(fort: Fort) -> None:
    host = "table ip host {\n\tchain input {\n\t\ttcp dport 22 accept\n\t}\n}\n"
    fort.start_agent({})
    wait_until(lambda: "asterisk_agent" not in fort.pbx.ruleset(), "our table's end", WAIT_S)
    assert fort.pbx.nft(["-f", "-"], host)[0] == 0
    before = fort.pbx.ruleset()
    assert "dport 22" in before
    fort.start_agent({})
    assert fort.pbx.ruleset() == before
    agent = fort.start_agent(ON, kind=PowerlessAgent)
    assert "firewall.unavailable" in agent.log.read_text()
    with fort.client("10.66.9.1") as guesser:
        assert guesser.guess("101", 12) == 12
        wanted = "would have banned 10.66.9.1"
        wait_until(lambda: wanted in agent.log.read_text(), wanted, WAIT_S)
        assert guesser.register("101") == 401
    assert agent.log.read_text().count("firewall.unavailable") == 1
    assert fort.pbx.ruleset() == before
