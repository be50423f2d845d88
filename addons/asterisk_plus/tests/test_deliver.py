"""deliver(): once, in order, all of it or none; and what a handler that fails does to the others."""
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..models.asterisk_delivery import LOCK
from .common import BOOT, PbxCase

LOGGER = "odoo.addons.asterisk_plus.models.delivery_run"


class DeliverCase(PbxCase):
    """A handler of another module: it notes what it gets, and fails when the event says so."""

    def setUp(self):
        super().setUp()
        self.got = got = []

        def on_test_event(partners, event):
            got.append((event["Event"], event.get("N"), partners.env.user.login, partners.env.su))
            partners.env.user.partner_id.sudo().comment = event.get("N")
            if event.get("Fail") == "sql":
                partners.env.cr.execute("SELECT 1 FROM no_such_table")
            elif event.get("Fail") == "lost":
                raise psycopg2.OperationalError("could not serialize access")
            elif event.get("Fail"):
                raise ValueError("no such account\nsecond line")
            event.clear()

        handler = patch.object(type(self.env["res.partner"]), "on_test_event", on_test_event, create=True)
        handler.start()
        self.addCleanup(handler.stop)
        values = {"name": "Cdr", "model": "res.partner", "method": "on_test_event"}
        self.foreign = self.env["asterisk_plus.event"].create(values)

    def cdr(self, number, call="", **more):
        return self.item(dict({"Event": "Cdr", "N": number, "Linkedid": call}, **more), self.foreign)

    def new_channel(self, uniqueid="1.1", linkedid=None, **more):
        event = {
            "Event": "Newchannel",
            "Uniqueid": uniqueid,
            "Linkedid": linkedid or uniqueid,
            "Channel": "PJSIP/trunk-%s" % uniqueid,
            "ChannelStateDesc": "Ring",
            "CallerIDNum": "+32470000001",
            "Exten": "+3225550101",
            "EventTime": "1795393664.43",
        }
        return self.items([dict(event, **more)])[0]

    def of_server(self):
        return self.calls.search([("server_id", "=", self.server.id)])


