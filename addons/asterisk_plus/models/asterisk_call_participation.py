"""What one PBX user had to do with one call: their part, and how long they themselves talked."""
from odoo import api, fields, models
from odoo.tools.sql import create_index

from .call_words import in_minutes

ROLES = [
    ("calling", "Called"),
    ("answered", "Answered"),
    ("transferred", "Took over"),
    ("rung", "Rang only"),
]


class AsteriskCallParticipation(models.Model):
    _name = "asterisk_plus.call_participation"
    _description = "A PBX user's part in a call"
    # The table is also the relation of asterisk_plus.call's participant_ids: who took part, and in what, is kept once. So it
    # must be made before that field (models/__init__.py).
    _table = "asterisk_plus_call_participation"
    _order = "talked, id"

    call_id = fields.Many2one("asterisk_plus.call", required=True, readonly=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("asterisk_plus.user", string="PBX user", required=True, readonly=True, ondelete="cascade")
    role = fields.Selection(
        ROLES,
        readonly=True,
        required=True,
        help="Took over: talked in the call after somebody else had answered it, by a transfer or from a parking space.",
    )
    is_rung = fields.Boolean(string="Rang", readonly=True)
    talked = fields.Datetime(string="Talked from", readonly=True)
    talk_duration = fields.Integer(
        string="Talking (s)", readonly=True, help="The user's own time: what others talked in the same call is theirs."
    )
    talk_time = fields.Char(string="Talk time", compute="_compute_talk_time")
    started = fields.Datetime(string="Call started", related="call_id.started", store=True, index=True)
    direction = fields.Selection(related="call_id.direction", store=True)
    company_id = fields.Many2one(related="call_id.company_id", store=True, index=True)

    _sql_constraints = [
        ("user_call_uniq", "unique(call_id, user_id)", "A user takes part in a call once."),
    ]

    def init(self):
        # A user's own calls are read from this index alone (security/rules.xml), with the other one of the call's table.
        create_index(self.env.cr, "asterisk_plus_call_participation_own_index", self._table, ["user_id", "call_id"])

    def name_get(self):
        return [(one.id, "%s: %s" % (one.user_id.name, one.call_id.name)) for one in self]

    @api.depends("talk_duration")
    def _compute_talk_time(self):
        for one in self:
            one.talk_time = in_minutes(one.talk_duration)
