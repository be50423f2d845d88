"""A PBX user: who owns which endpoints, and under which caller id they call by click."""
from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..tools import dialplan
from .remembered import forget_remembered


class AsteriskUser(models.Model):
    _name = "asterisk_plus.user"
    _description = "PBX user"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        index=True,
        ondelete="set null",
        domain=[("share", "=", False)],
        help="Empty for a phone that belongs to nobody in Odoo.",
    )
    exten = fields.Char(string="Extension", index=True)
    server_id = fields.Many2one(
        "asterisk_plus.server",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_server(),
    )
    company_id = fields.Many2one(related="server_id.company_id", store=True, index=True)
    channel_ids = fields.One2many("asterisk_plus.user_channel", "user_id", string="Channels", copy=False)
    callerid_num = fields.Char(string="Caller ID number", help="Shown to who is called by click. Empty: the extension.")
    callerid_name = fields.Char(string="Caller ID name", help="Shown to who is called by click. Empty: the name.")

    is_missed_notified = fields.Boolean(
        string="Missed-call notices", default=True, help="Notify this user of calls that rang here and nobody answered."
    )

    _sql_constraints = [
        ("user_server_uniq", "unique(user_id, server_id)", "This user already has a PBX user on this server."),
        ("exten_server_uniq", "unique(exten, server_id)", "This extension already belongs to a PBX user of this server."),
    ]

    @api.model
    def _default_server(self):
        servers = self.env["asterisk_plus.server"].search([], limit=2)
        return servers if len(servers) == 1 else servers.browse()

    @api.onchange("user_id")
    def _onchange_user_id(self):
        self.name = self.name or self.user_id.name

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("name") and vals.get("user_id"):
                vals["name"] = self.env["res.users"].browse(vals["user_id"]).name
        created = super().create(vals_list)
        # Record rules hold whose calls are whose (ir_rule.py).
        forget_remembered(self.env)
        return created

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            forget_remembered(self.env)
        return result

    def unlink(self):
        result = super().unlink()
        forget_remembered(self.env)
        return result

    @api.constrains("exten", "callerid_num")
    def _check_numbers(self):
        for pbx_user in self:
            for number in filter(None, (pbx_user.exten, pbx_user.callerid_num)):
                if not dialplan.is_number(number):
                    raise ValidationError(_("%s is not a number: use digits, * # and a leading + only.", number))

    @api.constrains("callerid_name")
    def _check_callerid_name(self):
        for name in self.filtered("callerid_name").mapped("callerid_name"):
            if dialplan.caller_name(name) != name:
                raise ValidationError(_("The caller ID name %s holds characters that a telephone must not see.", name))

    def _callerid(self):
        """Return the caller id that this user shows, as Originate's CallerID header wants it: "Name" <number>."""
        self.ensure_one()
        number = self.callerid_num or self.exten or ""
        name = dialplan.caller_name(self.callerid_name or self.name or "")
        return '"%s" <%s>' % (name, number)

    def _originate_channels(self):
        """Return the channels that a click may ring, in the users' order, those of active servers only."""
        return self.channel_ids.filtered(lambda one: one.originate_enabled and one.server_id.active).sorted(
            lambda one: (one.sequence, one.id)
        )

    @api.model
    def _of_user(self, user, server=None):
        """Return the PBX users of an Odoo user (one per server)."""
        domain = [("user_id", "=", user.id)] + ([("server_id", "=", server.id)] if server else [])
        # sudo: whoever asks on behalf of a user or of the dialplan may not see the PBX users of others.
        return self.sudo().search(domain)
