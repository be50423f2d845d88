"""One call: what Asterisk names with one Linkedid. Here are its fields; who fills them stands in asterisk_call_ami.py."""
from odoo import _, api, fields, models
from odoo.tools.sql import create_index

from .call_words import in_minutes

DIRECTIONS = [("in", "Incoming"), ("out", "Outgoing"), ("internal", "Internal")]
STATUSES = [
    ("progress", "In progress"),
    ("answered", "Answered"),
    ("noanswer", "No answer"),
    ("busy", "Busy"),
    ("failed", "Failed"),
    ("ended", "Ended"),
]
SIDES = [("caller", "The caller"), ("callee", "The called party"), ("pbx", "The PBX")]


class AsteriskCall(models.Model):
    _name = "asterisk_plus.call"
    _description = "Call"
    _order = "started desc, id desc"

    name = fields.Char(compute="_compute_name", search="_search_name")
    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="server_id.company_id", store=True, index=True)
    linkedid = fields.Char(required=True, readonly=True, help="Asterisk's name of the whole call.")
    started = fields.Datetime(readonly=True, index=True)
    ringing = fields.Datetime(readonly=True)
    answered = fields.Datetime(readonly=True)
    ended = fields.Datetime(readonly=True)
    ring_duration = fields.Integer(string="Ringing (s)", readonly=True)
    talk_duration = fields.Integer(string="Talking (s)", readonly=True)
    total_duration = fields.Integer(string="Total (s)", readonly=True)
    ring_time = fields.Char(string="Ringing time", compute="_compute_times")
    talk_time = fields.Char(string="Talk time", compute="_compute_times")
    total_time = fields.Char(string="Total time", compute="_compute_times")
    direction = fields.Selection(DIRECTIONS, readonly=True)
    status = fields.Selection(
        STATUSES,
        readonly=True,
        index=True,
        help="Ended: nobody was asked to answer, as with a voice menu or voicemail.",
    )
    is_active = fields.Boolean(string="Live", readonly=True, index=True)
    calling_number = fields.Char(string="From", readonly=True, index=True)
    calling_name = fields.Char(string="Caller's name", readonly=True)
    called_number = fields.Char(string="To", readonly=True, index=True)
    did = fields.Char(string="Dialled-in number", readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True, index=True, ondelete="set null")
    candidate_partner_ids = fields.Many2many(
        "res.partner",
        "asterisk_plus_call_candidate_rel",
        "call_id",
        "partner_id",
        string="Possible partners",
        readonly=True,
        help="The number is in several companies: one of these.",
    )
    partner_number = fields.Char(readonly=True, help="The number by which the partner was last looked up.")
    calling_user_id = fields.Many2one(
        "asterisk_plus.user", string="Calling user", readonly=True, index=True, ondelete="set null"
    )
    answered_user_id = fields.Many2one(
        "asterisk_plus.user", string="Answered by", readonly=True, index=True, ondelete="set null"
    )
    final_user_id = fields.Many2one(
        "asterisk_plus.user",
        string="Last talked to",
        readonly=True,
        ondelete="set null",
        help="Another one than who answered, when the call was transferred.",
    )
    is_transferred = fields.Boolean(compute="_compute_is_transferred")
    called_user_ids = fields.Many2many(
        "asterisk_plus.user",
        "asterisk_plus_call_called_rel",
        "call_id",
        "user_id",
        string="Rang",
        readonly=True,
        context={"active_test": False},
    )
    participation_ids = fields.One2many(
        "asterisk_plus.call_participation", "call_id", string="Talk time per user", readonly=True
    )
    # The same table, as the users themselves (asterisk_call_participation.py).
    participant_ids = fields.Many2many(
        "asterisk_plus.user",
        "asterisk_plus_call_participation",
        "call_id",
        "user_id",
        string="Took part",
        readonly=True,
        copy=False,
        context={"active_test": False},
        help="Who called, was rung, or talked. They see the call.",
    )
    transfer_chain = fields.Char(
        string="Way of the call", readonly=True, help="Who handed the call to whom, for example Alice → Bob → Carol."
    )
    transfer_ids = fields.One2many(
        "asterisk_plus.call_event",
        "call_id",
        string="Changes of hands",
        readonly=True,
        domain=[("is_transfer", "=", True)],
    )
    queue = fields.Char(readonly=True)
    linked_to = fields.Char(readonly=True, help="Linkedid of the call in which a channel of this one went on.")
    linked_call_id = fields.Many2one("asterisk_plus.call", string="Went on in", compute="_compute_linked_call")
    hangup_cause = fields.Integer(readonly=True, help="Q.850")
    hangup_reason = fields.Char(string="How it ended", readonly=True)
    hangup_side = fields.Selection(
        SIDES,
        string="Hung up by",
        readonly=True,
        index=True,
        help="Who ended the call: whose phone hung up or refused first. The PBX: nobody did.",
    )
    channel_ids = fields.One2many("asterisk_plus.channel", "call_id", string="Legs", readonly=True)
    event_ids = fields.One2many("asterisk_plus.call_event", "call_id", string="Timeline", readonly=True)
    model = fields.Char(readonly=True, help="Model of the record from which the call was made.")
    res_id = fields.Many2oneReference(
        string="Made from", model_field="model", readonly=True, help="The record from which the call was made."
    )
    originated_by = fields.Many2one(
        "res.users", string="Clicked by", readonly=True, ondelete="set null", help="Who made the call by a click."
    )
    state_json = fields.Text(groups=".", help="What the state machine (lib/call_state.py) has observed.")

    _sql_constraints = [
        ("linkedid_uniq", "unique(server_id, linkedid)", "One call per Linkedid of a server."),
    ]

    def init(self):
        # Counts a user's own calls without a look at the calls (asterisk_call_participation.py).
        create_index(self.env.cr, "asterisk_plus_call_of_company_index", self._table, ["id", "company_id"])

    @api.depends("calling_number", "calling_name", "called_number", "partner_id", "direction")
    def _compute_name(self):
        for call in self:
            calling = call.calling_name or call.calling_number or _("Anonymous")
            # sudo: a PBX user sees who called them, also a partner of whom a rule shows them nothing else.
            partner = call.sudo().partner_id.display_name
            if call.direction == "out":
                called = partner or call.called_number or "?"
            else:
                calling, called = partner or calling, call.called_number or "?"
            call.name = "%s → %s" % (calling, called)

    @api.model
    def _search_name(self, operator, value):
        positive = [("calling_number", operator, value), ("calling_name", operator, value), ("called_number", operator, value)]
        is_negative = operator in ("!=", "not like", "not ilike", "not in")
        return (["&"] if is_negative else ["|"]) * 2 + positive

    @api.depends("ring_duration", "talk_duration", "total_duration")
    def _compute_times(self):
        for call in self:
            call.ring_time = in_minutes(call.ring_duration)
            call.talk_time = in_minutes(call.talk_duration)
            call.total_time = in_minutes(call.total_duration)

    @api.depends("answered_user_id", "final_user_id")
    def _compute_is_transferred(self):
        for call in self:
            call.is_transferred = call.final_user_id != call.answered_user_id

    @api.depends("linked_to", "server_id")
    def _compute_linked_call(self):
        # With the reader's own rights: a call that they may not see is not shown.
        there = self.search([("linkedid", "in", self.filtered("linked_to").mapped("linked_to"))])
        by_key = {(call.server_id, call.linkedid): call for call in there}
        for call in self:
            call.linked_call_id = by_key.get((call.server_id, call.linked_to), False)

    def _calls_changed(self):
        """Hook: these calls were changed by events; called once per batch, inside its transaction, with sudo."""

    def _news(self):
        """Hook: return [(calls, function)], what people are to be told of the changed calls.

        The function tells it, or returns what the bus is to tell: [(user, kind, content)]. See `_tell`.
        """
        return []

    def action_open_origin(self):
        """Open the record from which the call was made, with the user's own rights."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
