from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from ..models import server_rpc
from .test_server_rpc import AgentCase


@tagged("post_install", "-at_install")
class TestChannelCheck(AgentCase):
    """A context that Asterisk does not have is told to the admin who saves it."""

    def setUp(self):
        super().setUp()
        self.channel = self.pbx_alice.channel_ids[0].with_user(self.pbx_admin)

    def answer(self, value, channel=None, user=None, agent=None):
        pass_back = {"channel_id": (channel or self.channel).id, "uid": (user or self.pbx_admin).id}
        return self.as_agent(agent).dialplan_response([{"Response": "Success", "Value": value}], pass_back)

    def test_asterisk_is_asked(self):
        self.channel.originate_context = "nosuch"
        self.assertEqual(self.fake.requests, [])
        self.commit()
        (request,) = self.fake.requests
        self.assertEqual(request["params"]["args"], [{"Action": "Getvar", "Variable": "DIALPLAN_EXISTS(nosuch)"}])
        self.assertEqual(request["params"]["pass_back"], {"channel_id": self.channel.id, "uid": self.pbx_admin.id})
        self.channel.sequence = 5
        self.channel.write({"originate_enabled": False})
        self.channel.create({"name": "PJSIP/107", "user_id": self.pbx_alice.id})
        self.commit()
        self.assertEqual(self.fake.requests[-1]["params"]["args"][0]["Variable"], "DIALPLAN_EXISTS(from-internal)")
        self.assertEqual(len(self.fake.requests), 2)

    def test_the_answer(self):
        for value in ("1", "", None, 0):
            self.answer(value)
        self.assertEqual(self.notices(self.pbx_admin), [])
        self.answer("0")
        self.assertIn("no context from-internal", self.notices(self.pbx_admin)[0]["message"])

    def test_an_agent_that_is_away_is_no_fault_of_the_channel(self):
        self.fake.__exit__()
        self.channel.originate_context = "sales"
        with self.assertLogs(server_rpc.__name__, "WARNING"):
            self.commit()
        self.assertEqual((self.notices(self.pbx_admin), self.channel.originate_context), ([], "sales"))

    def test_only_the_own_agent_may_tell(self):
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        self.answer("0", agent=other.user_id)
        self.answer("0", user=new_test_user(self.env, login="pbx_stranger", groups="base.group_user"))
        for odd in (None, {}, [], {"channel_id": "x", "uid": 1}, {"channel_id": self.channel.id}, {"channel_id": 10**9, "uid": 2}):
            self.as_agent().dialplan_response([{"Value": "0"}], odd)
        for odd in (None, {}, "x", [], ["x"], {"error": {}}):
            self.as_agent().dialplan_response(odd, {"channel_id": self.channel.id, "uid": self.pbx_admin.id})
        self.assertEqual(self.notices(self.pbx_admin), [])
        for user in (self.alice, self.pbx_admin, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.answer("0", agent=user)
