from odoo import _, api, fields, models
from odoo.exceptions import UserError

DIRECTIONS = [("in", "Incoming"), ("out", "Outgoing"), ("internal", "Internal")]
STATUSES = [
    ("progress", "In progress"),
    ("answered", "Answered"),
    ("noanswer", "No answer"),
    ("busy", "Busy"),
    ("failed", "Failed"),
    ("ended", "Ended"),
]
SIDES = [("caller", "Caller"), ("callee", "Called party"), ("pbx", "PBX")]


class AsteriskPlusCall(models.Model):
    """One call: all that Asterisk did under one Linkedid. What its fields mean: lib/verdict.py."""

    _name = "asterisk_plus.call"
    _description = "Call"
    _order = "started desc, id desc"

    name = fields.Char(compute="_compute_name")
    linkedid = fields.Char(required=True, readonly=True)
    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="server_id.company_id", store=True, index=True)
    direction = fields.Selection(DIRECTIONS, required=True, readonly=True, default="in")
    status = fields.Selection(STATUSES, required=True, readonly=True, default="progress")
    is_active = fields.Boolean("Active", readonly=True)
    calling_number = fields.Char("From", readonly=True)
    calling_name = fields.Char("Caller's name", readonly=True)
    called_number = fields.Char("To", readonly=True)
    did = fields.Char("DID", readonly=True, help="The number of ours that was called")
    number_e164 = fields.Char("Other party's number", readonly=True, index=True, help="Of who is not ours, in E.164")
    partner_id = fields.Many2one("res.partner", index=True, ondelete="set null")
    candidate_ids = fields.Many2many(
        "res.partner", "asterisk_plus_call_candidate", "call_id", "partner_id", "Possible partners", readonly=True
    )
    calling_user_id = fields.Many2one("res.users", "Called by", readonly=True, index=True, ondelete="set null")
    called_user_ids = fields.Many2many(
        "res.users", "asterisk_plus_call_called", "call_id", "user_id", "Users rung", readonly=True
    )
    answered_user_id = fields.Many2one("res.users", "Answered by", readonly=True, index=True, ondelete="set null")
    # Who may see the call: calling, rung, answering, talked with after a transfer. The record rule reads it.
    user_ids = fields.Many2many("res.users", "asterisk_plus_call_user", "call_id", "user_id", "Users", readonly=True)
    queue = fields.Char(readonly=True)
    started = fields.Datetime(readonly=True, index=True)
    ringing = fields.Datetime("Rang", readonly=True)
    answered = fields.Datetime(readonly=True)
    ended = fields.Datetime(readonly=True)
    ring_s = fields.Integer("Ring (s)", readonly=True)
    talk_s = fields.Integer("Talk (s)", readonly=True)
    total_s = fields.Integer("Total (s)", readonly=True)
    ring_time = fields.Char("Ringing", compute="_compute_times")
    talk_time = fields.Char("Talking", compute="_compute_times")
    total_time = fields.Char("Total", compute="_compute_times")
    hangup_cause = fields.Integer(readonly=True)
    hangup_reason = fields.Char(readonly=True)
    hangup_side = fields.Selection(SIDES, "Hung up by", readonly=True)
    channel_ids = fields.One2many("asterisk_plus.channel", "call_id", "Channels", readonly=True)
    event_ids = fields.One2many("asterisk_plus.call_event", "call_id", "Story", readonly=True)
    is_originated = fields.Boolean("Click-to-call", readonly=True)
    is_failure_told = fields.Boolean(readonly=True)
    model = fields.Char("Called from model", readonly=True)
    res_id = fields.Integer("Called from record", readonly=True)
    state_json = fields.Text(readonly=True, groups="base.group_system", help="What the state machine remembers")

    _sql_constraints = [("linkedid_unique", "unique (server_id, linkedid)", "One row for each call.")]

    def init(self):
        """A few of the calls are active: an index of those alone finds them, however long the history is."""
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS asterisk_plus_call_active ON asterisk_plus_call (server_id) WHERE is_active"
        )

    @api.depends("calling_number", "called_number", "calling_name")
    def _compute_name(self):
        for call in self:
            called = call.called_number or call.did or _("nobody")
            call.name = "%s → %s" % (call.calling_number or call.calling_name or _("Anonymous"), called)

    def name_get(self):
        return [(call.id, call.name) for call in self]

    @api.depends("ring_s", "talk_s", "total_s")
    def _compute_times(self):
        for call in self:
            for part in ("ring", "talk", "total"):
                call[part + "_time"] = _minutes(call[part + "_s"])

    def action_open_record(self):
        """Open the record from which the call was made."""
        self.ensure_one()
        if self.model not in self.env or not self.res_id:
            raise UserError(_("This call was not made from a record."))
        return {"type": "ir.actions.act_window", "res_model": self.model, "res_id": self.res_id, "view_mode": "form"}

    def action_call_back(self):
        """Call the other party."""
        self.ensure_one()
        number = self.number_e164 or (self.calling_number if self.direction == "in" else self.called_number)
        partner = ("res.partner", self.partner_id.id) if self.partner_id else (None, None)
        return self.env["asterisk_plus.server"]._click(number, *partner)


def _minutes(seconds):
    """Return 75 as 1:15, 3675 as 1:01:15."""
    minutes, rest = divmod(max(seconds or 0, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return "%d:%02d:%02d" % (hours, minutes, rest) if hours else "%d:%02d" % (minutes, rest)
