from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import new_test_user, tagged

from ..lib.phones import ACTIONS
from .test_server_rpc import AgentCase

STRANGE = "<script>alert(1)</script>"


def listed(event, rows):
    """Return a list as the agent gives it."""
    return [{"Response": "Success", "EventList": "start"}] + [dict(one, Event=event) for one in rows] + [{"Event": event + "Complete"}]


@tagged("post_install", "-at_install")
class TestPhoneSearch(AgentCase):
    def setUp(self):
        super().setUp()
        self.carol = new_test_user(self.env, login="carol@example.com", groups="base.group_user", name="Carol")
        self.answers = {
            "commands": [dict({"Response": "Success"}, **dict.fromkeys(ACTIONS.values(), "(Priv: reporting,all)"))],
            "devices": listed("DeviceStateChange", [{"Device": "PJSIP/103", "State": "NOT_INUSE"}, {"Device": "Queue:sales"}]),
            "pjsip": listed("EndpointList", [{"ObjectName": name} for name in ("101", "103", "104", "x104", "trunk", STRANGE)]),
            "sip": [{"Response": "Error", "Message": "Invalid/unknown command"}],
            "iax": listed("PeerEntry", [{"ObjectName": "provider", "Dynamic": "no"}]),
            "hints": listed("ExtensionStatus", [{"Exten": "104", "Hint": "PJSIP/x104"}]),
            "mailboxes": listed("VoicemailUserEntry", [{"VoiceMailbox": "103", "Fullname": "C.", "Email": "Carol@example.com"}]),
        }

    def find(self, **answers):
        """Let the admin look for phones, and Asterisk answer; return the search as the admin sees it."""
        action = self.as_admin.action_find_phones()
        search = self.env[action["res_model"]].browse(action["res_id"]).with_user(self.pbx_admin)
        while search.asked:
            self.commit()
            params = self.fake.requests[-1]["params"]
            self.assertEqual((params["res_method"], params["args"]), ("phones_response", [{"Action": ACTIONS[search.asked]}]))
            self.assertFalse(search.wait_over(search.id, self.server.id))
            answer = dict(self.answers, **answers)[search.asked]
            self.assertIs(self.as_agent().phones_response(answer, params["pass_back"]), True)
        self.assertEqual(search.wait_over(search.id, self.server.id)["res_id"], search.id)
        return search

    def lines(self, search):
        return {line.channel: line for line in search.line_ids}

    def test_what_is_proposed(self):
        search = self.find()
        self.assertEqual([one["params"]["args"][0]["Action"] for one in self.fake.requests], list(ACTIONS.values()))
        found = {name: (one.kind, one.is_chosen, one.exten, one.user_id) for name, one in self.lines(search).items()}
        nobody = self.env["res.users"]
        self.assertEqual(
            found,
            {
                "PJSIP/101": ("there", False, "101", self.alice),
                "PJSIP/103": ("phone", True, "103", self.carol),
                "PJSIP/104": ("there", False, "104", self.alice),
                "PJSIP/x104": ("phone", True, "104", nobody),
                "PJSIP/trunk": ("phone", False, "", nobody),
                "PJSIP/" + STRANGE: ("odd", False, "", nobody),
                "IAX2/provider": ("trunk", False, "", nobody),
            },
        )
        self.assertFalse(search.failure)

    def test_what_is_ticked_is_made_once(self):
        search = self.find()
        lines = self.lines(search)
        lines["PJSIP/" + STRANGE].is_chosen = True
        lines["PJSIP/x104"].pbx_user_id = self.pbx_bob
        search.action_create_chosen()
        users = self.env["asterisk_plus.user"].search([("server_id", "=", self.server.id)])
        self.assertEqual(set(users.mapped("name")), {"Alice", "Bob", "C."})
        self.assertEqual(users.filtered(lambda one: one.user_id == self.carol).channel_ids.mapped("name"), ["PJSIP/103"])
        self.assertEqual(self.pbx_bob.channel_ids.mapped("name"), ["PJSIP/102", "PJSIP/x104"])
        self.assertEqual((search.made, lines["PJSIP/103"].kind), ("New PBX users: 1, new channels: 2.", "there"))
        search.action_create_chosen()
        self.assertEqual(self.env["asterisk_plus.user"].search([("server_id", "=", self.server.id)]), users)

    def test_two_phones_of_one_extension_are_one_persons(self):
        search = self.find(iax=listed("PeerEntry", [{"ObjectName": "103", "Dynamic": "yes"}]))
        search.action_create_chosen()
        owner = self.env["asterisk_plus.user"].search([("exten", "=", "103"), ("server_id", "=", self.server.id)])
        self.assertEqual(owner.channel_ids.mapped("name"), ["IAX2/103", "PJSIP/103"])

    def test_a_pbx_user_of_another_server_is_refused(self):
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        stranger = self.env["asterisk_plus.user"].create({"name": "S", "server_id": other.id})
        search = self.find()
        self.lines(search)["PJSIP/103"].pbx_user_id = stranger
        with self.assertRaises(ValidationError):
            search.action_create_chosen()

    def test_refusals_are_told(self):
        search = self.find(commands=[{"Response": "Error", "Message": "Permission denied"}])
        self.assertIn("manager.conf", search.failure)
        self.assertIn("not connected to Asterisk", self.find(pjsip={"error": {"code": -32020}}).failure)
        for odd in (None, "x", [], [None], [1], {}, {"error": "x"}):
            self.assertTrue(self.find(commands=odd).failure)

    def test_an_agent_that_is_away_is_told(self):
        self.fake.__exit__()
        action = self.as_admin.action_find_phones()
        with self.assertLogs("odoo.addons.asterisk_plus.models.server_rpc", "WARNING") as logs:
            self.commit()
        search = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((search.asked, len(logs.output)), (False, 1), logs.output)
        self.assertIn("not reachable", search.failure)

    def test_only_the_own_agent_may_tell(self):
        search = self.env["asterisk_plus.phone_search"].browse(self.as_admin.action_find_phones()["res_id"])
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        good = {"search_id": search.id, "source": "commands"}
        self.as_agent(other.user_id).phones_response(self.answers["commands"], good)
        for odd in (None, [], {}, dict(good, source="pjsip"), dict(good, search_id="x"), dict(good, search_id=10**9)):
            self.as_agent().phones_response(self.answers["commands"], odd)
        self.assertEqual((search.asked, search.picked), ("commands", False))
        for user in (self.alice, self.pbx_admin, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.as_agent(user).phones_response(self.answers["commands"], good)

    def test_nobody_but_a_pbx_admin(self):
        for user in (self.alice, self.server.user_id, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.server.with_user(user).action_find_phones()
