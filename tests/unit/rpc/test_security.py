"""What Odoo may ask about bans, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from asterisk_agent.core.errors import BanRefusedError, RefusedError
from asterisk_agent.rpc.functions import Functions
from asterisk_agent.rpc.refusals import error_object
from asterisk_agent.rpc.security import MAX_ROWS, SecurityFunctions

ROWS = [{"address": "192.0.2.1", "address_type": "ip", "access_type": "allow"}, "wrong"]


class Guard:
    """A reactor that takes every row that is a dict."""

    def __init__(self) -> None:
        self.rules: Sequence[Any] = ()
        self.unbanned: list[str] = []
        self.banned_now: list[tuple[str, str, float | None]] = []

    def update_access_rules(self, rows: Sequence[Any]) -> Sequence[tuple[int, str]]:
        self.rules = [row for row in rows if isinstance(row, dict)]
        return [(n, "row") for n, row in enumerate(rows) if not isinstance(row, dict)]

    def banned(self) -> list[dict[str, Any]]:
        return [{"address": "192.0.2.1"}]

    def ban(self, address: str, reason: str, seconds: float | None) -> None:
        if address == "198.51.100.9":
            raise BanRefusedError("it is a trunk")
        self.banned_now.append((address, reason, seconds))

    def unban(self, addresses: Sequence[str]) -> None:
        self.unbanned += addresses


def call(guard: Guard | None, name: str, *args: Any, **kwargs: Any) -> Any:
    functions = Functions()
    SecurityFunctions(guard).add_to(functions)
    return functions.prepare(f"asterisk.{name}", args, kwargs, 5.0)()


def test_good_rows_apply_and_bad_ones_are_named() -> None:
    guard = Guard()
    assert call(guard, "update_access_rules", ROWS[:1]) is True
    assert call(guard, "update_access_rules", rules=[]) is True
    with pytest.raises(RefusedError) as caught:
        call(guard, "update_access_rules", ROWS)
    assert guard.rules == ROWS[:1]
    assert error_object(caught.value) == {
        "code": -32602,
        "message": "invalid params",
        "data": {"reason": "rows", "rows": [{"row": 1, "reason": "row"}]},
    }


def test_bans_are_listed_and_removed() -> None:
    guard = Guard()
    assert call(guard, "get_banned") == [{"address": "192.0.2.1"}]
    assert call(guard, "remove_banned_addresses", ["192.0.2.1", "2001:db8::/64"]) is True
    assert call(guard, "remove_banned_addresses", addresses=["10.0.0.1/8"]) is True
    assert guard.unbanned == ["192.0.2.1", "2001:db8::/64", "10.0.0.1/8"]


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "reason"),
    [
        ("update_access_rules", [], {}, "args"),
        ("update_access_rules", [[], []], {}, "args"),
        ("update_access_rules", [], {"rows": []}, "kwargs"),
        ("update_access_rules", ["x"], {}, "rows"),
        ("update_access_rules", [{}], {}, "rows"),
        ("update_access_rules", [[{}] * (MAX_ROWS + 1)], {}, "rows"),
        ("get_banned", [1], {}, "args"),
        ("get_banned", [], {"x": 1}, "kwargs"),
        ("remove_banned_addresses", ["192.0.2.1"], {}, "addresses"),
        ("remove_banned_addresses", [["localhost"]], {}, "addresses"),
        ("remove_banned_addresses", [["192.0.2.1; flush ruleset"]], {}, "addresses"),
        ("remove_banned_addresses", [["fe80::1%eth0"]], {}, "addresses"),
        ("remove_banned_addresses", [[3232235777]], {}, "addresses"),
        ("remove_banned_addresses", [[None]], {}, "addresses"),
    ],
)
def test_other_arguments_are_refused_before_anything_happens(
    name: str, args: list[Any], kwargs: dict[str, Any], reason: str
) -> None:
    guard = Guard()
    with pytest.raises(RefusedError) as caught:
        call(guard, name, *args, **kwargs)
    assert caught.value.reason == reason
    assert (guard.rules, guard.unbanned) == ((), [])


@pytest.mark.parametrize(
    ("name", "args"),
    [("update_access_rules", [[]]), ("get_banned", []), ("remove_banned_addresses", [[]])],
)
def test_while_security_is_off_all_three_are_refused(name: str, args: list[Any]) -> None:
    with pytest.raises(RefusedError, match="security is off"):
        call(None, name, *args)


def test_a_person_bans_an_address() -> None:
    guard = Guard()
    assert call(guard, "ban_address", "203.0.113.7", "by Alice", 3600) is True
    assert call(guard, "ban_address", "2001:db8::/48", "", 0) is True
    assert guard.banned_now == [("203.0.113.7", "by Alice", 3600), ("2001:db8::/48", "", None)]


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("localhost", "x", 0), "address"),
        ((7, "x", 0), "address"),
        (("192.0.2.1", "two\nlines", 0), "reason"),
        (("192.0.2.1", "x" * 201, 0), "reason"),
        (("192.0.2.1", "x", -1), "seconds"),
        (("192.0.2.1", "x", True), "seconds"),
        (("192.0.2.1", "x", 1e9), "seconds"),
        (("192.0.2.1", "x", 366 * 86_400), "seconds"),
        (("192.0.2.1",), "args"),
        (("198.51.100.9", "x", 0), "protected"),
    ],
)
def test_a_ban_that_can_not_be_is_refused(args: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        call(Guard(), "ban_address", *args)
    assert error_object(caught.value)["data"] == {"reason": reason}
