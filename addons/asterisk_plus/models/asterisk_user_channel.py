"""An endpoint of a PBX user: a desk phone, a softphone, ..."""
import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..tools import dialplan

MAX_TIMEOUT_S = 300
CONTEXT = re.compile(r"[A-Za-z0-9_.-]{1,79}\Z")


class AsteriskUserChannel(models.Model):
    _name = "asterisk_plus.user_channel"
    _description = "Channel of a PBX user"
    _order = "sequence, id"

    name = fields.Char(
        string="Channel",
        required=True,
        index=True,
        help="The endpoint as Asterisk calls it: PJSIP/101",
    )
    user_id = fields.Many2one("asterisk_plus.user", string="PBX user", required=True, index=True, ondelete="cascade")
    server_id = fields.Many2one(related="user_id.server_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    originate_enabled = fields.Boolean(
        string="Ring on a click",
        default=True,
        help="A click on a number rings this channel, and calls to the salesperson go to it. Of several the first to be picked up goes on.",
    )
    originate_context = fields.Char(
        string="Context", default="from-internal", required=True, help="The dialplan's context that dials the number."
    )
    originate_timeout = fields.Integer(
        string="Ring for", default=30, help="Seconds that this channel rings after a click before the call is given up."
    )
    auto_answer_header = fields.Char(
        string="Auto-answer header",
        help="The SIP header that makes this phone pick up by itself after a click, for example: "
        "Alert-Info: ;info=alert-autoanswer. Empty: it rings.",
    )

    _sql_constraints = [
        ("name_server_uniq", "unique(name, server_id)", "This channel already belongs to a PBX user of this server."),
    ]

    @api.constrains("name")
    def _check_name(self):
        for channel in self:
            if not dialplan.is_endpoint(channel.name):
                raise ValidationError(
                    _(
                        "%(name)s is not a channel. Write technology and endpoint, like PJSIP/101; the technologies are %(all)s.",
                        name=channel.name,
                        all=", ".join(dialplan.TECHNOLOGIES),
                    )
                )

    @api.constrains("originate_context")
    def _check_originate_context(self):
        for channel in self:
            if not CONTEXT.match(channel.originate_context or ""):
                raise ValidationError(_("%s is not the name of a context.", channel.originate_context))

    @api.constrains("originate_timeout")
    def _check_originate_timeout(self):
        if self.filtered(lambda one: not 1 <= one.originate_timeout <= MAX_TIMEOUT_S):
            raise ValidationError(_("A phone rings between 1 and %s seconds.", MAX_TIMEOUT_S))

    @api.constrains("auto_answer_header")
    def _check_auto_answer_header(self):
        for header in self.filtered("auto_answer_header").mapped("auto_answer_header"):
            if dialplan.split_header(header) is None:
                raise ValidationError(
                    _(
                        "%s is not a header that a phone is sent. Write Name: value; the names are Alert-Info, Call-Info, "
                        "Answer-Mode and those that begin with P- or X-, the value holds neither comma nor quotes.",
                        header,
                    )
                )

    @api.model
    def owners(self, server):
        """Return {endpoint: id of its PBX user} of a server, in one query. Only active PBX users own channels."""
        channels = self.search([("server_id", "=", server.id), ("user_id.active", "=", True)])
        return {channel.name: channel.user_id.id for channel in channels}
