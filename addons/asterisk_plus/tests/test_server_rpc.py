import threading
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from ..models import server_rpc
from ..models.agent_client import ASYNC_TIMEOUT_S
from .common import PbxCase
from .fake_agent import TOKEN, FakeAgent, patience
from .series import enter_test_mode, others_turn, told


class AgentCase(PbxCase):
    """A server whose agent is a strict fake on a real socket."""

    def setUp(self):
        super().setUp()
        patience(self)
        self.fake = FakeAgent()
        self.fake.__enter__()
        self.addCleanup(self.fake.__exit__)
        self.server.write({"agent_url": self.fake.url, "agent_token": TOKEN})
        self.pbx_admin = new_test_user(self.env, login="pbx_admin", groups="asterisk_plus.group_admin")
        self.as_admin = self.server.with_user(self.pbx_admin)
        enter_test_mode(self)
        self.addCleanup(self.cr.postcommit.clear)
        self.cr.postcommit.clear()

    def hang(self):
        """Let the agent say nothing, and the addon wait no longer than it does for people."""
        self.fake.behaviour = self.fake.silent
        usual = patch.object(server_rpc, "ASYNC_TIMEOUT_S", ASYNC_TIMEOUT_S)
        usual.start()
        self.addCleanup(usual.stop)

    def commit(self):
        """Do what a commit does behind the database's back; tell whether the person went on before the agent's word, or its lack."""
        self.env["base"].flush()
        self.cr.postcommit.run()
        senders = [thread for thread in threading.enumerate() if thread.name == server_rpc.SENDER]
        with others_turn():
            for thread in senders:
                thread.join()
        self.env["base"].invalidate_cache()
        return bool(senders)

    def notices(self, user):
        """Return the notices that the user's browsers were sent."""
        return told(self.env, user)


@tagged("post_install", "-at_install")
class TestServerRpc(AgentCase):
    def send(self, user=None, **more):
        self.server.with_user(user or self.alice).sudo()._agent_send("asterisk.manager_action", [{"Action": "Ping"}], **more)

    def test_nothing_is_sent_before_the_commit(self):
        self.send()
        self.assertEqual(self.fake.requests, [])
        self.commit()
        self.assertEqual(self.fake.requests[0]["params"]["args"], [{"Action": "Ping"}])

    def test_nothing_is_sent_after_a_rollback(self):
        self.send()
        self.cr.postcommit.clear()  # what Cursor.rollback() does (sql_db.py)
        self.commit()
        self.assertEqual(self.fake.requests, [])
        self.send()
        self.commit()
        self.assertEqual(len(self.fake.requests), 1, "a cleared queue takes new requests")

    def test_request_of_the_contract(self):
        self.send(callback=("asterisk_plus.server", "done"), pass_back={"a": 1}, notify=self.alice)
        self.commit()
        params = {
            "args": [{"Action": "Ping"}], "kwargs": {}, "sync": False, "pass_back": {"a": 1}, "res_model": "asterisk_plus.server",
            "res_method": "done", "res_notify_uid": self.alice.id, "res_notify_title": "Test PBX",
        }
        request = {"jsonrpc": "2.0", "id": 1, "method": "asterisk.manager_action", "params": params}
        self.assertEqual(self.fake.requests, [request])

    def test_nobody_waits_for_an_agent_that_hangs_and_there_is_one_notice(self):
        self.hang()
        for _number in range(5):
            self.send()
        with self.assertLogs(server_rpc.__name__, "WARNING"):
            self.assertTrue(self.commit())
        notices = self.notices(self.alice)
        self.assertEqual(len(notices), 1)
        self.assertEqual(notices[0]["type"], "simple_notification")
        self.assertIn("did not answer in time", notices[0]["message"])

    def test_agent_not_there(self):
        self.fake.__exit__()
        self.send()
        with self.assertLogs(server_rpc.__name__, "WARNING") as logs:
            self.commit()
        self.assertIn("not reachable", self.notices(self.alice)[0]["message"])
        self.assertNotIn(TOKEN, "".join(logs.output))

    def test_no_address_no_token(self):
        self.server.agent_url = False
        self.send()
        with self.assertLogs(server_rpc.__name__, "WARNING"):
            self.commit()
        self.assertIn("Agent URL", self.notices(self.alice)[0]["message"])
        self.server.write({"agent_url": self.fake.url, "agent_token": False})
        self.send()
        with self.assertLogs(server_rpc.__name__, "WARNING"):
            self.commit()
        self.assertIn("no token", self.notices(self.alice)[1]["message"])

    def test_errors_after_the_commit_are_never_raised(self):
        self.fake.says(500)
        self.send(on_error=("asterisk_plus.call", "no_such_method"))
        with self.assertLogs(server_rpc.__name__, "ERROR"):
            self.commit()

    def test_others_in_the_way_are_waited_for(self):
        """The call's own events may be written at the very moment at which it is failed."""
        request, tries = server_rpc._Request(self.server, "test.ping", {}, self.alice, None), []

        def late(_env):
            tries.append(1)
            if len(tries) < 3:
                raise OperationalError("could not serialize access")
            return "done"

        self.assertEqual(request.in_transaction(late), "done")
        tries.clear()

        def never(_env):
            tries.append(1)
            raise OperationalError("could not serialize access")

        with self.assertLogs(server_rpc.__name__, "ERROR"):
            self.assertIsNone(request.in_transaction(never))
        self.assertEqual(len(tries), server_rpc.MAX_TRIES)

    def test_a_change_of_the_map_is_told_to_the_agents(self):
        self.env["asterisk_plus.event"].search([], limit=1).delay = 0.5
        self.commit()
        self.assertEqual(self.fake.requests[-1]["params"]["args"], [{"Action": "ReloadEvents"}])

    def test_every_error_has_a_cure(self):
        texts = self.server._agent_error_texts()
        client = __import__("odoo.addons.asterisk_plus.models.agent_client", fromlist=["STATUSES"])
        for code in set(client.STATUSES.values()) | set(client.CODES.values()):
            self.assertIn(code, texts)


