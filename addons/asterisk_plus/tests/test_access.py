"""Who sees what, and who may do what: people, portal, public, and the agents' accounts."""
import contextlib

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user
from odoo.tools import mute_logger

from .common import PbxCase, recorded, recordings
from .test_deliver import DeliverCase

HISTORY = ("call", "call_event", "call_participation", "channel")
OURS = HISTORY + ("delivery", "event", "server", "server_secret", "new_partner", "user", "user_channel", "settings")
# Where a record's server stands, when it has no field of its own for it.
SERVER_OF = {"server": "id", "call_event": "call_id.server_id", "call_participation": "call_id.server_id"}


class AccessCase(DeliverCase):
    def setUp(self):
        super().setUp()
        self.deliver(self.items(recorded(recordings()["inbound-answered"])))
        self.call = self.of_server()
        self.assertEqual(self.call.participant_ids, self.pbx_alice)

    def seen(self, name, user):
        return self.env["asterisk_plus.%s" % name].with_user(user).search([])

    def assert_sees_nothing(self, user, names=OURS):
        for name in names:
            with self.subTest("%s: %s" % (user.login, name)), self.assertRaises(AccessError):
                self.seen(name, user)

    def assert_writes_nothing(self, user, names=OURS):
        for name in names:
            model = self.env["asterisk_plus.%s" % name].with_user(user)
            for right in ("write", "create", "unlink"):
                with self.subTest("%s: %s %s" % (user.login, right, name)):
                    self.assertFalse(model.check_access_rights(right, raise_exception=False))


class TestAccess(AccessCase):
    def test_a_pbx_user_sees_the_calls_that_they_took_part_in(self):
        for name in HISTORY:
            records = self.seen(name, self.alice)
            self.assertTrue(records)
            self.assertEqual(records if name == "call" else records.call_id, self.call.with_user(self.alice))
            records.read()
            self.assertFalse(self.seen(name, self.bob))

    def test_grouping_and_export_show_no_more_than_the_list(self):
        calls = self.calls.with_user(self.bob)
        self.assertEqual(calls.read_group([], ["talk_duration"], ["status"]), [])
        self.assertEqual(self.calls.with_user(self.alice).read_group([], ["status"], ["status"])[0]["status_count"], 1)
        self.bob.groups_id |= self.env.ref("base.group_allow_export")
        with self.assertRaises(AccessError):
            self.call.with_user(self.bob).export_data(["calling_number"])
        with self.assertRaises(AccessError):
            self.call.event_ids.with_user(self.bob).read(["party"])

    def test_who_no_longer_is_a_pbx_user_still_sees_their_calls(self):
        self.pbx_alice.active = False
        self.assertEqual(self.seen("call", self.alice), self.call)

    def test_who_gets_or_gives_away_a_telephone_sees_its_calls_at_once_or_no_more(self):
        self.assertEqual(self.seen("call", self.alice), self.call)
        self.assertFalse(self.seen("call", self.bob))
        self.env["asterisk_plus.user"].search([("user_id", "=", self.bob.id)]).unlink()
        self.pbx_alice.user_id = self.bob
        for name in HISTORY:
            self.assertFalse(self.seen(name, self.alice))
            self.assertTrue(self.seen(name, self.bob))
        self.pbx_alice.unlink()
        self.assertFalse(self.seen("call", self.bob))
        again = self.env["asterisk_plus.user"].create({"name": "Bob again", "user_id": self.bob.id, "server_id": self.server.id})
        self.env["asterisk_plus.call_participation"].create({"call_id": self.call.id, "user_id": again.id, "role": "rung"})
        self.assertEqual(self.seen("call", self.bob), self.call)

    def test_people_write_no_calls(self):
        self.assert_writes_nothing(self.alice)
        admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        for name in HISTORY:
            for right in ("write", "create"):
                model = self.env["asterisk_plus.%s" % name].with_user(admin)
                self.assertFalse(model.check_access_rights(right, raise_exception=False))

    def test_ordinary_users_portal_and_public_see_nothing(self):
        ordinary = new_test_user(self.env, login="ordinary", groups="base.group_user")
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        for user in (ordinary, portal, self.env.ref("base.public_user")):
            self.assert_sees_nothing(user)
            self.assert_writes_nothing(user)

    def test_a_pbx_user_sees_no_server_no_map_no_secret(self):
        self.assert_sees_nothing(self.alice, ("server", "server_secret", "event", "delivery", "settings"))

    def test_an_admin_sees_all_of_their_companies(self):
        admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="pbx_stranger",
            groups="asterisk_plus.group_admin",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for name in HISTORY + ("server", "user", "user_channel"):
            model = "asterisk_plus.%s" % name
            link = SERVER_OF.get(name, "server_id")
            mine = self.env[model].search([(link, "=", self.server.id)])
            with self.subTest(name):
                self.assertLessEqual(mine, self.seen(name, admin))
                self.assertFalse(mine & self.seen(name, stranger))
        self.assert_sees_nothing(admin, ("server_secret",))


