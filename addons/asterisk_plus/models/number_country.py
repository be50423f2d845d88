"""The country by which numbers are read that tell none, and what happens to them when it changes."""
from odoo import api, models, tools

from .remembered import forget_remembered


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _asterisk_fallback_country(self):
        """Return the country for contacts that have none: the settings', else the first server's, else the first company's."""
        # sudo: which country it is everybody may know.
        return self.env["res.country"].sudo().browse(self._asterisk_fallback_country_id())

    @api.model
    @tools.ormcache()
    def _asterisk_fallback_country_id(self):
        # sudo: anybody may write a contact, not everybody may read the settings, the servers and the companies.
        country = self.env["asterisk_plus.settings"]._current().country_id
        if not country:
            # sudo: numbers are read alike for everybody, whatever servers they may see.
            servers = self.env["asterisk_plus.server"].sudo().with_context(active_test=True)
            country = servers.search([("country_id", "!=", False)], order="id", limit=1).country_id
        return (country or self._asterisk_first_company().partner_id.country_id).id

    @api.model
    @tools.ormcache("server_id", "company_id")
    def _asterisk_country_codes(self, server_id, company_id):
        """Return the codes of the countries in which the national numbers of a server (False: none) and a company are tried."""
        # sudo: countries are no secret, the company's partner may be hidden from the user.
        server = self.env["asterisk_plus.server"].sudo().browse(server_id)
        company = self.env["res.company"].sudo().browse(company_id)
        countries = (server.country_id, company.partner_id.country_id, self._asterisk_fallback_country())
        return [country.code for country in countries]

    @api.model
    def _asterisk_first_company(self):
        # sudo: the same company for everybody.
        return self.env["res.company"].sudo().search([], order="id", limit=1)

    def _asterisk_of_companies(self):
        """Tell whether one of these contacts is a company of ours."""
        # sudo: whoever writes the contact need not work in that company.
        return bool(self.env["res.company"].sudo().search([("partner_id", "in", self.ids)], limit=1))

    @api.model
    def _asterisk_refill_if_changed(self, before):
        """Read the numbers of all contacts again, if the country is another one than `before`.

        Of all: what is no number in a contact's own country may be one in this. The countries that are remembered may be others,
        too.
        """
        forget_remembered(self.env)
        if self._asterisk_fallback_country() != before:
            self._asterisk_fill_e164()

    def write(self, vals):
        if "country_id" not in vals or not self._asterisk_of_companies():
            return super().write(vals)
        before = self._asterisk_fallback_country()
        result = super().write(vals)
        self._asterisk_refill_if_changed(before)
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        if "partner_id" not in vals:  # a new country is written to the partner
            return super().write(vals)
        partners = self.env["res.partner"]
        before = partners._asterisk_fallback_country()
        result = super().write(vals)
        partners._asterisk_refill_if_changed(before)
        return result


class AsteriskSettings(models.Model):
    _inherit = "asterisk_plus.settings"

    def write(self, vals):
        partners = self.env["res.partner"]
        before = partners._asterisk_fallback_country()
        result = super().write(vals)
        partners._asterisk_refill_if_changed(before)
        return result


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model_create_multi
    def create(self, vals_list):
        partners = self.env["res.partner"]
        before = partners._asterisk_fallback_country()
        servers = super().create(vals_list)
        partners._asterisk_refill_if_changed(before)
        return servers

    def write(self, vals):
        # Its country, and whose agent it is (asterisk_server_agent.py), are remembered.
        if not {"country_id", "active", "user_id"} & set(vals):
            return super().write(vals)
        partners = self.env["res.partner"]
        before = partners._asterisk_fallback_country()
        result = super().write(vals)
        partners._asterisk_refill_if_changed(before)
        return result

    def unlink(self):
        partners = self.env["res.partner"]
        before = partners._asterisk_fallback_country()
        result = super().unlink()
        partners._asterisk_refill_if_changed(before)
        return result
