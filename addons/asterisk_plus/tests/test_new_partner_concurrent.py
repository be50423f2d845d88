"""The same unknown number calls two servers at the same moment, in two real transactions: one contact is made."""
import threading

from odoo.tests.common import tagged
from odoo.tools import mute_logger

from .common import BOOT
from .test_deliver_concurrent import WAIT_S, ConcurrentCase

STRANGER = "+32470333444"


@tagged("post_install", "-at_install")
class TestNewPartnerConcurrent(ConcurrentCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.take_away_more)
        with self.transaction() as env:
            settings = env["asterisk_plus.settings"]._current()
            self.kept, settings.partner_creation = settings.partner_creation, "in"
            other = env["asterisk_plus.server"].create({"name": "Concurrent too"})
            self.other_id, self.other_agent_id = other.id, other.user_id.id

    def take_away_more(self):
        with self.transaction() as env:
            env["asterisk_plus.settings"]._current().partner_creation = self.kept
            other = env["asterisk_plus.server"].browse(self.other_id)
            env["asterisk_plus.call"].search([("server_id", "=", other.id)]).unlink()
            account = other.user_id
            other.unlink()
            partner = account.partner_id
            account.unlink()
            (partner | self.strangers(env)).unlink()
            env.cr.execute("DELETE FROM asterisk_plus_new_partner WHERE number = %s", [STRANGER])

    def strangers(self, env):
        return env["res.partner"].search([("phone_e164", "=", STRANGER)])

    def call_batch(self, uniqueid):
        """Return a call that came and went: of such a one a contact is made at once."""
        event = {"Uniqueid": uniqueid, "Linkedid": uniqueid, "Channel": "PJSIP/trunk-1", "CallerIDNum": STRANGER}
        rows = {"Newchannel": self.row_id, "Hangup": self.hangup_row()}
        items = [
            {"boot": BOOT, "seq": seq, "row": row, "event": dict(event, Event=name, Cause="16", EventTime="179539366%d.0" % seq)}
            for seq, (name, row) in enumerate(rows.items(), start=1)
        ]
        return {"boot": BOOT, "settled": {}, "items": items}

    def hangup_row(self):
        with self.transaction() as env:
            return env["asterisk_plus.event"].search([("name", "=", "Hangup")], limit=1).id

    def test_one_contact_of_two_calls_at_once(self):
        statuses = []
        first, second = self.call_batch("1.1"), self.call_batch("2.2")
        arguments = (second, statuses, self.other_agent_id)
        thread = threading.Thread(target=self.deliver_as_odoo_does, args=arguments)
        with mute_logger("odoo.sql_db"):
            with self.transaction(self.agent_id) as env:
                self.assertEqual(self.deliver(env, first), "done")
                env["base"].flush()
                thread.start()
                self.wait_until_blocked(env.cr)
            thread.join(WAIT_S)
        self.assertFalse(thread.is_alive())
        # The second one waited for the first, failed to serialize, ran again, and saw the contact.
        self.assertEqual(statuses, ["started", "started", "done"])
        with self.transaction() as env:
            stranger = self.strangers(env)
            self.assertEqual(len(stranger), 1)
            calls = env["asterisk_plus.call"].search([("server_id", "in", (self.server_id, self.other_id))])
            self.assertEqual((len(calls), calls.partner_id), (2, stranger))
