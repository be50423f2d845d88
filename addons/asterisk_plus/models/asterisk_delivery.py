"""What has been delivered: one row per server and start of its agent, locked while a delivery runs."""
from odoo import api, fields, models

from .applied import AppliedItems


class AsteriskDelivery(models.Model):
    _name = "asterisk_plus.delivery"
    _description = "Delivered events of one start of an agent"
    _order = "server_id, id"
    _rec_name = "boot"

    server_id = fields.Many2one("asterisk_plus.server", required=True, index=True, ondelete="cascade")
    boot = fields.Char(required=True)
    applied = fields.Text(required=True, default="{}", help="JSON: see applied.py")

    _sql_constraints = [("boot_uniq", "unique(server_id, boot)", "One row per start of an agent.")]

    @api.model
    def _open(self, server, boots):
        """Lock what the server's agent has delivered, and return {boot: AppliedItems} for `boots`.

        A second delivery of the server waits here until the first has ended. Odoo's transactions are REPEATABLE READ: if the
        first one committed, the second gets a serialization failure, for both write the server's row, and Odoo runs it again.
        """
        self.env.cr.execute(
            "UPDATE asterisk_plus_server SET last_seen = now() AT TIME ZONE 'UTC' WHERE id = %s", [server.id]
        )
        self.env.cr.execute(
            "SELECT id FROM asterisk_plus_delivery WHERE server_id = %s ORDER BY id FOR UPDATE", [server.id]
        )
        stored = {row.boot: row.applied for row in self.search([("server_id", "=", server.id)])}
        return {boot: AppliedItems(stored.get(boot)) for boot in boots}

    @api.model
    def _keep(self, server, applied):
        """Write down {boot: AppliedItems}; a boot that is not in it will never come again, and is forgotten."""
        rows = self.search([("server_id", "=", server.id)])
        known = {row.boot: row for row in rows}
        rows.filtered(lambda row: row.boot not in applied).unlink()
        for boot, items in applied.items():
            text = items.to_json()
            if boot not in known:
                self.create({"server_id": server.id, "boot": boot, "applied": text})
            elif known[boot].applied != text:
                known[boot].applied = text
