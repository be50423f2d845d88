import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..dialplan_text import is_channel

CONTEXT = re.compile(r"[A-Za-z0-9_.-]{1,79}\Z")  # extconf.h: AST_MAX_CONTEXT
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*: ?[A-Za-z0-9 =;:<>/._@+-]+\Z")  # no comma or quote: AMI would cut the value there


class AsteriskPlusUserChannel(models.Model):
    """One phone of a PBX user."""

    _name = "asterisk_plus.user_channel"
    _description = "Channel of a PBX user"
    _order = "sequence, id"

    name = fields.Char("Channel", required=True, help="As Dial() takes it, for example PJSIP/101")
    pbx_user_id = fields.Many2one("asterisk_plus.user", "PBX user", required=True, ondelete="cascade", index=True)
    server_id = fields.Many2one(related="pbx_user_id.server_id", store=True, index=True)
    user_id = fields.Many2one(related="pbx_user_id.user_id", store=True, index=True)
    company_id = fields.Many2one(related="server_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    originate_enabled = fields.Boolean("Click-to-call", default=True, help="This phone rings when the user calls from Odoo.")
    originate_context = fields.Char("Context", default="from-internal", required=True, help="Where the dialplan finds the number.")
    auto_answer_header = fields.Char(
        "Auto-answer header",
        help="A SIP header that makes the phone answer by itself when the user calls from Odoo, for example Alert-Info: info=alert-autoanswer",
    )
    timeout = fields.Integer("Ring time", default=30, required=True, help="Seconds that the phone rings when the user calls from Odoo.")

    _sql_constraints = [
        ("name_unique", "unique (server_id, name)", "This channel belongs to another PBX user of this server."),
        ("timeout_range", "check (timeout between 1 and 600)", "A phone rings for at least 1 and at most 600 seconds."),
    ]

    @api.constrains("name", "originate_context", "auto_answer_header")
    def _check_texts(self):
        """These become headers of an AMI action: each has its form, and no line can be added."""
        for channel in self:
            if not is_channel(channel.name):
                raise ValidationError(_("%s is no channel. A good one looks like PJSIP/101") % channel.name)
            if not CONTEXT.match(channel.originate_context):
                raise ValidationError(_("%s is no name of a context.") % channel.originate_context)
            if channel.auto_answer_header and not HEADER.match(channel.auto_answer_header):
                raise ValidationError(_("The auto-answer header looks like Alert-Info: info=alert-autoanswer"))

    @api.model
    def _owners(self, server):
        """Return endpoint -> id of the Odoo user who owns it, for one server."""
        return {channel.name.partition("/n")[0]: channel.user_id.id for channel in self.search([("server_id", "=", server.id)])}

    def _auto_answer_variables(self):
        """Return the channel variables that put the auto-answer header into the INVITE."""
        self.ensure_one()
        if not self.auto_answer_header:
            return []
        name, _colon, value = self.auto_answer_header.partition(":")
        if self.name.startswith("PJSIP/"):
            # func PJSIP_HEADER is write-able on the new channel before it is called (res_pjsip_header_funcs.c).
            return ["PJSIP_HEADER(add,%s)=%s" % (name.strip(), value.strip())]
        return ["SIPADDHEADER01=%s: %s" % (name.strip(), value.strip())]
