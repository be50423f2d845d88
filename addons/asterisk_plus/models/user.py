import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

EXTEN = re.compile(r"[0-9*#+]{1,20}\Z")


class AsteriskPlusUser(models.Model):
    """An Odoo user's place on one PBX: extension, phones and outbound caller id."""

    _name = "asterisk_plus.user"
    _description = "PBX user"
    _order = "server_id, exten, id"

    name = fields.Char(related="user_id.name", store=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", index=True, domain=[("share", "=", False)])
    server_id = fields.Many2one(
        "asterisk_plus.server",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env["asterisk_plus.server"].search([], limit=1),
    )
    company_id = fields.Many2one(related="server_id.company_id", store=True)
    exten = fields.Char("Extension", help="The number by which colleagues call this user, for example 101")
    callerid_num = fields.Char("Outbound number", help="What the called party sees. Empty: the extension.")
    callerid_name = fields.Char("Outbound name", help="What the called party sees. Empty: the user's name.")
    channel_ids = fields.One2many("asterisk_plus.user_channel", "pbx_user_id", "Channels")

    _sql_constraints = [
        ("user_unique", "unique (server_id, user_id)", "This user is already a PBX user of this server."),
        ("exten_unique", "unique (server_id, exten)", "This extension belongs to another PBX user of this server."),
    ]

    @api.constrains("exten", "callerid_num")
    def _check_numbers(self):
        for user in self:
            for number in filter(None, (user.exten, user.callerid_num)):
                if not EXTEN.match(number):
                    raise ValidationError(_("%s: only digits, *, # and + can be dialled.") % number)

    @api.constrains("callerid_name")
    def _check_callerid_name(self):
        for user in self:
            if user.callerid_name and not user.callerid_name.isprintable():
                raise ValidationError(_("The outbound name must be on one line."))

    @api.constrains("user_id")
    def _check_user_id(self):
        for user in self.sudo():  # sudo: the groups of a user
            if user.user_id.has_group("asterisk_plus.group_server"):
                raise ValidationError(_("An agent's account can't be a PBX user."))

    def _originate_channels(self):
        """Return the channels by which these users can be made to call: by server, then in their own order."""
        enabled = self.channel_ids.filtered("originate_enabled")
        return enabled.sorted(lambda channel: (channel.server_id.id, channel.sequence, channel.id))

    def _callerid(self):
        """Return the outbound caller id as Asterisk wants it: "Alice" <3225550101>."""
        self.ensure_one()
        name = re.sub(r'["<>\\,;]', " ", self.callerid_name or self.user_id.name or "")
        number = self.callerid_num or self.exten or ""
        printable = "".join(character if character.isprintable() else " " for character in name)
        return '"%s" <%s>' % (" ".join(printable.split())[:60], number)
