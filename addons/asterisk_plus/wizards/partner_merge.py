"""Merging contacts: what Odoo does to them by SQL, and what is written beside the foreign keys."""
from odoo import models


class MergePartners(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Odoo moves the people and the companies of merged contacts by SQL, past all computed fields: they are read again."""
        partners = self.env["res.partner"]
        before = partners._asterisk_fallback_country()
        # sudo: as Odoo's own SQL, whoever merges; companies and archived people too.
        everybody = partners.sudo().with_context(active_test=False)
        moved = everybody.search(["|", ("parent_id", "in", src_partners.ids), ("company_id.partner_id", "in", src_partners.ids)])
        result = super()._update_foreign_keys(src_partners, dst_partner)
        moved.modified(["parent_id", "company_id"])
        partners._asterisk_refill_if_changed(before)
        return result

    def _update_reference_fields(self, src_partners, dst_partner):
        """A call that was made from a merged contact was made from what it has become."""
        result = super()._update_reference_fields(src_partners, dst_partner)
        # sudo: nobody may write calls.
        calls = self.env["asterisk_plus.call"].sudo()
        calls.search([("model", "=", "res.partner"), ("res_id", "in", src_partners.ids)]).write({"res_id": dst_partner.id})
        return result
