"""What Odoo shows of the security reactor and does to it: a real Asterisk, agent and kernel in a
network of their own, a real Odoo outside of it, two lines between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab.bridge import Bridge, inward, outward
from lab.cast import AGENT_LOGIN, Cast
from lab.desk import Desk
from lab.fort import Fort
from lab.net import HOST
from lab.office import ADMIN, Office
from lab.process import wait_until
from lab.rpc import OdooRpc
from lab.window import SLOW_MS
from playwright.sync_api import Browser, expect

from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.source import show

pytestmark = pytest.mark.lab

BAN, RULE, ALARM = (
    f"asterisk_plus.{name}" for name in ("access_ban", "access_list", "security_alarm")
)
MANY = 1000
WAIT_S = 60


class Watch:
    """The fort, joined to the office."""

    def __init__(self, fort: Fort, office: Office, people: Cast) -> None:
        self.fort, self.office, self.server = fort, office, people.server
        self.admin: OdooRpc = office.admin()
        self.to_odoo: Bridge = outward(fort.pbx, HOST, office.nginx.https_port)
        self.to_agent: Bridge = inward(fort.pbx, HOST, office.rpc_port)

    def close(self) -> None:
        self.to_odoo.cut()
        self.to_agent.cut()

    def start_agent(self) -> None:
        self.fort.start_agent(
            {
                "ASTERISK_SECURITY_ENABLED": "yes",
                "ODOO_URL": self.office.nginx.https_url,
                "ODOO_CA_FILE": str(self.office.tls.file),
                "ODOO_DB": self.office.database,
                "ODOO_USER": AGENT_LOGIN,
                "ODOO_PASSWORD": self.office.agent_password,
                "RPC_PORT": str(self.office.rpc_port),
            }
        )
        self.fort.wait_for_rules()

    def sets(self) -> dict[str, set[str]]:
        """Return what the kernel holds of the access list."""
        held = Nftables(self.fort.pbx.nft).collect()
        names = ("allow4", "allow6", "deny4", "deny6")
        return {name: {show(network) for network in held[name]} for name in names}

    def ban(self, address: str) -> dict[str, Any]:
        fields = ["state", "reason", "accounts", "tries", "packets", "time_left", "bans"]
        domain = [["server_id", "=", self.server], ["address", "=", address]]
        rows = self.admin.search_read(BAN, domain, fields)
        return rows[0] if rows else {}

    def await_ban(self, address: str, state: str) -> dict[str, Any]:
        wait_until(
            lambda: self.ban(address).get("state") == state, f"{address} {state} in Odoo", WAIT_S
        )
        return self.ban(address)

    def guess(self, address: str, exten: str = "101") -> None:
        with self.fort.client(address) as guesser:
            assert guesser.guess(exten, MANY) < MANY


@pytest.fixture(scope="module")
def watch(
    office: Office, people: Cast, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watch]:
    with Fort(tmp_path_factory.mktemp("fort"), 22) as fort:
        fort.asterisk.start()
        ready = Watch(fort, office, people)
        try:
            ready.start_agent()
            yield ready
        finally:
            ready.close()


def test_29_a_ban_is_seen_with_its_reason_and_ended_in_odoo(watch: Watch) -> None:
    watch.guess("10.66.1.1")
    found = watch.await_ban("10.66.1.1", "banned")
    assert (found["reason"], found["accounts"]) == ("wrong password", "101")
    assert found["tries"] >= 5
    with watch.fort.client("10.66.1.1") as guesser:
        assert guesser.knock("101") is None
        watch.admin.call(BAN, "action_unban", [found["id"]])
        assert guesser.register("101") == 401
    watch.await_ban("10.66.1.1", "over")

    def tries() -> int:
        # The agent writes counts down every five seconds.
        days = watch.admin.search_read("asterisk_plus.security_attempt", [], ["kind", "count"])
        return sum(row["count"] for row in days if row["kind"] == "password")

    wait_until(lambda: tries() >= 5, "the tries in Odoo", WAIT_S)


def test_29_nothing_is_lost_while_odoo_is_away(watch: Watch) -> None:
    watch.to_odoo.cut()
    try:
        watch.guess("10.66.1.2")
        watch.guess("10.66.1.3")
    finally:
        watch.to_odoo.mend()
    for address in ("10.66.1.2", "10.66.1.3"):
        watch.await_ban(address, "banned")


def test_29_ban_now_and_refresh_show_what_is_dropped(watch: Watch) -> None:
    wizard = watch.admin.create(
        "asterisk_plus.ban_now",
        {"server_id": watch.server, "address": "10.66.1.4", "hours": 1, "reason": "rude"},
    )
    watch.admin.call("asterisk_plus.ban_now", "action_ban", [wizard])
    with watch.fort.client("10.66.1.4") as caller:
        assert caller.knock("101") is None

    def is_dropped() -> bool:
        watch.admin.call(BAN, "action_open")
        return int(watch.ban("10.66.1.4").get("packets", 0)) >= 1

    wait_until(is_dropped, "what was dropped, in Odoo", WAIT_S)
    found = watch.ban("10.66.1.4")
    assert found["reason"].endswith("rude")
    watch.admin.call(BAN, "action_allow", [found["id"]])
    watch.await_ban("10.66.1.4", "over")
    with watch.fort.client("10.66.1.4") as caller:
        wait_until(lambda: caller.knock("101") == 401, "the allowed one is let in", WAIT_S)
    rules = watch.admin.search_read(RULE, [["address", "=", "10.66.1.4"]], ["access_type"])
    assert [rule["access_type"] for rule in rules] == ["allow"]
    watch.admin.call(RULE, "unlink", [rules[0]["id"]])
    wait_until(lambda: "10.66.1.4" not in watch.sets()["allow4"], "the end of the rule", WAIT_S)


def test_31_the_access_list_equals_the_kernels_sets_after_every_change_and_a_restart(
    watch: Watch,
) -> None:
    ours: dict[str, set[str]] = {name: set() for name in ("allow4", "allow6", "deny4", "deny6")}
    assert not watch.admin.search_read(RULE, [], ["id"])
    # What is allowed without a rule: trunks. Whoever made rules before has seen their end.
    base = watch.sets()

    def is_equal() -> bool:
        return watch.sets() == {name: base[name] | ours[name] for name in base}

    def check(what: str) -> None:
        wait_until(is_equal, f"the kernel's sets after {what}", WAIT_S)

    def make(address: str, access: str) -> int:
        values = {"server_id": watch.server, "address": address, "access_type": access}
        return watch.admin.create(RULE, values)

    rules = {}
    for address, access, name in (
        ("192.0.2.1", "allow", "allow4"),
        ("198.51.100.0/24", "deny", "deny4"),
        ("2001:db8:1::/48", "deny", "deny6"),
        ("2001:db8:2::1", "allow", "allow6"),
    ):
        rules[address] = make(address, access)
        ours[name].add(address)
        check(f"a rule for {address}")

    def is_applied() -> bool:
        # The agent's answer to Odoo comes after the kernel has the set.
        state = watch.admin.call("asterisk_plus.server", "read", [watch.server], ["access_state"])
        return bool(state[0]["access_state"] == "applied")

    wait_until(is_applied, "the agent's answer in Odoo", WAIT_S)
    watch.admin.write(RULE, rules["192.0.2.1"], {"access_type": "deny"})
    ours["allow4"].clear()
    ours["deny4"].add("192.0.2.1")
    check("a change")
    watch.start_agent()
    check("a restart of the agent")
    watch.to_agent.cut()
    watch.admin.call(RULE, "unlink", [rules["198.51.100.0/24"]])
    ours["deny4"].discard("198.51.100.0/24")
    watch.to_agent.mend()
    watch.start_agent()
    check("a change while the agent was away")
    watch.admin.call(RULE, "unlink", [rules[a] for a in rules if a != "198.51.100.0/24"])
    for name in ours:
        ours[name].clear()
    check("the end of all rules")


def test_one_account_under_attack_and_a_new_network_alarm_the_admins(watch: Watch) -> None:
    for number in range(5):
        with watch.fort.client(f"10.70.{number}.1") as guesser:
            assert guesser.register("102", "wrong") == 401
    password = watch.fort.asterisk.accounts["104"].password
    for address in ("10.71.0.1", "10.72.0.1"):
        with watch.fort.client(address) as phone:
            assert phone.register("104", password) == 200

    def alarms() -> dict[str, str]:
        fields = ["kind", "account", "addresses"]
        rows = watch.admin.search_read(ALARM, [["server_id", "=", watch.server]], fields)
        return {f"{row['kind']} {row['account']}": row["addresses"] for row in rows}

    wanted = {"account_attacked 102", "new_network 104"}
    wait_until(lambda: wanted <= set(alarms()), "both alarms", WAIT_S)
    assert alarms()["new_network 104"] == "10.72.0.1"

    def all_told() -> bool:
        return alarms()["account_attacked 102"].count("10.70.") == 5

    wait_until(all_told, "the five networks", WAIT_S)
    domain = [["res_model", "=", ALARM], ["user_id", "=", watch.admin.uid]]

    def is_todo() -> bool:
        rows = watch.admin.search_read("mail.activity", domain, ["summary"])
        return any("102 is under attack" in row["summary"] for row in rows)

    wait_until(is_todo, "the administrator's activity", WAIT_S)


def test_27_a_new_token_by_a_button(watch: Watch, office: Office) -> None:
    def answer(method: str) -> str:
        action = watch.admin.call("asterisk_plus.server", method, [watch.server])
        kind: str = action["params"]["type"]
        return kind

    before = office.agent_token()
    assert answer("action_test_ping") == "success"
    assert answer("action_rotate_token") == "success"
    wait_until(lambda: office.agent_token() != before, "the new token in Odoo", WAIT_S)
    assert answer("action_test_ping") == "success"


def test_the_pages_show_bans_rules_tries_and_alarms(
    watch: Watch, office: Office, browser: Browser
) -> None:
    watch.guess("10.66.2.1", "103")
    watch.await_ban("10.66.2.1", "banned")
    with browser.new_context() as context:
        desk = Desk(office, context.new_page(), ADMIN, office.admin_password)
        page = desk.page
        menu = watch.admin.xmlid("asterisk_plus.menu_root")
        for name, wanted in (
            ("action_open_bans", "10.66.2.1"),
            ("action_access_list", "Access List"),
            ("action_security_attempt", "Failed Tries"),
            ("action_security_alarm", "Account under attack"),
        ):
            action = watch.admin.xmlid(f"asterisk_plus.{name}")
            desk.go(f"action={action}&menu_id={menu}")
            expect(page.locator(".o_action_manager")).to_contain_text(wanted, timeout=SLOW_MS)
        desk.open(BAN, watch.ban("10.66.2.1")["id"])
        page.click("button[name=action_unban]")
        expect(page.locator(desk.web.state)).to_contain_text("Over", timeout=SLOW_MS)
        assert desk.errors == []
    watch.await_ban("10.66.2.1", "over")
