"""SCENARIO 24: two Asterisk servers, two agents, one RabbitMQ and one Odoo, the same extensions:
nothing crosses.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from lab.agent import Agent
from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.book import Book
from lab.cast import AGENT_LOGIN, ALICE, Cast, Person
from lab.component import random_secret
from lab.office import Office
from lab.process import wait_until
from lab.rpc import OdooRpc
from lab.stack import Lab
from lab.stage import Stage

pytestmark = pytest.mark.lab
ANNA = Person("Anna", "anna", "101", "3225550601")
NUMBER = "+32470000001"
# As another Nameko service would: by the name of an agent.
ASK = """
import warnings; warnings.simplefilter("ignore")
import eventlet; eventlet.monkey_patch()
import json, sys
from nameko.standalone.rpc import ClusterRpcProxy
uri, *names = sys.argv[1:]
with ClusterRpcProxy({"AMQP_URI": uri}, timeout=60) as cluster:
    print(json.dumps([
        cluster["asterisk." + name].manager_action({"Action": "CoreSettings"})[0]["AsteriskVersion"]
        for name in names
    ]))
"""


@dataclass
class Branch:
    """One Asterisk with its agent, its server in Odoo, and somebody with extension 101."""

    stage: Stage
    asterisk: Asterisk
    agent: Agent
    server: int
    login: str
    person: OdooRpc

    @property
    def channels(self) -> list[str]:
        """Return the channels that this Asterisk had since the beginning."""
        return [event["Channel"] for event in self.stage.ami.events("Newchannel")]


@pytest.fixture(scope="module")
def branches(lab: Lab, office: Office, people: Cast) -> Iterator[tuple[Branch, Branch]]:
    """Alice's server with Asterisk 16, Anna's with 22; the second one is archived at the end."""
    admin = office.admin()
    first = office.asterisk(16)
    second = office.asterisk(22)
    agents = [office.agent(first)]
    server, login, password = _second_server(admin, agents[0].take_port())
    settings = office.settings(second) | {"ODOO_USER": login, "ODOO_PASSWORD": password["agent"]}
    agents.append(lab.start(Agent(office.folder("agent"), settings, server[1])))
    alice = office.rpc(ALICE.login, people.password)
    anna = office.rpc(ANNA.login, password["anna"])
    with AmiSession.ear(first) as one, AmiSession.ear(second) as other:
        pair = (
            Branch(Stage(lab, first, one), first, agents[0], people.server, AGENT_LOGIN, alice),
            Branch(Stage(lab, second, other), second, agents[1], server[0], login, anna),
        )
        yield pair
        for branch in pair:
            branch.stage.clear()
            branch.stage.wait_idle()
    for component in (*agents, first, second):
        lab.drop(component)
    admin.write("asterisk_plus.server", server[0], {"active": False})


def _second_server(admin: OdooRpc, port: int) -> tuple[tuple[int, int], str, dict[str, str]]:
    """Make Anna's server in Odoo; return its id and port, its agent's login, and passwords."""
    values = {"name": "Branch", "agent_url": f"http://127.0.0.1:{port}/rpc/"}
    server = admin.create("asterisk_plus.server", values)
    agent = admin.call("asterisk_plus.server", "new_agent_password", server)
    [row] = admin.search_read("asterisk_plus.server", [["id", "=", server]], ["user_id"])
    [account] = admin.search_read(
        "res.users", [["id", "=", row["user_id"][0]], ["active", "in", [True, False]]], ["login"]
    )
    password = random_secret()
    groups = [admin.xmlid("base.group_user"), admin.xmlid("asterisk_plus.group_user")]
    person = {"name": ANNA.name, "login": ANNA.login, "password": password}
    person[admin.groups] = [(6, 0, groups)]
    user = admin.call("res.users", "create", person, context={"no_reset_password": True})
    pbx = {"name": ANNA.name, "user_id": user, "exten": ANNA.exten, "server_id": server}
    phone = {"name": f"PJSIP/{ANNA.exten}"}
    admin.create("asterisk_plus.user", pbx | {"channel_ids": [(0, 0, phone)]})
    return (server, port), account["login"], {"agent": agent, "anna": password}


def _ended(book: Book, before: int, number: int) -> list[tuple[int, str, str, str]]:
    """Wait until so many calls have ended; return server, direction, status and user of each."""
    wait_until(
        lambda: len(book.calls(before)) == number and book.active() == (0, 0),
        f"{number} calls in Odoo, nothing active",
        60,
    )
    ids = [call["id"] for call in book.calls(before)]
    fields = ["server_id", "direction", "status", "answered_user_id", "calling_user_id"]
    rows = book.odoo.call("asterisk_plus.call", "read", ids, fields)
    users = [row["answered_user_id"] or row["calling_user_id"] for row in rows]
    return sorted(
        (row["server_id"][0], row["direction"], row["status"], user[1])
        for row, user in zip(rows, users, strict=True)
    )


def test_24_calls_at_the_same_time_go_to_their_own_server(
    branches: tuple[Branch, Branch], office: Office
) -> None:
    book = Book(office.admin())
    before = book.last_id()
    for branch in branches:
        branch.stage.phone("101", ring_s=1)
    calls = [branch.stage.inbound("101", talk_s=1) for branch in branches]
    for call in calls:
        call.finish()
    assert _ended(book, before, 2) == [
        (branches[0].server, "in", "answered", ALICE.name),
        (branches[1].server, "in", "answered", ANNA.name),
    ]
    # Each sees the own one only, though both have extension 101 and the caller is the same.
    for branch in branches:
        found = branch.person.search_read(
            "asterisk_plus.call", [["id", ">", before]], ["server_id"]
        )
        users = branch.person.search_read(
            "asterisk_plus.call_participation", [["call_id.id", ">", before]], ["user_id"]
        )
        assert len(found) == len(users) == 1
    for branch in branches:
        branch.stage.clear()


def test_24_a_click_rings_the_own_servers_phone(
    branches: tuple[Branch, Branch], office: Office
) -> None:
    book = Book(office.admin())
    for here, there in (branches, branches[::-1]):
        before, channels = book.last_id(), len(there.channels)
        here.stage.phone("101", ring_s=0.5)
        here.stage.trunk("ok", ring_s=0.5, talk_s=1)
        here.person.call("asterisk_plus.server", "originate_call", NUMBER)
        [(server, direction, status, _user)] = _ended(book, before, 1)
        assert (server, direction, status) == (here.server, "out", "answered")
        assert len(there.channels) == channels, "the other Asterisk had a channel"
        here.stage.clear()


def test_24_a_nameko_call_reaches_the_named_servers_asterisk(
    branches: tuple[Branch, Branch], office: Office
) -> None:
    names = [branch.login for branch in branches] * 3
    run = subprocess.run(
        [sys.executable, "-c", ASK, office.rabbitmq.uri, *names],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    majors = [version.split(".")[0] for version in json.loads(run.stdout)]
    assert majors == ["16", "22"] * 3


def test_24_one_servers_token_is_refused_by_the_others_agent(
    branches: tuple[Branch, Branch], office: Office
) -> None:
    query = "select server_id, token from asterisk_plus_server_secret"
    rows = [line.split("|") for line in office.postgres.sql(query, office.database).splitlines()]
    tokens = {int(server): token for server, token in rows}
    url = f"http://127.0.0.1:{branches[1].agent.rpc_port}/rpc/"
    body = {"jsonrpc": "2.0", "id": 1, "method": "test.ping", "params": {"sync": True}}
    statuses = [_post(url, body, tokens[branch.server]) for branch in branches]
    assert statuses == [401, 200]


def _post(url: str, body: dict[str, object], token: str) -> int:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
