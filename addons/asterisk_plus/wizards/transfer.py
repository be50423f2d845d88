"""To whom a live call is handed over."""
from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..lib.phone_number import dialable
from ..tools import dialplan


class Transfer(models.TransientModel):
    _name = "asterisk_plus.transfer"
    _description = "Transfer of a live call"

    call_id = fields.Many2one("asterisk_plus.call", required=True, readonly=True, ondelete="cascade")
    colleague_id = fields.Many2one("asterisk_plus.user", domain=[("exten", "!=", False)])
    exten = fields.Char(string="Number", help="An extension, or a number outside.")

    @api.onchange("colleague_id")
    def _onchange_colleague_id(self):
        self.exten = self.colleague_id.exten or self.exten

    def action_transfer(self):
        """Hand the call over, with the rights of who asks."""
        self.ensure_one()
        exten = dialable(self.exten or self.colleague_id.exten or "")
        if not exten or not dialplan.is_number(exten):
            raise UserError(_("Choose a colleague, or enter a number."))
        self.call_id._transfer(exten)
        return {"type": "ir.actions.act_window_close"}
