"""What has been delivered: one row per server and start of its agent, locked while a delivery runs."""
from odoo import api, fields, models

from .applied import AppliedItems

# The row that every delivery of a server writes, whatever it brings: no boot of an agent has this name.
LOCK = "*"


class AsteriskDelivery(models.Model):
    _name = "asterisk_plus.delivery"
    _description = "Delivered events of one start of an agent"
    _order = "server_id, id"
    _rec_name = "boot"

    server_id = fields.Many2one("asterisk_plus.server", required=True, index=True, ondelete="cascade")
    boot = fields.Char(required=True)
    seen = fields.Datetime(help="When the agent last called, in the row %r." % LOCK)
    applied = fields.Text(required=True, default="{}", help="JSON: see applied.py")

    _sql_constraints = [("boot_uniq", "unique(server_id, boot)", "One row per start of an agent.")]

    @api.model
    def _open(self, server, boots):
        """Lock what the server's agent has delivered, and return {boot: AppliedItems} for `boots` and those that were kept before.

        A second delivery of the server waits here until the first has ended. Odoo's transactions are REPEATABLE READ: if the
        first one committed, the second gets a serialization failure, for both write the row LOCK, and Odoo runs it again.
        """
        self._touch(server)
        self.env.cr.execute(
            "SELECT boot, applied FROM asterisk_plus_delivery WHERE server_id = %s AND boot != %s ORDER BY id FOR UPDATE",
            [server.id, LOCK],
        )
        stored = dict(self.env.cr.fetchall())
        return {boot: AppliedItems(stored.get(boot)) for boot in {*stored, *boots}}

    @api.model
    def _touch(self, server):
        """Note that the server's agent has called; wait for a delivery that runs. Not in the server's row: people write that one."""
        self.env.cr.execute(
            """INSERT INTO asterisk_plus_delivery (server_id, boot, applied, seen)
               VALUES (%s, %s, '{}', now() AT TIME ZONE 'UTC')
               ON CONFLICT (server_id, boot) DO UPDATE SET seen = EXCLUDED.seen""",
            [server.id, LOCK],
        )
        self.invalidate_cache(["seen"])
        server.invalidate_cache(["last_seen"])

    @api.model
    def _last_seen(self, servers):
        """Return {server id: when its agent last called}."""
        rows = self.search([("server_id", "in", servers.ids), ("boot", "=", LOCK)])
        return {row.server_id.id: row.seen for row in rows}

    @api.model
    def _keep(self, server, applied, boots):
        """Write down what was applied of `boots`; another one that `_open` gave will never come again, and is forgotten."""
        gone = [boot for boot in applied if boot not in boots]
        if gone:
            self.env.cr.execute(
                "DELETE FROM asterisk_plus_delivery WHERE server_id = %s AND boot IN %s", [server.id, tuple(gone)]
            )
        for boot in boots:
            text = applied[boot].to_json()
            if text != applied[boot].stored:
                self.env.cr.execute(
                    """INSERT INTO asterisk_plus_delivery (server_id, boot, applied) VALUES (%s, %s, %s)
                       ON CONFLICT (server_id, boot) DO UPDATE SET applied = EXCLUDED.applied""",
                    [server.id, boot, text],
                )
        self.invalidate_cache()
