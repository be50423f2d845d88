"""What the tests share: the lab's cast (Alice 101, Bob 102, Jane of ACME), its agent, and recorded events of real calls."""
import gzip
import os
from pathlib import Path

from odoo.tests.common import SavepointCase, new_test_user

from ..lib.call_state import CallState
from ..lib.events import STATUSES, WANTED_EVENTS, endpoint_of, home
from .series import OwnRequests, quick_passwords

HERE = Path(__file__).parent / "data"
BOOT = "5f0c2e6b9d1a4c37"


def checkout():
    """Return the folder of the project's own tests/, None when the addon stands alone."""
    folder = Path(__file__).resolve().parents[3] / "tests"
    return folder if (folder / "data/ami/calls").is_dir() else None


def recordings():
    """Return {name: path} of the recorded calls: a few travel with the addon, the checkout has them all."""
    folder = checkout()
    found = {path.name[:-7]: path for path in HERE.glob("*.ami.gz")}
    if folder and not os.environ.get("ASTERISK_PLUS_FEW_RECORDINGS"):
        for path in sorted(folder.glob("data/ami/calls/*/*.ami.gz")):
            found["%s.%s" % (path.name[:-7], path.parent.name)] = path
    return found


def recorded(path):
    """Return the wanted events of a recording, as the agent sends them."""
    raw = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    conditions = {row.name: row.condition for row in WANTED_EVENTS}
    events = []
    for block in raw.partition("\r\n")[2].split("\r\n\r\n"):
        pairs = [line.partition(":") for line in block.split("\r\n")]
        event = {header: value[1:] if value.startswith(" ") else value for header, _colon, value in reversed(pairs)}
        name = event.get("Event")
        # The conditions of our own rows, in plain words: no test evaluates text.
        wanted = name in conditions and (name != "VarSet" or event["Variable"] in STATUSES)
        if wanted:
            events.append(dict(event, EventTime=event["Timestamp"]))
    return events


def clicked(events):
    """Return the states of calls that Odoo originated: recorded with ChannelIds of the addon's, one for each phone."""
    first, phones, numbers = min([float(event["EventTime"]) for event in events], default=0), {}, {}
    for one in events:
        if one["Event"] == "OriginateResponse":
            name = home(one["Uniqueid"])
            phones.setdefault(name, {})[one["Uniqueid"]] = endpoint_of(one["Channel"])
            numbers[name] = one.get("Exten") or "+32470000001"  # in waiting a phone has no extension yet
    return [
        CallState.originated(name, first, [found[one] for one in sorted(found)], numbers[name]) for name, found in phones.items()
    ]


class PbxCase(OwnRequests, SavepointCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        quick_passwords(cls)
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, no_reset_password=True))
        cls.belgium = cls.env.ref("base.be")
        cls.server = cls.env["asterisk_plus.server"].create({"name": "Test PBX", "country_id": cls.belgium.id})
        cls.agent = cls.server.user_id
        cls.alice = cls._person("alice", "Alice", "101", ["PJSIP/101", "PJSIP/104"])
        cls.bob = cls._person("bob", "Bob", "102", ["PJSIP/102"])
        cls.pbx_alice, cls.pbx_bob = (cls._pbx_user(user) for user in (cls.alice, cls.bob))
        cls.acme = cls.env["res.partner"].create({"name": "ACME", "is_company": True, "country_id": cls.belgium.id})
        cls.jane = cls._partner("Jane", "0470 00 00 01", cls.acme)
        cls.calls = cls.env["asterisk_plus.call"]
        cls.seq = 0

    @classmethod
    def _person(cls, login, name, exten, endpoints):
        user = new_test_user(cls.env, login="pbx_%s" % login, groups="asterisk_plus.group_user", name=name)
        cls.env["asterisk_plus.user"].create(
            {
                "name": name,
                "user_id": user.id,
                "exten": exten,
                "server_id": cls.server.id,
                "channel_ids": [(0, 0, {"name": endpoint}) for endpoint in endpoints],
            }
        )
        return user

    @classmethod
    def _pbx_user(cls, user):
        return cls.env["asterisk_plus.user"].search([("user_id", "=", user.id), ("server_id", "=", cls.server.id)])

    @classmethod
    def _partner(cls, name, phone, parent=None):
        values = {"name": name, "phone": phone, "parent_id": parent.id if parent else False, "country_id": cls.belgium.id}
        return cls.env["res.partner"].create(values)

    def as_agent(self, agent=None):
        """Return the server model as the agent's account sees it."""
        return self.env["asterisk_plus.server"].with_user(agent or self.agent)

    def row(self, name, model="asterisk_plus.call", method="on_ami_event"):
        domain = [("name", "=", name), ("model", "=", model), ("method", "=", method)]
        return self.env["asterisk_plus.event"].search(domain, limit=1)

    def items(self, events, boot=BOOT):
        """Return the events as items for the addon's own rows."""
        rows = {row.name: row.id for row in self.env["asterisk_plus.event"].search([("is_builtin", "=", True)])}
        return [self.item(event, rows[event["Event"]], boot) for event in events]

    def item(self, event, row, boot=BOOT):
        type(self).seq += 1
        return {"boot": boot, "seq": self.seq, "row": int(row), "event": event}

    def deliver(self, items, settled=None, agent=None):
        """Deliver as the agent; return the statuses. `settled` is nothing of BOOT unless told."""
        batch = {"boot": BOOT, "settled": {BOOT: 0} if settled is None else settled, "items": items}
        results = self.as_agent(agent).deliver(batch)["results"]
        keys = [(one["boot"], one["seq"], one["row"]) for one in items]
        self.assertEqual([(one["boot"], one["seq"], one["row"]) for one in results], keys)
        return [one["status"] for one in results]

    def originate(self, events):
        """Make the rows of clicks that a recording holds, as click-to-call does."""
        for state in clicked(events):
            endpoints = [endpoint for _name, endpoint in state.click["phones"]]
            self.calls.create_originated(self.server, state.linkedid, state.click["number"], self.pbx_alice, endpoint=endpoints)

    def live(self):
        """Return what is active on the server: nothing, when all calls have ended."""
        domain = [("server_id", "=", self.server.id), ("is_active", "=", True)]
        return self.calls.search(domain), self.env["asterisk_plus.channel"].search(domain)
