"""The tokens by which Odoo may call the agents. In a model of its own, because a field's groups do not keep it out of a search."""
from odoo import api, fields, models


class AsteriskServerSecret(models.Model):
    _name = "asterisk_plus.server_secret"
    _description = "Secret of an Asterisk server"
    _log_access = False
    _rec_name = "server_id"
    # Its line of ir.model.access gives nothing to nobody, on purpose: only code that runs as superuser reaches it.

    server_id = fields.Many2one("asterisk_plus.server", required=True, ondelete="cascade")
    token = fields.Char()

    _sql_constraints = [("server_uniq", "unique(server_id)", "One secret per server.")]

    @api.model
    def _tokens(self, servers):
        """Return {server id: token}."""
        return {secret.server_id.id: secret.token for secret in self.search([("server_id", "in", servers.ids)])}

    @api.model
    def _set_token(self, server, token):
        secret = self.search([("server_id", "=", server.id)])
        if secret:
            secret.token = token
        else:
            self.create({"server_id": server.id, "token": token})
