from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..addresses import parse_networks


class AsteriskPlusSettings(models.Model):
    """The settings of the database: one record."""

    _name = "asterisk_plus.settings"
    _description = "Asterisk Plus settings"

    name = fields.Char(required=True, readonly=True)
    permitted_addresses = fields.Text(
        default="127.0.0.1\n::1",
        help="Who may ask for caller names, managers and tags: addresses or networks, one per line. Empty: only with the token.",
    )
    dialplan_token = fields.Char(
        help="Whoever sends it may ask from any address, in the header 'Authorization: Bearer ...' or, where that is impossible, as "
        "token= in the URL (which ends up in the web server's log)."
    )
    dtmf_delay = fields.Float(
        "Delay before DTMF", default=1.0, digits=(6, 2), help="Seconds after the answer until the digits behind ## of a number are sent."
    )

    @api.constrains("permitted_addresses")
    def _check_permitted_addresses(self):
        for settings in self:
            try:
                parse_networks(settings.permitted_addresses)
            except ValueError as exc:
                raise ValidationError(_("Permitted addresses: %s") % exc) from exc

    @api.constrains("dialplan_token")
    def _check_dialplan_token(self):
        for settings in self.filtered("dialplan_token"):
            token = settings.dialplan_token
            if len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token:
                raise ValidationError(_("The token must have at least 16 characters, ASCII and no blanks."))

    @api.constrains("dtmf_delay")
    def _check_dtmf_delay(self):
        for settings in self:
            if not 0 <= settings.dtmf_delay <= 60:
                raise ValidationError(_("The delay is at least 0 and at most 60 seconds."))

    @api.model
    def _get(self):
        """Return the settings, for code: with superuser's rights, because only PBX Admins may read them."""
        return self.sudo().search([], limit=1, order="id")
