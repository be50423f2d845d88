"""Of which calls a lead is made, and whose it is."""
from odoo import fields, models


class AsteriskSettings(models.Model):
    _inherit = "asterisk_plus.settings"

    is_lead_of_missed = fields.Boolean(
        string="Leads of missed calls", help="Of a call from outside that nobody answered, a lead is made."
    )
    is_lead_of_unknown = fields.Boolean(
        string="Leads of unknown callers",
        help="Of a call from outside with a number that no contact has, a lead is made when it ends, answered or missed.",
    )
    lead_user_id = fields.Many2one(
        "res.users",
        string="Salesperson of leads",
        domain=[("share", "=", False)],
        help="Of leads of calls that nobody answered, if the contact has no salesperson.",
    )
