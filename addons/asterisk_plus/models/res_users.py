"""The PBX users of an Odoo user."""
from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    asterisk_user_ids = fields.One2many(
        "asterisk_plus.user", "user_id", string="PBX users", copy=False, groups="asterisk_plus.group_admin"
    )
