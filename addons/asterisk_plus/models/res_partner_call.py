"""The calls of a contact, and the call to it."""
from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .groups import counts


class ResPartner(models.Model):
    _inherit = "res.partner"

    asterisk_call_count = fields.Integer(
        string="Calls", compute="_compute_asterisk_call_count", groups="asterisk_plus.group_user"
    )

    @api.depends_context("uid")
    def _compute_asterisk_call_count(self):
        everybody = self.with_context(active_test=False).search([("id", "child_of", self.ids)])
        found = counts(self.env["asterisk_plus.call"], [("partner_id", "in", everybody.ids)], "partner_id")
        sums = dict.fromkeys(self.ids, 0)
        for partner_id, count in found.items():
            partner = self.browse(partner_id)
            while partner:
                if partner.id in sums:
                    sums[partner.id] += count
                partner = partner.parent_id
        for partner in self:
            partner.asterisk_call_count = sums.get(partner.id, 0)

    def action_asterisk_calls(self):
        """Open the calls of the contact and, for a company, of its people."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Calls"),
            "res_model": "asterisk_plus.call",
            "view_mode": "tree,form",
            "domain": [("partner_id", "child_of", self.ids)],
            "context": {"create": False},
        }

    def action_asterisk_call_phone(self):
        """Call the contact's phone by click."""
        return self._asterisk_call("phone")

    def action_asterisk_call_mobile(self):
        """Call the contact's mobile by click."""
        return self._asterisk_call("mobile")

    def _asterisk_call(self, field):
        self.ensure_one()
        if not self[field]:
            raise UserError(_("%s has no such number.", self.display_name))
        self.env["asterisk_plus.server"].originate_call(self[field], self._name, self.id)
        return self.env["asterisk_plus.server"]._answer(
            _("Call"), _("Pick up your phone: then %s is called.", self.display_name), True
        )
