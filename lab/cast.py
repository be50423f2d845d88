"""The people of the scenarios in Odoo: Alice, Bob, ACME and Jane, the server and its agent's
account.

Carol (103) is a phone without an Odoo user: there is nothing of her here.
"""

from dataclasses import dataclass
from typing import Any

from lab.component import random_secret
from lab.rpc import OdooRpc

AGENT_LOGIN = "asterisk1"
COUNTRY = "base.be"
JANE_PHONE = "0470 00 00 01"
JANE_NUMBER = "+32470000001"
JIM_NUMBER = "+32470000003"
TAGS = ("VIP", "B2B")
AUTO_ANSWER = "Alert-Info: ;info=alert-autoanswer"


@dataclass(frozen=True)
class Person:
    """A user of Odoo with a phone."""

    name: str
    login: str
    exten: str
    outbound: str


ALICE = Person("Alice", "alice", "101", "3225550101")
BOB = Person("Bob", "bob", "102", "3225550102")


@dataclass(frozen=True)
class Cast:
    """Database ids of the cast, and the one random password of Alice and Bob."""

    server: int
    alice: int
    bob: int
    alice_pbx: int
    bob_pbx: int
    acme: int
    jane: int
    password: str
    agent_password: str


def create(admin: OdooRpc, agent_url: str, agent_ca: str) -> Cast:
    """Make the cast as Odoo's administrator. `agent_ca` is a PEM text."""
    country = admin.xmlid(COUNTRY)
    admin.write("res.company", 1, {"country_id": country})
    server, agent_password = _server(admin, country, agent_url, agent_ca)
    password = random_secret()
    alice, alice_pbx = _user(admin, ALICE, server, password)
    bob, bob_pbx = _user(admin, BOB, server, password)
    acme, jane = _partners(admin, country, alice)
    return Cast(server, alice, bob, alice_pbx, bob_pbx, acme, jane, password, agent_password)


def _server(admin: OdooRpc, country: int, url: str, ca: str) -> tuple[int, str]:
    """Set up the server that the addon's installation made; return its id and the password made
    for its agent.
    """
    found = admin.search_read("asterisk_plus.server", [], ["id"], order="id", limit=1)[0]
    server: int = found["id"]
    values = {"country_id": country, "agent_url": url, "agent_ca": ca}
    admin.write("asterisk_plus.server", server, values)
    password: str = admin.call("asterisk_plus.server", "new_agent_password", server)
    return server, password


def _user(admin: OdooRpc, person: Person, server: int, password: str) -> tuple[int, int]:
    """Make an Odoo user, who is a PBX user with one phone. Return both ids."""
    groups = [admin.xmlid("base.group_user"), admin.xmlid("asterisk_plus.group_user")]
    values: dict[str, Any] = {
        "name": person.name,
        "login": person.login,
        "email": f"{person.login}@example.com",
        "password": password,
        admin.groups: [(6, 0, groups)],
    }
    user: int = admin.call("res.users", "create", values, context={"no_reset_password": True})
    phone = {"name": f"PJSIP/{person.exten}", "auto_answer_header": AUTO_ANSWER}
    pbx = {"name": person.name, "user_id": user, "exten": person.exten, "server_id": server}
    pbx["callerid_num"] = person.outbound
    pbx_user = admin.create("asterisk_plus.user", pbx | {"channel_ids": [(0, 0, phone)]})
    return user, pbx_user


def _partners(admin: OdooRpc, country: int, salesperson: int) -> tuple[int, int]:
    """Make ACME and its contact Jane, the salesperson's, with their tags; and Jim, the
    salesperson's without tags. Return the ids of ACME and Jane.
    """
    tags = [admin.create("res.partner.category", {"name": name}) for name in TAGS]
    common = {"country_id": country, "user_id": salesperson, "category_id": [(6, 0, tags)]}
    acme = admin.create("res.partner", common | {"name": "ACME", "is_company": True})
    jim = {"name": "Jim", "phone": JIM_NUMBER, "country_id": country, "user_id": salesperson}
    admin.create("res.partner", jim)
    jane = {"name": "Jane", "parent_id": acme, "phone": JANE_PHONE}
    return acme, admin.create("res.partner", common | jane)
