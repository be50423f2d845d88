"""How many tries to get into an Asterisk failed, by day: the numbers behind the graph."""
from datetime import timedelta

from odoo import api, fields, models

KEEP_DAYS = 730
KINDS = {
    "wrong password": "password",
    "unknown account": "account",
    "manager login": "manager",
    "unanswered challenges": "challenge",
}


class SecurityAttempt(models.Model):
    _name = "asterisk_plus.security_attempt"
    _description = "Failed tries at an Asterisk, by day"
    _order = "day desc, server_id, kind"
    _rec_name = "day"

    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="server_id.company_id", store=True)
    day = fields.Date(required=True, readonly=True, index=True, help="In UTC")
    kind = fields.Selection(
        [
            ("password", "Wrong password"),
            ("account", "Unknown account"),
            ("manager", "Manager interface"),
            ("challenge", "Challenge not answered"),
            ("other", "Other"),
        ],
        required=True,
        readonly=True,
    )
    count = fields.Integer(string="Tries", readonly=True)

    _sql_constraints = [("day_uniq", "unique(server_id, day, kind)", "One row for each day and kind.")]

    @api.model
    def _take(self, server, told):
        """Add the agent's counts since the last time: {day: {kind: count}}."""
        for day, counts in told["days"].items():
            day = fields.Date.to_date(day)  # raises ValueError
            for kind, count in counts.items():
                self._add(server, day, KINDS.get(kind, "other"), min(max(int(count), 0), 10**9))

    @api.model
    def _add(self, server, day, kind, count):
        row = self.search([("server_id", "=", server.id), ("day", "=", day), ("kind", "=", kind)])
        if row:
            row.count = min(row.count + count, 2**31 - 1)
        else:
            self.create({"server_id": server.id, "day": day, "kind": kind, "count": count})

    @api.autovacuum
    def _delete_old(self):
        self.search([("day", "<", fields.Date.today() - timedelta(days=KEEP_DAYS))]).unlink()
