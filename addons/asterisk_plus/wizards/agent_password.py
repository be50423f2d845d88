import secrets

from odoo import _, fields, models
from odoo.exceptions import AccessError

PASSWORD_BYTES = 24


class AsteriskPlusAgentPassword(models.TransientModel):
    """Shows the new password of an agent's account, once. It is kept nowhere but, hashed, with the account."""

    _name = "asterisk_plus.agent_password"
    _description = "New password of an agent"

    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True)
    login = fields.Char(related="server_id.agent_login")
    password = fields.Char(store=False, readonly=True)


class AsteriskPlusServer(models.Model):
    _inherit = "asterisk_plus.server"

    def new_agent_password(self):
        """Give the agent's account a new random password and return it. The old one, and its sessions, end here."""
        self.ensure_one()
        if not self.env.user.has_group("asterisk_plus.group_admin"):
            raise AccessError(_("Only PBX Admins may do this."))
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.sudo()._check_user_id()  # before any password is set: the account must be able to do nothing else
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        # sudo: a PBX Admin may not write users; this one is the server's own.
        self.sudo().user_id.with_context(no_reset_password=True).write({"password": password})
        return password

    def action_new_agent_password(self):
        """Show a new password of the agent's account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("New agent password"),
            "res_model": "asterisk_plus.agent_password",
            "view_mode": "form",
            "target": "new",
            "context": {"default_server_id": self.id, "default_password": self.new_agent_password()},
        }
