"""Contacts by number: normalised, indexed columns, and the choice among several hits."""
from odoo import api, fields, models, release
from odoo.tools import sql

from ..lib.phone_number import candidates, split_post_dial, to_e164
from .number_columns import likeliest

COLUMNS = {"phone_e164": "phone", "mobile_e164": "mobile"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    if release.version_info[0] >= 19:
        mobile = fields.Char()  # 19.0 has one number of a contact alone

    phone_e164 = fields.Char(
        string="Phone (E.164)", compute="_compute_e164", store=True, index=True, readonly=True, copy=False
    )
    mobile_e164 = fields.Char(
        string="Mobile (E.164)", compute="_compute_e164", store=True, index=True, readonly=True, copy=False
    )

    def _auto_init(self):
        # With the columns in place Odoo does not compute them all in one go when the addon is installed:
        # number_fill.py does, in batches (hooks.py).
        for column in COLUMNS:
            if sql.table_exists(self.env.cr, self._table) and not sql.column_exists(self.env.cr, self._table, column):
                sql.create_column(self.env.cr, self._table, column, "varchar")
        return super()._auto_init()

    @api.depends("phone", "mobile", "country_id.code", "parent_id.country_id.code", "company_id.partner_id.country_id.code")
    def _compute_e164(self):
        fallback = self._asterisk_fallback_country()
        for partner in self:
            partner.update(partner._asterisk_e164(fallback))

    def _asterisk_e164(self, fallback):
        """Return {column: E.164 or False}: the only place that decides how a contact's numbers are read.

        What follows ## is an extension to be dialled after the answer, and no part of the number.
        """
        self.ensure_one()
        countries = (self.country_id, self.parent_id.country_id, self.company_id.partner_id.country_id, fallback)
        return self._asterisk_read([self[field] for field in COLUMNS.values()], [country.code for country in countries])

    @api.model
    def _asterisk_read(self, numbers, codes):
        """Return {column: E.164 or False} of the texts of phone and mobile, read in these countries."""
        codes = list(dict.fromkeys(code for code in codes if code))
        read = (number and to_e164(split_post_dial(number)[0], codes) or False for number in numbers)
        return dict(zip(COLUMNS, read))

    @api.model
    def asterisk_match(self, number, country=None, server=None):
        """Return the active contacts with this number, by the indexed columns only; none for a text that is no number."""
        return self._asterisk_match_many([number], country=country, server=server)[number]

    @api.model
    def asterisk_match_many(self, numbers, country=None, server=None):
        """Return {number: contacts} of many numbers, in one query. See asterisk_match()."""
        return self._asterisk_match_many(numbers, country=country, server=server)

    @api.model
    def _asterisk_match_many(self, numbers, country=None, server=None):
        countries = self._asterisk_countries(country, server)
        readings = {number: candidates(number or "", countries) for number in numbers}
        wanted = sorted({one for reading in readings.values() for one in reading})
        # The likeliest reading of a number that anybody has.
        return likeliest(readings, self._asterisk_search_e164(wanted, server))

    @api.model
    def _asterisk_search_e164(self, wanted, server):
        if not wanted:
            return self.browse()
        domain = ["|", ("phone_e164", "in", wanted), ("mobile_e164", "in", wanted)]
        if server:
            domain += [("company_id", "in", (False, server.company_id.id))]
        # No limit, and order by id: PostgreSQL must not walk another index for the order's sake.
        return self.with_context(active_test=True).search(domain, order="id")

    @api.model
    def _asterisk_countries(self, country, server):
        """Return country codes in the order in which a national number is tried: the request's, the server's, the company's."""
        company = server.company_id if server else self.env.company
        codes = [(country or "").strip().upper(), *self._asterisk_country_codes(server.id if server else False, company.id)]
        return list(dict.fromkeys(code for code in codes if code))

    @api.model
    def asterisk_choose(self, partners):
        """Return the one contact that several hits mean: several of one company give the company, of several nobody."""
        if len(partners) <= 1:
            return partners
        companies = partners.mapped("commercial_partner_id")
        return companies if len(companies) == 1 and companies.active else self.browse()
