"""Calls that are made from a employee: it has their number, counts them, and bears their note."""
from odoo.addons.asterisk_plus.tests.common import HERE, PbxCase, clicked, recorded


class TestEmployeeCalls(PbxCase):
    def test_call_is_on_its_record(self):
        record = self.env["hr.employee"].create({"name": "Eve", "work_phone": "0470 00 00 09"})
        events = recorded(HERE / "click-to-call.ami.gz")
        state = clicked(events)[0]
        number, endpoint = state.click["number"], state.click["endpoint"]
        call = self.calls.create_originated(
            self.server, state.linkedid, number, self.pbx_alice, self.jane, record._name, record.id, endpoint=endpoint
        )
        self.assertEqual((call.model, call.res_id, record.asterisk_call_count), ("hr.employee", record.id, 1))
        self.deliver(self.items(events))
        self.assertEqual(len(record.message_ids.filtered(lambda one: 'data-oe-id="%s"' % call.id in one.body)), 1)
        action = record.action_asterisk_record_calls()
        self.assertEqual(self.calls.search(action["domain"]), call)

    def test_its_number_is_the_work_phone(self):
        record = self.env["hr.employee"].create({"name": "Eve", "work_phone": "0470 00 00 09"})
        self.assertEqual(next(filter(None, record._asterisk_numbers())), "0470 00 00 09")

    def played(self):
        self.deliver(self.items(recorded(HERE / "inbound-answered.ami.gz")))
        return self.calls.search([("server_id", "=", self.server.id)]).ensure_one()

    def employee(self, name="Eve", phone="0470 00 00 01"):
        address = self.env["res.partner"].create({"name": "Works", "country_id": self.belgium.id})
        return self.env["hr.employee"].create({"name": name, "mobile_phone": phone, "address_id": address.id})

    def test_employee_who_calls_from_outside_is_known(self):
        eve = self.employee()
        self.assertEqual(eve.mobile_e164, "+32470000001")
        call = self.played()
        self.assertEqual((call.model, call.res_id), ("hr.employee", eve.id))

    def test_number_of_several_is_nobodys(self):
        self.employee()
        self.employee("Adam")
        self.assertFalse(self.played().res_id)

    def test_no_contact_is_made_of_an_employee(self):
        self.env["asterisk_plus.settings"]._current().partner_creation = "in"
        self.jane.phone = False
        self.env.company.country_id = self.belgium  # Sales of Odoo 17 makes it one of the United States
        eve = self.employee()
        # From Odoo 16 on an employee has a contact of its own from the beginning; from 19.0 on without the mobile number.
        own = eve["work_contact_id"] if "work_contact_id" in eve else self.env["res.partner"]
        self.assertEqual(self.played().partner_id, own.filtered("mobile"))

    def test_a_colleague_without_hr_rights_sees_the_public_employee_as_before(self):
        eve = self.employee()
        eve.flush()  # the public one is a view of PostgreSQL
        self.assertEqual(self.env["hr.employee.public"].with_user(self.alice).browse(eve.id).name, "Eve")
        self.assertEqual(self.env["hr.employee"].with_user(self.alice).browse(eve.id).read(["name"])[0]["name"], "Eve")
