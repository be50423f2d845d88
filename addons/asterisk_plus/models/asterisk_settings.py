"""Settings of the whole database: who may ask the dialplan's questions, and how numbers are read and dialled."""
import secrets

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools import network
from .remembered import forget_remembered

TOKEN_BYTES = 24
MIN_TOKEN = 16
MAX_DELAY_S = 30.0
LOOPBACK = "127.0.0.1 ::1"
ONLY_ADMINS = "asterisk_plus.group_admin"


class AsteriskSettings(models.Model):
    _name = "asterisk_plus.settings"
    _description = "Asterisk Plus settings"

    name = fields.Char(default="Asterisk Plus", readonly=True)
    permitted_addresses = fields.Text(
        string="Permitted addresses",
        default=LOOPBACK,
        help="Addresses and networks that may ask who a caller is without a token, separated by spaces: the Asterisk hosts.",
    )
    proxy_addresses = fields.Text(
        string="Proxies",
        default=LOOPBACK,
        help="Addresses of the reverse proxies in front of Odoo. Only from these is a forwarded client's address believed, and "
        "only when Odoo runs with proxy_mode.",
    )
    dialplan_token = fields.Char(
        string="Token of the dialplan",
        groups=ONLY_ADMINS,
        copy=False,
        help="Whoever shows it may ask from any address. Send it as a header: an address (URL) ends up in logs.",
    )
    is_token_required = fields.Boolean(
        string="Address and token",
        help="Ask for both: a permitted address and the token.",
    )
    country_id = fields.Many2one(
        "res.country",
        string="Default country",
        help="National numbers of contacts that have no country of their own are read as numbers of this country. "
        "Empty: the country of the first server, or of the first company.",
    )
    post_dial_delay = fields.Float(
        string="Post-dial delay",
        default=1.0,
        help="Seconds between the answer and the digits that follow ## in a number.",
    )

    recording_days = fields.Integer(
        string="Days of recordings",
        help="Older recordings are deleted, but for those that are kept for ever. 0: none is deleted.",
    )
    partner_creation = fields.Selection(
        [("never", "Never"), ("in", "Incoming calls"), ("all", "Incoming and outgoing calls")],
        string="Contacts of unknown numbers",
        default="never",
        required=True,
        help="When a phone rings and nobody is known by the number of the other end, make a contact of it.",
    )
    is_note_posted = fields.Boolean(
        string="Note on the partner",
        default=True,
        help="When a call has ended, log a note on its partner.",
    )
    is_origin_note_posted = fields.Boolean(
        string="Note on the origin",
        default=True,
        help="When a call has ended, log a note on the record from which it was made.",
    )
    is_missed_notified = fields.Boolean(
        string="Missed-call notices",
        default=True,
        help="Notify the users whose phones rang when nobody answered, in their inbox or by e-mail as each has chosen.",
    )

    @api.model
    def _current(self):
        """Return the one record of settings."""
        # sudo: settings are read on behalf of everybody, and what they hold is never shown by this.
        settings = self.sudo()
        return settings.browse(settings._first_id()) or settings.create({})

    @api.model
    @tools.ormcache()
    def _first_id(self):
        return self.search([], order="id", limit=1).id

    @api.model
    @tools.ormcache("name")
    def _says(self, name):
        """Return what a setting is, no record and no secret: each delivery asks."""
        return self._current()[name]

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        forget_remembered(self.env)
        return settings

    def unlink(self):
        result = super().unlink()
        forget_remembered(self.env)
        return result

    @api.constrains("permitted_addresses", "proxy_addresses")
    def _check_addresses(self):
        for settings in self:
            wrong = network.wrong_entries(settings.permitted_addresses) + network.wrong_entries(settings.proxy_addresses)
            if wrong:
                raise ValidationError(_("Not an address or a network: %s", ", ".join(wrong)))

    @api.constrains("dialplan_token")
    def _check_dialplan_token(self):
        for token in self.filtered("dialplan_token").mapped("dialplan_token"):
            if len(token) < MIN_TOKEN or not all("!" <= character <= "~" for character in token):
                raise ValidationError(
                    _("A token has at least %s visible ASCII characters and no spaces: generate one.", MIN_TOKEN)
                )

    @api.constrains("is_token_required", "dialplan_token")
    def _check_token_required(self):
        if self.filtered(lambda one: one.is_token_required and not one.dialplan_token):
            raise ValidationError(_("Generate a token before it is asked for."))

    @api.constrains("post_dial_delay")
    def _check_post_dial_delay(self):
        if self.filtered(lambda one: not 0 <= one.post_dial_delay <= MAX_DELAY_S):
            raise ValidationError(_("The delay before the digits is between 0 and %s seconds.", int(MAX_DELAY_S)))

    def generate_dialplan_token(self):
        """Replace the dialplan's token by a new random one. The old one ends at once."""
        self.write({"dialplan_token": secrets.token_urlsafe(TOKEN_BYTES)})
        return True


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    asterisk_settings_id = fields.Many2one(
        "asterisk_plus.settings",
        default=lambda self: self.env["asterisk_plus.settings"]._current().id,
        groups=ONLY_ADMINS,
    )
    asterisk_permitted_addresses = fields.Text(
        related="asterisk_settings_id.permitted_addresses", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_proxy_addresses = fields.Text(
        related="asterisk_settings_id.proxy_addresses", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_dialplan_token = fields.Char(
        related="asterisk_settings_id.dialplan_token", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_is_token_required = fields.Boolean(
        related="asterisk_settings_id.is_token_required", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_country_id = fields.Many2one(
        related="asterisk_settings_id.country_id", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_post_dial_delay = fields.Float(
        related="asterisk_settings_id.post_dial_delay", readonly=False, groups=ONLY_ADMINS
    )

    asterisk_recording_days = fields.Integer(
        related="asterisk_settings_id.recording_days", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_partner_creation = fields.Selection(
        related="asterisk_settings_id.partner_creation", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_is_note_posted = fields.Boolean(
        related="asterisk_settings_id.is_note_posted", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_is_origin_note_posted = fields.Boolean(
        related="asterisk_settings_id.is_origin_note_posted", readonly=False, groups=ONLY_ADMINS
    )
    asterisk_is_missed_notified = fields.Boolean(
        related="asterisk_settings_id.is_missed_notified", readonly=False, groups=ONLY_ADMINS
    )

    def action_asterisk_generate_token(self):
        """Make a new token for the dialplan and show the settings again."""
        # The group's access to asterisk_plus.settings is what is checked here.
        self.env["asterisk_plus.settings"].browse(self.asterisk_settings_id.id).generate_dialplan_token()
        return {"type": "ir.actions.client", "tag": "reload"}
