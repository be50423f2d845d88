"""What each PBX user has chosen for the pop-ups of their calls; they change it in their own preferences."""
from odoo import api, fields, models, release

POPUPS = [("off", "None"), ("normal", "While the phone rings"), ("sticky", "Until I close it")]
OPENINGS = [("no", "Never"), ("ringing", "When my phone rings"), ("answer", "When I answer")]
OWN_FIELDS = ["asterisk_popup", "asterisk_popup_open"]


class AsteriskUser(models.Model):
    _inherit = "asterisk_plus.user"

    popup = fields.Selection(
        POPUPS, string="Call pop-ups", required=True, default="normal", help="Who calls, shown in this user's browsers."
    )
    popup_open = fields.Selection(
        OPENINGS, string="Open the contact", required=True, default="no", help="Open the form of a known caller by itself."
    )


class ResUsers(models.Model):
    _inherit = "res.users"

    asterisk_popup = fields.Selection(
        POPUPS, string="Call pop-ups", compute="_compute_asterisk_popup", inverse="_inverse_asterisk_popup", compute_sudo=True
    )
    asterisk_popup_open = fields.Selection(
        OPENINGS,
        string="Open the caller's contact",
        compute="_compute_asterisk_popup",
        inverse="_inverse_asterisk_popup_open",
        compute_sudo=True,
    )

    # People may write these two of their own record.
    if release.version_info[0] >= 15:

        @property
        def SELF_READABLE_FIELDS(self):
            return super().SELF_READABLE_FIELDS + OWN_FIELDS

        @property
        def SELF_WRITEABLE_FIELDS(self):
            return super().SELF_WRITEABLE_FIELDS + OWN_FIELDS

    else:

        def __init__(self, pool, cr):
            result = super().__init__(pool, cr)
            cls = type(self)
            cls.SELF_WRITEABLE_FIELDS = cls.SELF_WRITEABLE_FIELDS + OWN_FIELDS
            cls.SELF_READABLE_FIELDS = cls.SELF_READABLE_FIELDS + OWN_FIELDS
            return result

    @api.depends("asterisk_user_ids.popup", "asterisk_user_ids.popup_open")
    def _compute_asterisk_popup(self):
        for user in self:
            pbx_user = user.asterisk_user_ids[:1]
            user.asterisk_popup = pbx_user.popup
            user.asterisk_popup_open = pbx_user.popup_open

    def _inverse_asterisk_popup(self):
        self._write_popup_choice("asterisk_popup", "popup")

    def _inverse_asterisk_popup_open(self):
        self._write_popup_choice("asterisk_popup_open", "popup_open")

    def _write_popup_choice(self, name, theirs):
        for user in self.filtered(name):
            # sudo: people may not write PBX users. Whose record this is, and whether it may be written, res.users has judged.
            user.sudo().asterisk_user_ids.write({theirs: user[name]})
