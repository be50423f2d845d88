"""Figures of many calls, for pivots and graphs."""
from odoo import api, fields, models


def share_of(status):
    """Return what a call of this status counts in the average: it was answered (in percent), or not."""
    return 100.0 if status == "answered" else 0.0


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    answered_share = fields.Float(
        string="Answered (%)", compute="_compute_answered_share", store=True, group_operator="avg", help="Of all calls of a group."
    )
    # A sum of waiting tells nothing.
    ring_duration = fields.Integer(group_operator="avg")

    @api.depends("status")
    def _compute_answered_share(self):
        for call in self:
            call.answered_share = share_of(call.status)
