from odoo import fields, models


class AsteriskPlusChannel(models.Model):
    """One leg of a call."""

    _name = "asterisk_plus.channel"
    _description = "Channel"
    _order = "id desc"
    _rec_name = "channel"

    call_id = fields.Many2one("asterisk_plus.call", required=True, ondelete="cascade", index=True)
    server_id = fields.Many2one("asterisk_plus.server", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="server_id.company_id", store=True)
    uniqueid = fields.Char(required=True, index=True)
    linkedid = fields.Char(required=True)
    channel = fields.Char()
    endpoint = fields.Char()
    user_id = fields.Many2one("res.users", "User", ondelete="set null", index=True)
    state = fields.Char()
    caller_num = fields.Char("Caller number")
    caller_name = fields.Char()
    connected_num = fields.Char("Connected number")
    connected_name = fields.Char()
    exten = fields.Char("Extension")
    context = fields.Char()
    started = fields.Datetime()
    answered = fields.Datetime()
    ended = fields.Datetime()
    cause = fields.Integer()
    cause_txt = fields.Char("Hang-up cause")
    is_active = fields.Boolean("Active", index=True)
    talk_s = fields.Integer("Talk (s)")
    moved_to = fields.Char(help="Linkedid of the call in which this channel goes on")

    _sql_constraints = [("uniqueid_unique", "unique (call_id, uniqueid)", "One row for each channel of a call.")]
