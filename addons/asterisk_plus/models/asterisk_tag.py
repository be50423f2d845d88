"""Words that people put on recordings."""
from odoo import fields, models


class AsteriskTag(models.Model):
    _name = "asterisk_plus.tag"
    _description = "Tag of recordings"
    _order = "name"

    name = fields.Char(required=True)
    color = fields.Integer()

    _sql_constraints = [("name_uniq", "unique(name)", "There is such a tag already.")]