@tagged("post_install", "-at_install")
class TestButtons(AgentCase):
    def press(self, button, kind):
        action = getattr(self.as_admin, button)()
        self.assertEqual((action["type"], action["tag"]), ("ir.actions.client", "display_notification"))
        self.assertEqual(action["params"]["type"], kind, action["params"])
        return action["params"]["message"]

    def test_test_ping(self):
        self.assertEqual(self.press("action_test_ping", "success"), "The agent answers.")
        params = {"args": [], "kwargs": {}, "sync": True, "timeout": 5}
        self.assertEqual(self.fake.requests[0]["params"], params)
        self.fake.results["test.ping"] = "true"
        self.press("action_test_ping", "danger")

    def test_asterisk_ping(self):
        self.fake.results["asterisk.manager_action"] = [{"Response": "Success", "Ping": "Pong"}]
        self.assertEqual(self.press("action_asterisk_ping", "success"), "Asterisk answers.")
        self.fake.results["asterisk.manager_action"] = [{"Response": "Error", "Message": "Action Timeout 100%"}]
        self.assertEqual(self.press("action_asterisk_ping", "danger"), "Action Timeout 100%%")
        for odd in ([], None, "x", [1], [{"Response": "Error"}]):
            self.fake.results["asterisk.manager_action"] = odd
            self.press("action_asterisk_ping", "danger")

    def test_asterisk_is_away(self):
        self.fake.results["asterisk.manager_action"] = {"code": -32020, "message": "asterisk not connected"}
        self.assertIn("not connected to Asterisk", self.press("action_asterisk_ping", "danger"))

    def test_reload_events(self):
        self.fake.results["asterisk.manager_action"] = [{"Response": "Success"}]
        self.press("action_reload_events", "success")
        self.assertEqual(self.fake.requests[0]["params"]["args"], [{"Action": "ReloadEvents"}])

    def test_old_token(self):
        self.server.agent_token = "another-token"
        self.assertIn("Restart the agent", self.press("action_test_ping", "danger"))

    def test_too_many(self):
        self.fake.says(429)
        self.assertIn("wait a minute", self.press("action_test_ping", "danger"))

    def test_agent_is_away(self):
        self.fake.__exit__()
        self.assertIn("not reachable", self.press("action_test_ping", "danger"))

    def test_buttons_are_for_pbx_admins(self):
        ordinary = new_test_user(self.env, login="pbx_ordinary", groups="base.group_user")
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        for user in (self.alice, ordinary, portal, self.agent, self.env.ref("base.public_user")):
            for button in ("action_test_ping", "action_asterisk_ping", "action_reload_events"):
                with self.assertRaises(AccessError):
                    getattr(self.server.with_user(user), button)()
        self.assertEqual(self.fake.seen_headers, [])

    def test_buttons_stay_within_the_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        server = self.env["asterisk_plus.server"].create({"name": "Other", "company_id": company.id, "agent_url": self.fake.url})
        with self.assertRaises(AccessError):
            server.with_user(self.pbx_admin).action_test_ping()


@tagged("post_install", "-at_install")
class TestNotice(AgentCase):
    message = {"title": "T", "message": "M", "warning": True, "sticky": False}

    def test_notify_user(self):
        self.assertIs(self.as_agent().notify_user(self.alice.id, self.message), True)
        self.assertEqual(self.notices(self.alice), [dict(self.message, type="simple_notification")])

    def test_text_only_and_bounded(self):
        markup = {"title": "<b>T</b>\r\n\0", "message": "x" * 9000, "warning": 1}
        self.as_agent().notify_user(self.alice.id, markup)
        notice = self.notices(self.alice)[0]
        self.assertEqual(notice["title"], "<b>T</b>", "text: the web client escapes it")
        self.assertLessEqual(len(notice["message"]), 500)
        self.as_agent().notify_user(self.alice.id, {"title": ["x"], "message": {"y": 1}})
        self.assertEqual(self.notices(self.alice)[1]["message"], "")

    def test_only_users_of_the_own_server(self):
        other = self.env["asterisk_plus.server"].create({"name": "Other"})
        stranger = new_test_user(self.env, login="pbx_stranger")
        for agent, uid in ((other.user_id, self.alice.id), (self.agent, stranger.id), (self.agent, 0), (self.agent, 10**9),
                           (self.agent, "1"), (self.agent, True), (self.agent, None), (self.agent, [self.alice.id])):
            with self.assertRaises(AccessError):
                self.as_agent(agent).notify_user(uid, self.message)
        with self.assertRaises(AccessError):
            self.as_agent().notify_user(self.alice.id, "text")
        self.as_agent().notify_user(self.pbx_admin.id, self.message)

    def test_only_agents_may(self):
        portal = new_test_user(self.env, login="pbx_portal", groups="base.group_portal")
        for user in (self.alice, self.pbx_admin, portal, self.env.ref("base.public_user"), self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                self.as_agent(user).notify_user(self.alice.id, self.message)