class TestAgentAccess(AccessCase):
    def setUp(self):
        super().setUp()
        self.other = self.env["asterisk_plus.server"].create({"name": "Other"})

    def test_an_agent_reads_its_own_servers_records_only(self):
        for name in HISTORY + ("server", "user", "user_channel"):
            with self.subTest(name):
                self.assertTrue(self.seen(name, self.agent))
                theirs = self.seen(name, self.other.user_id)
                self.assertEqual(theirs.ids, self.other.ids if name == "server" else [])
        self.assert_sees_nothing(self.agent, ("server_secret", "event", "delivery", "settings"))

    def test_an_agent_writes_nothing_but_by_its_calls(self):
        self.assert_writes_nothing(self.agent)

    def test_an_agent_reaches_nothing_else_of_odoo(self):
        chat = "mail.channel" if "mail.channel" in self.env else "discuss.channel"
        for model in ("res.partner", "res.users", "ir.config_parameter", "ir.attachment", "mail.message", chat, "ir.module.module"):
            with self.subTest(model):
                try:
                    seen = self.env[model].with_user(self.agent).search([]).read(["display_name"])
                except AccessError:
                    seen = []
                itself = self.agent.partner_id.id if model == "res.partner" else self.agent.id
                self.assertLessEqual({one["id"] for one in seen}, {itself} if model in ("res.partner", "res.users") else set())

    def test_deliveries_go_to_the_callers_own_server(self):
        self.deliver([self.new_channel("1.1")], agent=self.other.user_id)
        call = self.calls.search([("linkedid", "=", "1.1")])
        self.assertEqual(call.server_id, self.other)
        # The same Linkedid on two servers is two calls.
        self.deliver([self.new_channel("1.1")])
        self.assertEqual(self.calls.search_count([("linkedid", "=", "1.1")]), 2)

    def test_two_agents_may_use_the_same_boot_and_numbers(self):
        item = self.new_channel("1.1")
        self.assertEqual(self.deliver([item]) + self.deliver([item], agent=self.other.user_id), ["done", "done"])

    def test_the_agents_calls_refuse_everybody_else(self):
        calls = {
            "agent_hello": ({"rpc_token": "x"},),
            "get_events_map": (),
            "report_event_errors": ([],),
            "deliver": ({"boot": "b", "settled": {}, "items": []},),
            "agent_parked": ({"count": 0, "last": None},),
        }
        ordinary = new_test_user(self.env, login="ordinary", groups="base.group_user")
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        users = (ordinary, self.alice, portal, self.env.ref("base.public_user"), self.env.ref("base.user_admin"))
        for user in users:
            for method, args in calls.items():
                with self.subTest("%s %s" % (user.login, method)), self.assertRaises(AccessError):
                    getattr(self.as_agent(user), method)(*args)

    def test_an_account_without_a_server_is_refused(self):
        self.other.active = False
        with self.assertRaises(AccessError):
            self.as_agent(self.other.user_id).get_events_map()


class TestSecret(PbxCase):
    TOKEN = "Zk0xVnJ1dE1qT2t3c2pQd0VtYkR6Z0FhY1pLQ3lB"

    def setUp(self):
        super().setUp()
        hello = {"agent_version": "0.1.0", "agent_name": "a", "boot": "b", "rpc_token": self.TOKEN}
        self.as_agent().agent_hello(hello)
        groups = "asterisk_plus.group_admin,base.group_system,base.group_allow_export"
        self.admin = new_test_user(self.env, login="pbx_admin", groups=groups)
        self.mine = self.server.with_user(self.admin)

    def test_only_superuser_code_reads_the_token(self):
        self.assertEqual(self.server.sudo().agent_token, self.TOKEN)
        self.mine.invalidate_cache()
        with contextlib.suppress(AccessError):  # it is empty; from 19.0 on it is refused
            self.assertFalse(self.mine.agent_token)

    def test_no_rpc_call_reads_or_writes_it(self):
        self.assertNotIn("agent_token", self.mine.fields_get())
        self.assertNotIn(self.TOKEN, str(self.mine.read()) + str(self.mine.search_read([])))
        uses = {
            "read": lambda: self.mine.read(["agent_token"]),
            "search_read": lambda: self.mine.search_read([], ["agent_token"]),
            "write": lambda: self.mine.write({"agent_token": "x"}),
            "read_group": lambda: self.mine.read_group([], ["agent_token"], ["agent_token"]),
        }
        for name, use in uses.items():
            with self.subTest(name):
                try:
                    told = use()
                except (UserError, AssertionError, ValueError):
                    continue
                self.fail("%s told %s" % (name, told))
        with contextlib.suppress(AccessError):  # it comes out empty; from 18.0 on it is refused
            self.assertNotIn(self.TOKEN, str(self.mine.export_data(["name", "agent_token"])))

    def test_no_search_guesses_it(self):
        secrets = self.env["asterisk_plus.server_secret"].with_user(self.admin)
        for method in ("search", "search_read", "search_count", "name_search"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(secrets, method)([])
        # A field that is not stored has no search: the condition is dropped, whatever it says; from 17.0 on it is an error.
        servers = self.env["asterisk_plus.server"].with_user(self.admin)
        found = []
        with mute_logger("odoo.osv.expression"):
            for guess in ("Zk0%", "no%"):
                try:
                    found.append(servers.search([("agent_token", "=like", guess)]))
                except (AccessError, ValueError):
                    found.append(None)
        self.assertEqual(found[0], found[1])

    def test_no_reference_leads_to_the_secret(self):
        fields = [field for model in self.env.values() for field in model._fields.values()]
        leading = [field for field in fields if field.comodel_name == "asterisk_plus.server_secret"]
        self.assertFalse(leading)

    def test_a_copy_of_a_server_has_neither_token_nor_account(self):
        copy = self.server.copy()
        self.assertFalse(copy.sudo().agent_token)
        self.assertNotEqual(copy.user_id, self.server.user_id)
