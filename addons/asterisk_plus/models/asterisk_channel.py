"""One leg of a call: a channel, by its Uniqueid. It belongs to the call in which it is now."""
from odoo import api, fields, models

from .call_words import in_minutes


class AsteriskChannel(models.Model):
    _name = "asterisk_plus.channel"
    _description = "Channel"
    _order = "started desc, id desc"
    _rec_name = "channel"

    call_id = fields.Many2one("asterisk_plus.call", required=True, readonly=True, index=True, ondelete="cascade")
    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="server_id.company_id", store=True, index=True)
    uniqueid = fields.Char(required=True, readonly=True, index=True)
    linkedid = fields.Char(readonly=True)
    channel = fields.Char(readonly=True)
    endpoint = fields.Char(readonly=True, index=True, help="For example PJSIP/101")
    user_id = fields.Many2one("asterisk_plus.user", string="PBX user", readonly=True, index=True, ondelete="set null")
    state = fields.Char(readonly=True)
    caller_num = fields.Char(string="Caller", readonly=True)
    caller_name = fields.Char(string="Caller's name", readonly=True)
    connected_num = fields.Char(string="Connected to", readonly=True)
    connected_name = fields.Char(string="Connected name", readonly=True)
    exten = fields.Char(string="Extension", readonly=True)
    context = fields.Char(string="Dialplan context", readonly=True)
    started = fields.Datetime(readonly=True, index=True)
    answered = fields.Datetime(readonly=True)
    ended = fields.Datetime(readonly=True)
    cause = fields.Integer(string="Hang-up cause", readonly=True)
    cause_txt = fields.Char(string="Hang-up", readonly=True)
    is_active = fields.Boolean(string="Live", readonly=True, index=True)
    talk_duration = fields.Integer(string="Talking (s)", readonly=True)
    talk_time = fields.Char(compute="_compute_talk_time")

    _sql_constraints = [
        ("uniqueid_uniq", "unique(server_id, uniqueid)", "One channel per Uniqueid of a server."),
    ]

    @api.depends("talk_duration")
    def _compute_talk_time(self):
        for channel in self:
            channel.talk_time = in_minutes(channel.talk_duration)
