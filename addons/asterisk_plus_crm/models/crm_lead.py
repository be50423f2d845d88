"""Leads by number, and their calls."""
from odoo import api, models, release

# Won and lost ones are finished: whoever calls again begins something new.
OPEN = [("active", "=", True), "|", ("stage_id", "=", False), ("stage_id.is_won", "=", False)]


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "asterisk_plus.number_columns", "asterisk_plus.record_calls"]

    # From 19.0 on a lead has one number: it stands in both columns.
    _asterisk_number_fields = ("phone", "mobile" if release.version_info[0] < 19 else "phone")
    _asterisk_country_field = "country_id"

    def _asterisk_numbers(self):
        return [self[name] for name in self._asterisk_number_fields] + super()._asterisk_numbers()

    @api.model
    def _asterisk_open_leads(self, server, numbers, partners):
        """Return ({number: newest open lead}, {contact: newest open lead}) of the server's company, in one query each."""
        by_number = self._asterisk_with_numbers(numbers, server, OPEN)
        of_company = [("company_id", "in", (False, server.company_id.id)), ("partner_id", "in", partners.ids)]
        by_partner = {}
        for lead in self.search(OPEN + of_company, order="id desc") if partners else ():
            by_partner.setdefault(lead.partner_id, lead)
        return {number: leads[:1] for number, leads in by_number.items()}, by_partner