class TestDeliver(DeliverCase):
    def test_a_channel_of_a_call_that_an_older_version_wrote_goes_on_in_another(self):
        """The state of such a call says nothing of its channels; their rows are there all the same."""
        self.assertEqual(self.deliver([self.new_channel("7.1")]), ["done"])
        channel = self.env["asterisk_plus.channel"].search([("server_id", "=", self.server.id), ("uniqueid", "=", "7.1")])
        channel.call_id.state_json = "{}"
        self.assertEqual(self.deliver([self.new_channel("7.1", "7.9")]), ["done"])
        self.assertEqual(channel.call_id.linkedid, "7.9")

    def test_handlers_get_the_events_in_their_order(self):
        items = [self.cdr("1"), self.new_channel(), self.cdr("2"), self.cdr("3")]
        self.assertEqual(self.deliver(items), ["done"] * 4)
        self.assertEqual([one[1] for one in self.got], ["1", "2", "3"])

    def test_a_method_of_the_map_runs_with_the_rights_of_the_agent(self):
        self.deliver([self.cdr("1")])
        self.assertEqual(self.got, [("Cdr", "1", self.agent.login, False)])

    def test_a_second_delivery_is_a_no_op(self):
        items = [self.cdr("1"), self.new_channel()]
        self.deliver(items)
        self.assertEqual(self.deliver(items), ["duplicate"] * 2)
        self.assertEqual((len(self.got), len(self.of_server())), (1, 1))

    def test_an_item_sent_twice_in_one_request_runs_once(self):
        item = self.cdr("1")
        self.assertEqual(self.deliver([item, item]), ["done", "duplicate"])
        self.assertEqual(len(self.got), 1)

    def test_one_event_for_two_rows_is_two_items(self):
        own = self.new_channel()
        other = dict(own, row=self.foreign.id)
        self.assertEqual(self.deliver([own, other]), ["done", "done"])
        self.assertEqual(self.deliver([other, own]), ["duplicate", "duplicate"])

    def test_what_is_settled_never_runs_again(self):
        item = self.cdr("1")
        self.assertEqual(self.deliver([item], {BOOT: item["seq"]}), ["duplicate"])
        self.assertFalse(self.got)

    def test_the_set_of_applied_items_shrinks_and_boots_are_forgotten(self):
        first, second = self.cdr("1"), self.cdr("2")
        self.deliver([first, second])
        self.deliver([], {BOOT: first["seq"], "another": 5})
        rows = self.env["asterisk_plus.delivery"].search([("server_id", "=", self.server.id), ("boot", "!=", LOCK)])
        self.assertEqual(set(rows.mapped("boot")), {BOOT, "another"})
        self.assertIn('"above":[[%d,' % second["seq"], rows.filtered(lambda row: row.boot == BOOT).applied)
        self.deliver([], {"another": 5})
        rows = self.env["asterisk_plus.delivery"].search([("server_id", "=", self.server.id), ("boot", "!=", LOCK)])
        self.assertEqual(rows.mapped("boot"), ["another"])

    def test_the_same_numbers_of_another_boot_are_other_items(self):
        item = self.cdr("1")
        self.assertEqual(self.deliver([item]), ["done"])
        self.assertEqual(self.deliver([dict(item, boot="b2")], {BOOT: 0, "b2": 0}), ["done"])

    def test_a_row_that_is_gone_or_disabled_is_skipped_for_good(self):
        gone, disabled = self.cdr("1"), self.new_channel()
        self.foreign.unlink()
        self.row("Newchannel").is_enabled = False
        self.assertEqual(self.deliver([gone, disabled]), ["skipped", "skipped"])
        self.row("Newchannel").is_enabled = True
        self.assertEqual(self.deliver([gone, disabled]), ["duplicate", "duplicate"])
        self.assertFalse(self.got or self.of_server())

    def test_an_empty_batch_is_good(self):
        self.assertEqual(self.deliver([]), [])

    def test_a_delivery_tells_that_the_agent_lives(self):
        self.assertFalse(self.server.last_seen)
        self.deliver([])
        self.assertAlmostEqual(self.server.last_seen, fields.Datetime.now(), delta=timedelta(minutes=5))

    def test_what_is_no_delivery_is_refused_as_a_whole(self):
        good = self.cdr("1")
        bad = [dict(good, seq="2"), dict(good, seq=True), dict(good, seq=0), dict(good, row=-1), dict(good, boot="")]
        bad += [dict(good, boot="\0"), dict(good, boot="*"), dict(good, event=[]), {"boot": BOOT}, None, dict(good, boot="x" * 65)]
        for one in bad:
            with self.subTest(one), self.assertRaises(UserError):
                self.deliver([good, one])
        for batch in ({}, [], None, {"items": [], "settled": []}):
            with self.subTest(batch), self.assertRaises(UserError):
                self.as_agent().deliver(batch)
        self.assertFalse(self.got)

    def test_texts_that_a_stranger_made_bad_are_delivered(self):
        bad = {"CallerIDName": "\0\ud800<b>", "Linkedid": "7.7", "Uniqueid": "7.7", "Exten": "\0" * 300}
        self.assertEqual(self.deliver([self.new_channel(**bad), self.cdr("\0")]), ["done", "done"])
        self.assertIn("<b>", self.of_server().calling_name)


