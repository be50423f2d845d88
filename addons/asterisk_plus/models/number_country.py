"""The country by which numbers are read that tell none, and what happens to them when it changes."""
from odoo import api, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _asterisk_fallback_country(self):
        """Return the country for contacts that have none: the settings', else the first server's, else the first company's."""
        # sudo: anybody may write a contact, not everybody may read the settings, the servers and the companies.
        country = self.env["asterisk_plus.settings"]._current().country_id
        if not country:
            # sudo: numbers are read alike for everybody, whatever servers they may see.
            servers = self.env["asterisk_plus.server"].sudo().with_context(active_test=True)
            country = servers.search([("country_id", "!=", False)], order="id", limit=1).country_id
        return country or self._asterisk_first_company().partner_id.country_id

    @api.model
    def _asterisk_first_company(self):
        # sudo: the same company for everybody.
        return self.env["res.company"].sudo().search([], order="id", limit=1)

    @api.model
    def _asterisk_refill_if_changed(self, before):
        """Read the numbers of all contacts again, if the country is another one than `before`.

        Of all: what is no number in a contact's own country may be one in this.
        """
        if self._asterisk_fallback_country() != before:
            self._asterisk_fill_e164()

    def write(self, vals):
        if "country_id" not in vals or self._asterisk_first_company().partner_id not in self:
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
        if not {"country_id", "active"} & set(vals):
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
