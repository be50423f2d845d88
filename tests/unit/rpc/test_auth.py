"""Who may ask."""

from __future__ import annotations

import ipaddress

import pytest

from asterisk_agent.core.errors import RefusedError
from asterisk_agent.rpc import auth
from asterisk_agent.rpc.auth import Failures, Gatekeeper, Token
from asterisk_agent.rpc.refusals import FORBIDDEN, TOO_MANY_FAILURES, UNAUTHORIZED
from fakes.clock import FakeClock


def nets(*texts: str) -> tuple[auth.Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def addr(text: str) -> auth.Address:
    return ipaddress.ip_address(text)


def keeper(
    clock: FakeClock | None = None,
    *,
    allowed: tuple[auth.Network, ...] = (),
    token: Token | None = None,
) -> Gatekeeper:
    failures = Failures(clock or FakeClock(), maxretry=3, findtime_s=60)
    proxies = nets("127.0.0.1", "::1", "10.0.0.0/8")
    return Gatekeeper(token or Token(), failures, allowed=allowed, proxies=proxies)


class TestToken:
    def test_each_start_has_its_own_and_it_is_long(self) -> None:
        assert Token().value != Token().value
        assert len(Token().value) >= 43
        token = Token()
        assert token.value not in repr(token)

    def test_right(self) -> None:
        token = Token()
        assert token.matches(f"Bearer {token.value}")
        assert token.matches(f"bearer  {token.value} ")

    @pytest.mark.parametrize(
        "shown", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer x{}", "Bearer {}x", "Bearer é"]
    )
    def test_wrong(self, shown: str) -> None:
        token = Token()
        assert not token.matches(shown.format(token.value))

    def test_after_a_rotation_the_old_one_is_wrong(self) -> None:
        token = Token()
        old = token.value
        token.rotate()
        assert not token.matches(f"Bearer {old}")
        assert token.matches(f"Bearer {token.value}")


class TestSource:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "source"),
        [
            ("192.0.2.1", "", "192.0.2.1"),
            ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
            ("127.0.0.1", "", "127.0.0.1"),
            ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
            ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
            ("::1", "2001:db8::5", "2001:db8::5"),
            ("127.0.0.1", "[2001:db8::5]", "2001:db8::5"),
            ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ],
    )
    def test_source(self, peer: str, forwarded: str, source: str) -> None:
        assert keeper().source(peer, forwarded) == addr(source)

    @pytest.mark.parametrize(
        "forwarded", ["nonsense", "1.2.3.4, ", ",", "localhost", "1.2.3.4;", "\x00"]
    )
    def test_what_a_proxy_does_not_write_is_refused(self, forwarded: str) -> None:
        with pytest.raises(RefusedError) as caught:
            keeper().source("127.0.0.1", forwarded)
        assert caught.value.refusal is FORBIDDEN

    def test_a_long_header_is_read_from_its_right_end_only(self) -> None:
        forwarded = ", ".join(["1.1.1.1"] * 100_000 + ["203.0.113.9"])
        assert keeper().source("127.0.0.1", forwarded) == addr("203.0.113.9")


class TestAddress:
    def test_without_odoo_ip_everybody_is_admitted(self) -> None:
        keeper().admit_address(addr("203.0.113.9"))

    def test_with_it_only_those(self) -> None:
        gate = keeper(allowed=nets("192.0.2.0/24", "2001:db8::/32"))
        gate.admit_address(addr("192.0.2.77"))
        gate.admit_address(addr("2001:db8::1"))
        with pytest.raises(RefusedError) as caught:
            gate.admit_address(addr("203.0.113.9"))
        assert caught.value.refusal is FORBIDDEN


class TestFailures:
    def refusal(self, gate: Gatekeeper, address: str, shown: str = "") -> object:
        try:
            gate.admit_token(addr(address), shown)
        except RefusedError as exc:
            return exc.refusal
        return None

    def test_too_many_failures_and_their_end(self) -> None:
        clock = FakeClock()
        gate = keeper(clock)
        assert [self.refusal(gate, "192.0.2.1") for _ in range(3)] == [UNAUTHORIZED] * 3
        assert self.refusal(gate, "192.0.2.1") is TOO_MANY_FAILURES
        assert self.refusal(gate, "192.0.2.2") is UNAUTHORIZED
        clock.now += 61
        assert self.refusal(gate, "192.0.2.1") is UNAUTHORIZED

    def test_the_right_token_is_admitted_all_the_same_and_clears(self) -> None:
        token = Token()
        gate = keeper(token=token)
        for _ in range(5):
            self.refusal(gate, "192.0.2.1")
        assert self.refusal(gate, "192.0.2.1", f"Bearer {token.value}") is None
        assert self.refusal(gate, "192.0.2.1") is UNAUTHORIZED

    def test_an_ipv6_network_is_one_source(self) -> None:
        gate = keeper()
        for last in range(3):
            self.refusal(gate, f"2001:db8::{last}")
        assert self.refusal(gate, "2001:db8::ffff") is TOO_MANY_FAILURES
        assert self.refusal(gate, "2001:db8:0:1::1") is UNAUTHORIZED

    def test_the_table_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(auth, "MAX_ADDRESSES", 8)
        failures = Failures(FakeClock())
        for last in range(100):
            failures.add(addr(f"192.0.2.{last}"))
        assert len(failures) == 8
