"""Activities and notes of calls: "send the offer", "ask again on Monday", as on any of Odoo's records."""
from odoo import api, models


class AsteriskCall(models.Model):
    _name = "asterisk_plus.call"
    # An activity that is done is a message of its record (mail: models/mail_activity.py, _action_done).
    _inherit = ["asterisk_plus.call", "mail.thread", "mail.activity.mixin"]

    # Nobody writes calls; who sees one plans what follows from it, and takes notes.
    _mail_post_access = "read"

    # Calls come by the hundred a second, of nobody: no message tells of it, and nothing of them is tracked.

    @api.model_create_multi
    def create(self, vals_list):
        quiet = self.with_context(tracking_disable=True)
        return super(AsteriskCall, quiet).create(vals_list).with_env(self.env)

    def write(self, vals):
        return super(AsteriskCall, self.with_context(tracking_disable=True)).write(vals)
