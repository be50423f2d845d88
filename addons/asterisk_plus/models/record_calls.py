"""The calls of any record: how many, which ones, and the call that is made from it. Bridges inherit it (sale order, task …)."""
from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .groups import counts


class RecordCalls(models.AbstractModel):
    _name = "asterisk_plus.record_calls"
    _description = "Record with calls"

    asterisk_call_count = fields.Integer(
        string="Calls", compute="_compute_asterisk_call_count", groups="asterisk_plus.group_user"
    )

    @api.depends_context("uid")
    def _compute_asterisk_call_count(self):
        domain = [("model", "=", self._name), ("res_id", "in", self.ids)]
        found = counts(self.env["asterisk_plus.call"], domain, "res_id")
        for record in self:
            record.asterisk_call_count = found.get(record.id, 0)

    def action_asterisk_record_calls(self):
        """Open the calls that were made from this record, or were linked to it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Calls"),
            "res_model": "asterisk_plus.call",
            "view_mode": "tree,form",
            "domain": [("model", "=", self._name), ("res_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_asterisk_call(self):
        """Ring the user's own phones, then the number of the record's people."""
        self.ensure_one()
        number = next(filter(None, self._asterisk_numbers()), None)
        if not number:
            raise UserError(_("%s has no telephone number.", self.display_name))
        self.env["asterisk_plus.server"].originate_call(number, self._name, self.id)
        return self.env["asterisk_plus.server"]._answer(
            _("Call"), _("Pick up your phone: then %s is called.", number), True
        )

    def _asterisk_numbers(self):
        """Return the numbers by which the record's people are called, the first one first: those of its contact."""
        partner = self.partner_id if "partner_id" in self._fields else self.env["res.partner"]
        return [partner.phone, partner.mobile]
