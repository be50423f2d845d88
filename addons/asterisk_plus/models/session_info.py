"""What the web client knows of its user from the start."""
from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell whether the user has a phone here: only then numbers are called by a click, and there is a dial pad."""
        info = super().session_info()
        user = self.env.user
        info["asterisk_plus"] = {
            "can_call": user.has_group("asterisk_plus.group_user") and bool(self.env["asterisk_plus.user"]._of_user(user))
        }
        return info
