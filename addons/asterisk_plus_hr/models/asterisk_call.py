"""Employees who call from outside, by their work numbers: known, and no strangers of whom a contact or a lead is made."""
from odoo import api, models

OF_A_PERSON = 1


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    def _link_records(self):
        for server in self.server_id:
            calls = self.filtered(lambda one, server=server: one.server_id == server and not one.res_id)
            found = self.env["hr.employee"]._asterisk_with_numbers(set(calls.mapped("partner_number")), server)
            for call in calls:
                # A number that several have, as the switchboard's, is nobody's.
                if len(found[call.partner_number]) == OF_A_PERSON:
                    call._link_record(found[call.partner_number])
        return super()._link_records()

    @api.model
    def _own_numbers(self, countries):
        employees = self.env["hr.employee"].search(["|", ("phone_e164", "!=", False), ("mobile_e164", "!=", False)])
        return super()._own_numbers(countries) | set(employees.mapped("phone_e164") + employees.mapped("mobile_e164"))
