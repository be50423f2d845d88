"""Two deliveries of one server at the same time, in transactions of their own: the second waits, and sees what the first did."""
import threading
from contextlib import closing

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests.common import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .common import BOOT
from .series import request

WAIT_S = 30


class ConcurrentCase(BaseCase):
    """Committed data is needed, and taken away again."""

    def setUp(self):
        super().setUp()
        self.database = get_db_name()
        self.addCleanup(self.take_away)
        with self.transaction() as env:
            server = env["asterisk_plus.server"].create({"name": "Concurrent"})
            self.server_id, self.agent_id = server.id, server.user_id.id
            self.row_id = env["asterisk_plus.event"].search([("name", "=", "Newchannel")], limit=1).id

    def transaction(self, uid=SUPERUSER_ID):
        return Transaction(self.database, uid)

    def take_away(self):
        with self.transaction() as env:
            server = env["asterisk_plus.server"].browse(self.server_id)
            env["asterisk_plus.call"].search([("server_id", "=", server.id)]).unlink()
            account = server.user_id
            server.unlink()
            partner = account.partner_id
            account.unlink()
            partner.unlink()

    def batch(self, seq=1, boot=BOOT, uniqueid="1.1"):
        event = {"Event": "Newchannel", "Uniqueid": uniqueid, "Linkedid": uniqueid, "Channel": "PJSIP/trunk-1"}
        event["EventTime"] = "1795393664.43"
        item = {"boot": boot, "seq": seq, "row": self.row_id, "event": event}
        return {"boot": boot, "settled": {}, "items": [item]}

    def deliver(self, env, batch):
        return env["asterisk_plus.server"].deliver(batch)["results"][0]["status"]

    def deliver_as_odoo_does(self, batch, statuses, agent=None):
        """Deliver in a thread as a request does: Odoo runs it again after a serialization failure (service/model.py)."""

        def answer(env):
            statuses.append("started")
            statuses.append(self.deliver(env, batch))

        request(self.database, agent or self.agent_id, answer)

    def race(self, second):
        """Deliver a batch; while its transaction is open, deliver `second` in another one. Return what the second saw."""
        statuses = []
        thread = threading.Thread(target=self.deliver_as_odoo_does, args=(second, statuses))
        with self.transaction(self.agent_id) as env:
            self.assertEqual(self.deliver(env, self.batch()), "done")
            env["base"].flush()
            thread.start()
            self.wait_until_blocked(env.cr)
        thread.join(WAIT_S)
        self.assertFalse(thread.is_alive())
        return statuses

    def wait_until_blocked(self, cr):
        """Wait for the fact: PostgreSQL says that somebody waits for our transaction."""
        pid = cr._cnx.get_backend_pid()
        with closing(db_connect(self.database).cursor()) as other:
            for _try in range(WAIT_S * 20):
                # Else a transaction sees the backends of its first look: not one that the thread has opened since.
                other.execute("SELECT pg_stat_clear_snapshot()")
                other.execute("SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [pid])
                if other.fetchone()[0]:
                    return
                other.execute("SELECT pg_sleep(0.05)")
        self.fail("the second delivery did not wait for the first")


# After the installation: other threads need the registry.
@tagged("post_install", "-at_install")
class TestDeliverConcurrent(ConcurrentCase):
    def test_the_same_batch_twice_at_once_is_applied_once(self):
        with mute_logger("odoo.sql_db"):
            statuses = self.race(self.batch())
        # It waited, failed to serialize, and ran again.
        self.assertEqual(statuses, ["started", "started", "duplicate"])
        with self.transaction() as env:
            self.assertEqual(env["asterisk_plus.call"].search_count([("server_id", "=", self.server_id)]), 1)

    def test_the_next_batch_waits_for_the_one_before(self):
        with mute_logger("odoo.sql_db"):
            statuses = self.race(self.batch(2, uniqueid="2.2"))
        self.assertEqual(statuses[-1], "done")
        with self.transaction() as env:
            self.assertEqual(env["asterisk_plus.call"].search_count([("server_id", "=", self.server_id)]), 2)
            delivery = env["asterisk_plus.delivery"].search([("server_id", "=", self.server_id), ("boot", "=", BOOT)])
            self.assertIn('"above":[[1,%d],[2,%d]]' % (self.row_id, self.row_id), delivery.applied)

    def test_another_boot_of_the_same_server_waits_too(self):
        with mute_logger("odoo.sql_db"):
            self.assertEqual(self.race(self.batch(1, "another"))[-1], "done")

    def test_who_saves_the_servers_form_meets_no_delivery(self):
        with self.transaction(self.agent_id) as env:
            self.deliver(env, self.batch())
            env["base"].flush()
            with self.transaction() as person:
                person.cr.execute("SET LOCAL lock_timeout = '5s'")
                person["asterisk_plus.server"].browse(self.server_id).name = "Renamed"
            self.assertEqual(self.deliver(env, self.batch(2, uniqueid="2.2")), "done")
            env["base"].flush()

    def test_a_request_that_fails_leaves_nothing_applied(self):
        with self.assertRaises(psycopg2.OperationalError), self.transaction(self.agent_id) as env:
            self.deliver(env, self.batch())
            raise psycopg2.OperationalError("the connection is lost")
        with self.transaction(self.agent_id) as env:
            self.assertEqual(self.deliver(env, self.batch()), "done")


class Transaction:
    """A real transaction of a real connection: tests else share one."""

    def __init__(self, database, uid):
        self.cr = db_connect(database).cursor()
        self.uid = uid

    def __enter__(self):
        return api.Environment(self.cr, self.uid, {})

    def __exit__(self, kind, error, trace):
        if kind is None:
            api.Environment(self.cr, self.uid, {})["base"].flush()
            self.cr.commit()  # pylint: disable=invalid-commit
        else:
            self.cr.rollback()
        api.Environment(self.cr, self.uid, {}).clear()
        self.cr.close()
