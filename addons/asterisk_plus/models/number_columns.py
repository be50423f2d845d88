"""Numbers of other records than contacts (leads, employees): normalised, indexed columns, and who has a number."""
from odoo import api, fields, models

from ..lib.phone_number import candidates


def likeliest(readings, records):
    """Return {number: records} by the first of its readings that any of the records has in its columns."""
    found = {}
    for record in records:
        for e164 in {record.phone_e164, record.mobile_e164}:
            found[e164] = found.get(e164, records.browse()) | record
    return {number: next((found[one] for one in reading if one in found), records.browse()) for number, reading in readings.items()}


class NumberColumns(models.AbstractModel):
    _name = "asterisk_plus.number_columns"
    _description = "Record with telephone numbers"

    # The two fields that people write, and the way to the country in which they are read.
    _asterisk_number_fields = ()
    _asterisk_country_field = None

    phone_e164 = fields.Char(string="Phone (E.164)", compute="_compute_e164", store=True, index=True, copy=False)
    mobile_e164 = fields.Char(string="Mobile (E.164)", compute="_compute_e164", store=True, index=True, copy=False)

    @api.depends(lambda self: self._asterisk_depends())
    def _compute_e164(self):
        partners = self.env["res.partner"]
        fallback = partners._asterisk_fallback_country()
        for record in self:
            codes = [country.code for country in (record.mapped(self._asterisk_country_field), record.company_id.partner_id.country_id, fallback)]
            record.update(partners._asterisk_read([record[name] for name in self._asterisk_number_fields], codes))

    @api.model
    def _asterisk_depends(self):
        if not self._asterisk_number_fields:
            return ()  # this abstract model itself
        country = self._asterisk_country_field + ".code"
        return tuple(self._asterisk_number_fields) + (country, "company_id.partner_id.country_id.code")

    @api.model
    def _asterisk_with_numbers(self, numbers, server, domain=()):
        """Return {number: records of the server's company that have it and match the domain}, in one query, by the columns only."""
        countries = self.env["res.partner"]._asterisk_countries(None, server)
        readings = {number: candidates(number or "", countries) for number in numbers}
        wanted = sorted({one for reading in readings.values() for one in reading})
        if not wanted:
            return {number: self.browse() for number in numbers}
        has_number = ["|", ("phone_e164", "in", wanted), ("mobile_e164", "in", wanted)]
        of_company = [("company_id", "in", (False, server.company_id.id))]
        return likeliest(readings, self.search(list(domain) + of_company + has_number, order="id desc"))
