"""Whose calls are a user's own, for record rules."""
from odoo import api, models


class IrRule(models.Model):
    _inherit = "ir.rule"

    @api.model
    def _eval_context(self):
        """Add `pbx_user_ids`: the PBX users, also archived ones, that the current user is.

        By their ids PostgreSQL knows how many calls to expect, and finds them by index; by way of the users' table it does not.
        Odoo remembers rules with such values: asterisk_plus.user makes it forget them.
        """
        context = super()._eval_context()
        pbx_users = self.env["asterisk_plus.user"].with_context(active_test=False)._of_user(self.env.user)
        context["pbx_user_ids"] = pbx_users.ids
        return context
