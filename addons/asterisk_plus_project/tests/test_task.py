"""Calls that are made from a task: it has their number, counts them, and bears their note."""
from odoo.addons.asterisk_plus.tests.common import HERE, PbxCase, clicked, recorded


class TestTaskCalls(PbxCase):
    def test_call_is_on_its_record(self):
        record = self.env["project.task"].create({"name": "Mend the pump", "partner_id": self.jane.id})
        events = recorded(HERE / "click-to-call.ami.gz")
        state = clicked(events)[0]
        number, endpoint = state.click["number"], state.click["endpoint"]
        call = self.calls.create_originated(
            self.server, state.linkedid, number, self.pbx_alice, self.jane, record._name, record.id, endpoint=endpoint
        )
        self.assertEqual((call.model, call.res_id, record.asterisk_call_count), ("project.task", record.id, 1))
        self.deliver(self.items(events))
        self.assertEqual(len(record.message_ids.filtered(lambda one: 'data-oe-id="%s"' % call.id in one.body)), 1)
        action = record.action_asterisk_record_calls()
        self.assertEqual(self.calls.search(action["domain"]), call)

    def test_its_number_is_the_contacts(self):
        record = self.env["project.task"].create({"name": "Mend the pump", "partner_id": self.jane.id})
        self.assertEqual(next(filter(None, record._asterisk_numbers())), "0470 00 00 01")
