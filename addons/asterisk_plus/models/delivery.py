from odoo import fields, models

from ..watermark import Watermark

TURN = "*"  # the boot of the row that says whose turn it is; an agent's boot is never this


class AsteriskPlusDelivery(models.Model):
    """What was applied of each boot of an agent, so that a second delivery does nothing."""

    _name = "asterisk_plus.delivery"
    _description = "What an agent has delivered"
    _rec_name = "boot"

    server_id = fields.Many2one("asterisk_plus.server", required=True, ondelete="cascade", index=True)
    boot = fields.Char(required=True)
    settled = fields.Float(digits=(20, 0), help="All events of the boot up to this number are settled.")
    applied = fields.Text(help="Items above it that are applied, as JSON: [[number of the event, row of the map], ...]")

    _sql_constraints = [("boot_unique", "unique (server_id, boot)", "One row for each boot.")]

    def _take_turn(self, server):
        """Let one delivery of a server run at a time.

        The row is really written, not only locked: Odoo's transactions are REPEATABLE READ, so whoever waited for it then gets a
        serialization failure, and is begun again by Odoo with a snapshot in which the first one's work is visible.
        """
        # The key is unique: a row made meanwhile is a serialization failure, too (PostgreSQL, "INSERT ... ON CONFLICT").
        self.env.cr.execute(
            "INSERT INTO asterisk_plus_delivery (server_id, boot) VALUES (%s, %s) ON CONFLICT (server_id, boot) DO NOTHING",
            (server.id, TURN),
        )
        self.env.cr.execute(
            "UPDATE asterisk_plus_delivery SET write_date = clock_timestamp() AT TIME ZONE 'UTC' WHERE server_id = %s AND boot = %s",
            (server.id, TURN),
        )

    def _load(self, server, settled, boots):
        """Return the watermark of each boot that is spoken of; forget all others."""
        rows = self.search([("server_id", "=", server.id), ("boot", "!=", TURN)])
        spoken = boots | set(settled)
        rows.filtered(lambda row: row.boot not in spoken).unlink()
        marks = {row.boot: Watermark.from_json(row.settled, row.applied) for row in rows.exists()}
        for boot in spoken:
            marks.setdefault(boot, Watermark()).settle(settled.get(boot, 0))
        return marks

    def _store(self, server, marks):
        """Keep the watermarks for the next delivery."""
        rows = {row.boot: row for row in self.search([("server_id", "=", server.id), ("boot", "in", list(marks))])}
        for boot, mark in marks.items():
            values = {"settled": mark.settled, "applied": mark.to_json()}
            if boot in rows:
                rows[boot].write(values)
            else:
                self.create(dict(values, server_id=server.id, boot=boot))

    def _last_event(self, server):
        """Return when the server's agent delivered last, False for never."""
        return self.search([("server_id", "=", server.id), ("boot", "=", TURN)], limit=1).write_date
