"""Every model and every route of the addon against the table of rights, with each kind of user."""
from odoo.exceptions import AccessError
from odoo.tests.common import HttpSavepointCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import PbxCase
from .rights_table import MODELS, ROUTES, WITHOUT_COMPANY

RIGHTS = {"read": "r", "write": "w", "create": "c", "unlink": "d"}
PASSWORD = "a-password-of-the-rights-test"


class RightsCase(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new = {
            "admin": "asterisk_plus.group_admin",
            "ordinary": "base.group_user",
            "portal": "base.group_portal",
        }
        cls.users = {
            name: new_test_user(cls.env, login="rights_%s" % name, groups=group, password=PASSWORD) for name, group in new.items()
        }
        cls.users.update(user=cls.alice, agent=cls.agent, public=cls.env.ref("base.public_user"))
        cls.models = sorted(name for name, model in cls.env.registry.items() if model._original_module == "asterisk_plus" and not model._abstract)


@tagged("post_install", "-at_install")
class TestModelRights(RightsCase):
    def test_every_model_is_listed(self):
        self.assertEqual(self.models, sorted(MODELS))

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_each_kind_of_user_may_do_what_the_table_says(self):
        for model, rights in MODELS.items():
            wanted = dict(zip(("admin", "user", "agent"), rights))
            for name, user in self.users.items():
                records = self.env[model].with_user(user)
                found = "".join(
                    sign for right, sign in RIGHTS.items() if records.check_access_rights(right, raise_exception=False)
                )
                with self.subTest("%s: %s" % (model, name)):
                    self.assertEqual(found, wanted.get(name, ""))

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_who_may_not_read_a_model_gets_nothing_of_it_by_any_method(self):
        for model, rights in MODELS.items():
            readers = {name for name, right in zip(("admin", "user", "agent"), rights) if "r" in right}
            for name in set(self.users) - readers:
                records = self.env[model].with_user(self.users[name])
                for read in (
                    lambda records=records: records.search([]),
                    lambda records=records: records.search_read([]),
                    lambda records=records: records.read_group([], ["id"], ["id"]),
                    lambda records=records: records.search_count([]),
                    lambda records=records: records.export_data(["id"]) if records.search([]) else None,
                ):
                    with self.subTest("%s: %s" % (model, name)), self.assertRaises(AccessError):
                        read()

    def test_every_model_with_a_company_has_a_rule_for_everybody(self):
        for model in set(MODELS) - WITHOUT_COMPANY:
            rules = self.env["ir.rule"].search([("model_id.model", "=", model)])
            with self.subTest(model):
                self.assertTrue([rule for rule in rules if rule["global"] and "company_ids" in rule.domain_force])

    def test_security_pages_are_their_companys(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        server = self.env["asterisk_plus.server"].create({"name": "Theirs", "company_id": company.id})
        news = [
            {"seq": 1, "kind": "ban", "address": "203.0.113.7", "reason": "x", "since": 1795393664, "until": 1895393664},
            {"seq": 2, "kind": "attempts", "days": {"2026-11-23": {"wrong password": 1}}},
            {"seq": 3, "kind": "account_attacked", "account": "101", "addresses": ["203.0.113.7"], "at": 1795393664},
        ]
        self.as_agent(server.user_id).security_news({"store": "s", "items": news})
        self.env["asterisk_plus.access_list"].create({"server_id": server.id, "address": "192.0.2.1", "access_type": "deny"})
        for name in ("access_ban", "access_list", "security_attempt", "security_alarm"):
            records = self.env["asterisk_plus.%s" % name]
            theirs = records.search([("server_id", "=", server.id)])
            with self.subTest(name):
                self.assertEqual(len(theirs), 1)
                self.assertFalse(theirs & records.with_user(self.users["admin"]).search([]))
                with self.assertRaises(AccessError):
                    theirs.with_user(self.users["admin"]).read(["server_id"])


@tagged("post_install", "-at_install")
class TestRouteRights(HttpSavepointCase, RightsCase):
    def routes(self):
        """Return the paths of this addon's controllers."""
        rules = self.env["ir.http"].routing_map().iter_rules()
        return sorted({rule.rule for rule in rules if rule.rule.startswith("/asterisk_plus")})

    def test_every_route_is_listed(self):
        self.assertEqual(self.routes(), sorted(ROUTES))

    @mute_logger("odoo.http", "odoo.addons.asterisk_plus.controllers.dialplan", "odoo.addons.asterisk_plus.controllers.enrolment")
    def test_each_route_answers_each_kind_of_user_as_the_table_says(self):
        settings = self.env["asterisk_plus.settings"]._current()
        settings.write({"permitted_addresses": "", "dialplan_token": False})
        self.env["base"].flush()
        for name in ("public", "ordinary", "portal", "admin"):
            self.authenticate(None if name == "public" else "rights_%s" % name, PASSWORD)
            for path, (visitor, logged_in) in ROUTES.items():
                with self.subTest("%s: %s" % (path, name)):
                    reply = self.url_open(path.replace("<int:recording_id>", "999999999"), timeout=30, allow_redirects=False)
                    self.assertIn(reply.status_code, visitor if name == "public" else logged_in)