class TestDeliverFailure(DeliverCase):
    @mute_logger(LOGGER)
    def test_a_handler_that_raises_fails_alone_and_undoes_what_it_did(self):
        before = self.agent.partner_id.comment
        items = [self.cdr("1", Fail="yes"), self.new_channel()]
        results = self.as_agent().deliver({"boot": BOOT, "settled": {}, "items": items})["results"]
        self.assertEqual([one["status"] for one in results], ["failed", "done"])
        self.assertEqual(results[0]["error"], "ValueError: no such account")
        self.assertEqual(self.agent.partner_id.comment, before)
        self.assertEqual(len(self.of_server()), 1)

    def test_a_failure_is_told_to_the_log_with_its_cause(self):
        with self.assertLogs(LOGGER, "WARNING") as logs:
            self.deliver([self.cdr("1", Fail="yes")])
        self.assertIn("res.partner.on_test_event failed for a Cdr event", logs.output[0])
        self.assertIn("ValueError: no such account", logs.output[0])

    @mute_logger(LOGGER)
    def test_a_failed_item_comes_again(self):
        item = self.cdr("1", Fail="yes")
        self.assertEqual(self.deliver([item]), ["failed"])
        item["event"].pop("Fail")
        self.assertEqual(self.deliver([item]), ["done"])
        self.assertEqual(self.deliver([item]), ["duplicate"])

    @mute_logger(LOGGER, "odoo.sql_db")
    def test_a_broken_statement_does_not_break_the_others(self):
        items = [self.cdr("1"), self.cdr("2", Fail="sql"), self.cdr("3")]
        self.assertEqual(self.deliver(items), ["done", "failed", "done"])
        self.assertIn("3", self.agent.partner_id.comment)

    @mute_logger(LOGGER)
    def test_later_events_of_the_same_call_are_held(self):
        items = [
            self.cdr("1", "1.1", Fail="yes"),
            self.new_channel("1.1"),
            self.cdr("2", "1.1"),
            self.new_channel("2.2"),
            self.cdr("3"),
        ]
        self.assertEqual(self.deliver(items), ["failed", "held", "held", "done", "done"])
        self.assertEqual(self.of_server().linkedid, "2.2")
        items[0]["event"].pop("Fail")
        self.assertEqual(self.deliver(items), ["done", "done", "done", "duplicate", "duplicate"])
        self.assertEqual(set(self.of_server().mapped("linkedid")), {"1.1", "2.2"})

    @mute_logger(LOGGER)
    def test_one_bad_event_of_ours_fails_alone_in_its_batch(self):
        known = type(self.calls)._on_ami_events

        def picky(calls, server, events):
            if any(event["Uniqueid"] == "2.2" for event in events):
                raise ValueError("2.2")
            return known(calls, server, events)

        items = [self.new_channel(one) for one in ("1.1", "2.2", "3.3")] + [self.new_channel("2.3", "2.2")]
        with patch.object(type(self.calls), "_on_ami_events", picky):
            self.assertEqual(self.deliver(items), ["done", "failed", "done", "held"])
        self.assertEqual(set(self.of_server().mapped("linkedid")), {"1.1", "3.3"})

    def test_what_is_not_the_handlers_fault_ends_the_request(self):
        for error in (psycopg2.OperationalError, psycopg2.extensions.TransactionRollbackError, psycopg2.InterfaceError):

            def handler(_calls, _server, _events, error=error):
                raise error("could not serialize access due to concurrent update")

            with self.subTest(error), patch.object(type(self.calls), "_on_ami_events", handler):
                with self.assertRaises(error):
                    self.deliver([self.new_channel(), self.new_channel("2.2")])
        with self.assertRaises(psycopg2.OperationalError):
            self.deliver([self.cdr("1", Fail="lost")])

    @mute_logger(LOGGER)
    def test_a_method_that_has_gone_fails_and_says_so(self):
        self.env.cr.execute("UPDATE asterisk_plus_event SET model = 'no.model' WHERE id = %s", [self.foreign.id])
        self.foreign.invalidate_cache()
        results = self.as_agent().deliver({"boot": BOOT, "settled": {}, "items": [self.cdr("1")]})["results"]
        self.assertEqual((results[0]["status"], results[0]["error"]), ("failed", "LookupError: no model no.model"))

    @mute_logger(LOGGER)
    def test_a_row_that_got_round_the_constraint_runs_no_method_of_the_orm(self):
        for method in ("unlink", "_write", "search", "__class__"):
            self.env.cr.execute("UPDATE asterisk_plus_event SET method = %s WHERE id = %s", [method, self.foreign.id])
            self.foreign.invalidate_cache()
            with self.subTest(method):
                self.assertEqual(self.deliver([self.cdr("1")]), ["failed"])

    def test_the_handler_of_our_rows_refuses_everybody_else(self):
        event = self.new_channel()["event"]
        for user in (self.alice, self.env.ref("base.user_admin"), self.env.ref("base.public_user")):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.calls.with_user(user).on_ami_event(event)
        self.calls.with_user(self.agent).on_ami_event(event)
        self.assertEqual(self.of_server().linkedid, "1.1")
