"""A new password for the agent's account: random, shown once, kept by nobody."""
import secrets

from odoo import _, api, fields, models

PASSWORD_BYTES = 24


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def new_agent_password(self, server_id):
        """Give the agent's account of the server a new random password and return it. PBX admins only.

        Odoo keeps its hash only. The account's sessions end: the agent comes back when it has the new password.
        """
        server = self.browse(server_id).exists()
        server.ensure_one()
        server._check_pbx_admin()
        # The account may have been given more groups since the server was made; then its password is not a PBX admin's to set.
        server._check_user_id()
        return server._set_agent_password()

    def _set_agent_password(self):
        """Give the account a new random password and return it. Who may do so, and to which account, was just checked."""
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        # sudo: a PBX admin writes no users. The account is an agent's and nothing more.
        self.sudo().user_id.password = password
        return password


class AgentPassword(models.TransientModel):
    _name = "asterisk_plus.agent_password"
    _description = "New agent password"

    server_id = fields.Many2one("asterisk_plus.server", required=True, ondelete="cascade")
    login = fields.Char(related="server_id.user_id.login")
    # Without a column: the form gets it as a default and is never saved, so that no table ever holds it.
    password = fields.Char(store=False, readonly=True)

    def action_generate(self):
        """Make the password and open the form that shows it, once."""
        self.ensure_one()
        password = self.env["asterisk_plus.server"].new_agent_password(self.server_id.id)
        return {
            "type": "ir.actions.act_window",
            "name": _("New agent password"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(self.env.ref("asterisk_plus.view_agent_password_shown_form").id, "form")],
            "target": "new",
            "context": {"default_server_id": self.server_id.id, "default_password": password},
        }
