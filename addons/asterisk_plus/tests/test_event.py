"""The events map: what may stand in it, what the agent gets, and what it reports."""
from unittest.mock import patch

from odoo.exceptions import ValidationError

from ..lib.events import WANTED_EVENTS
from .common import PbxCase


class TestEvent(PbxCase):
    def add(self, **values):
        row = {"name": "Cdr", "model": "asterisk_plus.call", "method": "on_ami_event"}
        return self.env["asterisk_plus.event"].create(dict(row, **values))

    def test_the_addons_rows_are_those_that_the_state_machine_wants(self):
        rows = self.env["asterisk_plus.event"].search([("is_builtin", "=", True)])
        there = sorted((row.name, row.condition or "", row.model, row.method, row.is_enabled) for row in rows)
        wanted = sorted((one.name, one.condition, "asterisk_plus.call", "on_ami_event", True) for one in WANTED_EVENTS)
        self.assertEqual(there, wanted)

    def test_an_upgrade_mends_the_addons_rows_and_leaves_the_others(self):
        mine = self.add(condition="True")
        self.row("VarSet").condition = "False"
        self.row("Hangup").unlink()
        self.row("Newstate").is_enabled = False
        self.env["asterisk_plus.event"]._sync_builtin_rows()
        self.assertTrue(self.row("Hangup"))
        self.assertIn("DIALSTATUS", self.row("VarSet").condition)
        self.assertFalse(self.row("Newstate").is_enabled)
        self.assertEqual(mine.condition, "True")

    def test_the_agent_gets_the_enabled_rows(self):
        mine = self.add(delay=0.25, keep_order=False, condition=' event["Cause"] == "17" ')
        off = self.add(is_enabled=False)
        reply = self.as_agent().get_events_map()
        rows = {row["id"]: row for row in reply["rows"]}
        self.assertNotIn(off.id, rows)
        self.assertEqual(
            rows[mine.id],
            {
                "id": mine.id,
                "source": "AMI",
                "name": "Cdr",
                "model": "asterisk_plus.call",
                "method": "on_ami_event",
                "delay": 0.25,
                "keep_order": False,
                "condition": 'event["Cause"] == "17"',
            },
        )

    def test_the_version_changes_with_the_rows_and_only_then(self):
        first = self.as_agent().get_events_map()["version"]
        self.assertEqual(self.as_agent().get_events_map()["version"], first)
        self.row("Hangup").delay = 1.5
        self.assertNotEqual(self.as_agent().get_events_map()["version"], first)

    def test_a_row_must_name_what_can_be_called(self):
        bad = [
            {"model": "no.model"},
            {"method": "no_such_method"},
            {"method": "_on_ami_events"},
            {"method": "__init__"},
            {"method": "on_ami_event()"},
            {"method": "linkedid"},  # a field
            {"method": "unlink"},  # of every model
            {"method": "write"},
            {"method": "search"},
            {"model": "res.users", "method": "unlink"},
            {"name": "Cdr, Hangup"},
            {"name": ""},
            {"delay": -1},
            {"delay": 1e9},
        ]
        for values in bad:
            with self.subTest(values), self.assertRaises(ValidationError):
                self.add(**values)

    def test_a_condition_must_be_an_expression_and_is_not_run(self):
        for good in ('event["Cause"] == "17"', 'event.get("Variable") in ("A", "B")', "  True"):
            self.add(condition=good)
        for bad in ("event[", "x = 1", "import os", "a; b", "(" * 900, "x" * 1001):
            with self.subTest(bad[:20]), self.assertRaises(ValidationError):
                self.add(condition=bad)
        self.add(condition="1 / 0")  # the agent's to refuse, when it meets the first event

    def test_reported_errors_stand_beside_their_rows_until_cleared(self):
        row = self.add(condition="nonsense")
        self.assertIs(self.as_agent().report_event_errors([{"id": row.id, "error": "no such name: nonsense"}]), True)
        row.invalidate_cache()
        self.assertEqual(row.error, "Test PBX: no such name: nonsense")
        self.assertFalse(self.row("Hangup").error)
        self.as_agent().report_event_errors([])
        row.invalidate_cache()
        self.assertFalse(row.error)

    def test_the_agents_are_told_of_every_change_that_they_would_see(self):
        told = []

        def note(servers):
            told.append(servers)

        with patch.object(type(self.server), "_events_map_changed", note):
            row = self.add()
            row.delay = 1
            row.is_enabled = False
            row.unlink()
            self.assertEqual(len(told), 4)
            self.row("Hangup").is_builtin = True
            self.env["asterisk_plus.event"]._sync_builtin_rows()
        self.assertEqual(len(told), 4)
        self.assertIn(self.server, told[0])
